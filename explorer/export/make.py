"""From a query to its file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.export.heat import Heat
from explorer.export.memory import room_to_draw
from explorer.export.naming import file_name
from explorer.export.offered import most_photo_r, most_tubelets
from explorer.export.origin import origin
from explorer.export.panel import Look
from explorer.export.pins import pins_of
from explorer.export.query import FORMATS, FigureQuery
from explorer.export.settings import cells_of, citation
from explorer.export.sheet import Figure, figure
from explorer.export.subject import digest_of, picture_bytes, settings_of
from explorer.export.tiles import Story
from explorer.export.view_link import beside_of, lab_link_of, link_of
from explorer.locale.language import speaking
from explorer.records.errors import BadQuery
from explorer.records.panels import Panels
from explorer.records.photos import Source
from explorer.records.schema import Record
from explorer.records.service import AnySource, Records
from explorer.records.tubelets import TubeletSource
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.engine.task import Task

__all__ = ["Made", "figure_of", "make", "write"]


@dataclass(frozen=True)
class Made:
    """A file."""

    content: bytes
    name: str
    media_type: str

    @property
    def nbytes(self) -> int:
        return len(self.content)


def make(records: Records, source: AnySource, query: FigureQuery, task: "Task") -> Made:
    """Return the file of ``query``; records that are not cached are run now in this thread.

    Raises BadQuery for a layer or patch out of range.
    """
    if query.format == "bib":
        return Made(citation().encode(), "tome-explorer.bib", FORMATS["bib"])
    # A view is the same for all panels.
    configs = query.configs[:1] if query.format == "view" else query.configs
    other = _other(records, query)
    told = [records.found(source, config, task) for config in configs]
    if other and query.other:
        told.append(records.found(other, query.other.config, task))
    _check(query, told[-1 if query.pinned_beside and other else 0])
    task.note = f"Drawing {query.format.upper()}"
    heats = _pair(records, (source, other), query, task) if other else _heats(records, source, query, configs, task)
    with speaking(query.lang):
        content = write(figure_of(source, query, told, heats, other), query.format, query.width, task.check)
    return Made(content, file_name(query, told), FORMATS[query.format])


def write(told: Figure, format: str, width: int = 960, check: Callable[[], None] = lambda: None) -> bytes:
    """Return ``told`` as a file of one of FORMATS; films call ``check()`` before each picture.

    Raises Busy while memory is short, and BadQuery for a width at which the format cannot hold the figure.
    """
    with room_to_draw(told, format, width):
        return _written(told, format, width, check)


def _written(told: Figure, format: str, width: int, check: Callable[[], None]) -> bytes:
    from explorer.export import moving, page

    match format:
        case "gif":
            return moving.gif(told, width, check)
        case "webp":
            return moving.webp(told, width, check)
        case "mp4" | "webm":
            return moving.video(told, width, format, check)
        case "html":
            return page.html(told)
        case "json":
            return page.data(told)
        case "view":
            return told.origin.encode()
        case "txt":
            return told.caption.encode()
    return _still(told, format, width)


def _still(told: Figure, format: str, width: int) -> bytes:
    drawing = figure(told)
    if format == "svg":
        from explorer.export.svg import svg

        return svg(drawing)
    if format == "pdf":
        from explorer.export.pdf import pdf

        return pdf(drawing)
    from explorer.export.raster import png

    return png(drawing, width)


def _check(query: FigureQuery, record: Record) -> None:
    last = len(record.layers) - 1
    if query.layer is not None and query.layer > last:
        raise BadQuery("layer", f"must be at most {last}, the blocks of the model", str(query.layer))
    count = record.grid[0] * record.grid[1] * (len(record.frames.times) if record.frames else 1)
    count = len(record.text.words) if record.text else count
    if query.pinned is not None and query.pinned >= count:
        rule = f"must be below the {count} {cells_of(record)} of the view"
        raise BadQuery("pinned", rule, str(query.pinned))


def _other(records: Records, query: FigureQuery) -> Source | None:
    """Return the photo and the model beside.  Raises BadQuery if there is none of the name."""
    if query.other is None:
        return None
    try:
        source = records.source(query.other)
    except BadQuery as bad:
        other = "beside_model" if bad.parameter == "model" else "beside"
        raise BadQuery(other, bad.rule, getattr(query, other) or "") from None
    return source if isinstance(source, Source) else None


def _pair(records: Records, sources: Sequence[AnySource | None], query: FigureQuery, task: "Task") -> list[Heat | None]:
    """Return the similarities of both photos to the pinned patch of one of them, on one scale."""
    from explorer.engine.compare import Trial
    from explorer.engine.heat import warm_beside

    if not query.similarity or query.pinned is None or query.format == "view":
        return [None, None]
    photos = [each for each in sources if isinstance(each, Source)]
    trials = [trial for each in photos for trial in Panels(records, each, query.configs).trials(task)]
    own, there = [trial for trial in trials if isinstance(trial, Trial)][:: -1 if query.pinned_beside else 1]
    near, far = warm_beside(own, there, query.pinned)
    return [Heat(query.pinned, near), Heat(query.pinned, far, own=False)][:: -1 if query.pinned_beside else 1]


def _heats(
    records: Records, source: AnySource, query: FigureQuery, configs: Sequence[MergeConfig], task: "Task"
) -> list[Heat | None]:
    """Return the similarities to the pinned patch in each panel.  Raises BadQuery for a configuration that fails."""
    from explorer.engine.compare import Failure
    from explorer.engine.heat import warm

    unseen = not query.similarity or query.format == "view"
    if unseen or not isinstance(source, Source) or query.pinned is None:
        return [None] * len(configs)
    found = []
    for trial in Panels(records, source, configs).trials(task):
        if isinstance(trial, Failure):
            raise BadQuery("algorithm", trial.reason, trial.config.algorithm)
        found.append(Heat(query.pinned, warm(trial, query.pinned)))
    return found


def figure_of(
    source: AnySource,
    query: FigureQuery,
    told: Sequence[Record],
    heats: Sequence[Heat | None] | None = None,
    other: Source | None = None,
) -> Figure:
    """Return the figure of ``query`` from these records of ``source``, one per configuration, or of it and ``other``."""
    heats = heats or [None] * len(told)
    jpegs = [picture_bytes(source, query)] * len(told)
    named = [settings_of(source, config) for config in query.configs]
    if other and query.other:
        jpegs[1] = picture_bytes(other, query.other)
        named.append(settings_of(other, query.other.config))
        if told[0].name != told[1].name:
            named = [{"photo": record.name, **each} for record, each in zip(told, named, strict=True)]
    layer = len(told[0].layers) - 1 if query.layer is None else query.layer
    link = query.link or _link(query, source, layer)
    where = origin(query.first, told[0].name, digest_of(source), named[0], link)
    stories = [Story(record, jpeg, heat) for record, jpeg, heat in zip(told, jpegs, heats, strict=True)]
    if query.fill == "difference" and query.reference is not None and query.format != "view":
        rival = stories[query.reference]
        stories = [story if story is rival else replace(story, rival=rival) for story in stories]
    return Figure(
        stories,
        Look(layer, query.fill, query.arrows, query.pinned, query.reference),
        named,
        query.titles or (),
        query.moving,
        where.model_dump_json(),
        pins_of(query, told),
        query.inches if query.drawn or query.format == "txt" else None,
        query.caption,
    )


def _link(query: FigureQuery, source: AnySource, layer: int) -> str:
    """Return the link that opens this view, with what is beside it; "" where no page shows it."""
    of_clips = isinstance(source, TubeletSource)
    most = most_photo_r(source.backbone, query.size) if isinstance(source, Source) else None
    most = most_tubelets(source.backbone) if isinstance(source, TubeletSource) else most
    beside = beside_of(query, query.beside, query.beside_model) if query.pair else {}
    if beside is None:
        return ""
    pin = "beside_pinned" if query.pinned_beside else "pinned"
    view = {"layer": layer, "fill": query.fill, "arrows": query.arrows or None, pin: query.pinned}
    cold = {"similarity": False if query.pinned is not None and not query.similarity else None}
    heated = cold if query.beside and not query.beside_model else {}
    alone = len(query.configs) == 1 and (query.pair or not query.similarity)
    link = link_of(query.first, most, of_clips=of_clips, **view, **heated, **beside) if alone else ""
    if link or query.pair:
        return link
    return lab_link_of(query.first, query.configs, most, query.reference, **view, **cold)
