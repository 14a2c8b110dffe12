"""From a query to its file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.export.memory import room_to_draw
from explorer.export.origin import origin
from explorer.export.panel import Look
from explorer.export.query import FORMATS, FigureQuery
from explorer.export.settings import citation, settings
from explorer.export.sheet import Figure, figure
from explorer.export.tiles import Story
from explorer.locale.language import speaking
from explorer.media.clips import sheet
from explorer.media.names import safe_name
from explorer.media.sounds import filter_bank
from explorer.records import sounds
from explorer.records.clips import ClipSource, frames_sheet
from explorer.records.errors import BadQuery
from explorer.records.photos import Source, picture_of
from explorer.records.schema import Record
from explorer.records.service import AnySource, Records
from explorer.records.sound_classes import ClassSource
from explorer.records.sounds import SoundSource
from explorer.records.tubelets import TubeletSource
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.engine.tasks import Task

__all__ = ["Made", "figure_of", "make", "settings_of", "write"]


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
    told = [records.found(source, config, task) for config in query.configs]
    _check(query, told[0])
    task.note = f"Drawing {query.format.upper()}"
    with speaking(query.lang):
        content = write(figure_of(source, query, told), query.format, query.width, task.check)
    return Made(content, file_name(query, told[0]), FORMATS[query.format])


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
            return page.record(told).model_dump_json().encode()
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


def file_name(query: FigureQuery, record: Record) -> str:
    """Return a descriptive file name."""
    if query.moving or query.format in ("html", "json"):
        return safe_name(record.name, f"-tome.{query.format}")
    layer = len(record.layers) - 1 if query.layer is None else query.layer
    return safe_name(record.name, f"-layer-{layer}.{query.format}")


def _check(query: FigureQuery, record: Record) -> None:
    last = len(record.layers) - 1
    if query.layer is not None and query.layer > last:
        raise BadQuery("layer", f"must be at most {last}, the blocks of the model", str(query.layer))
    patches = record.grid[0] * record.grid[1] * (len(record.frames.times) if record.frames else 1)
    if query.pinned is not None and query.pinned >= patches:
        raise BadQuery("pinned", f"must be below the {patches} patches of the view", str(query.pinned))


def figure_of(source: AnySource, query: FigureQuery, told: Sequence[Record]) -> Figure:
    """Return the figure of ``query`` from these records of ``source``, one per configuration."""
    jpeg = picture_bytes(source, query)
    named = [settings_of(source, config) for config in query.configs]
    layer = len(told[0].layers) - 1 if query.layer is None else query.layer
    view = {"layer": layer, "fill": query.fill, "arrows": query.arrows or None, "pinned": query.pinned}
    digest = source.picture.digest if isinstance(source, Source) else source.file.digest
    where = origin(query, told[0].name, digest, named[0], query.link, **view)
    return Figure(
        [Story(record, jpeg) for record in told],
        Look(layer, query.fill, query.arrows, query.pinned),
        named,
        query.titles or (),
        query.moving,
        where.model_dump_json(),
    )


def picture_bytes(source: AnySource, query: FigureQuery) -> bytes:
    """Return the picture of a record of ``source``: a JPEG, or the PNG of a spectrogram."""
    from explorer.media.views import thumbnail

    if isinstance(source, SoundSource):
        return sounds.spectrogram(query)
    if isinstance(source, ClassSource):
        return filter_bank(source.sound, source.backbone.layout.frames)
    if isinstance(source, TubeletSource):
        return sheet(source.clip)
    return frames_sheet(query) if isinstance(source, ClipSource) else thumbnail(picture_of(query))[0]


def settings_of(source: AnySource, config: MergeConfig) -> Mapping[str, str]:
    """Return every setting of a run by name."""
    if isinstance(source, SoundSource):
        return settings(source.whisper.label, "packaged", "log-Mel spectrogram, 30 s", config)
    if isinstance(source, ClassSource):
        seen = f"filter bank of 128 bands, {source.backbone.layout.frames / 100:g} s"
        return settings(source.backbone.label, source.backbone.weights, seen, config)
    if isinstance(source, TubeletSource):
        model = source.backbone
        seen = f"{model.frames} frames of {model.side} px, tubelets of {model.tubelet} × {model.patch} × {model.patch}"
        return settings(model.label, model.weights, seen, config)
    view, whole = source.view, "whole photo"
    if isinstance(source, ClipSource):
        seen = f"{len(source.clip.times)} frames, {source.size} px, {view.rows} × {view.cols} patches each"
        return settings(source.backbone.label, source.backbone.weights, seen, config, attention=source.attention)
    height, width, _ = source.picture.pixels.shape
    if (view.width, view.height) != (width, height):
        whole = f"square crop at {view.x:g}, {view.y:g} of {width} × {height} pixels"
    seen = f"{source.size} px, {whole}, {view.rows} × {view.cols} patches"
    return settings(source.backbone.label, source.backbone.weights, seen, config)
