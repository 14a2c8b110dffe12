"""File names of figures: what they show, in words, and a mark of every choice beyond."""

import json
from collections.abc import Sequence

from explorer.export.query import FigureQuery
from explorer.measuring.rows import rate_in_name
from explorer.media.names import mark_of, safe_name
from explorer.records.schema import Record

__all__ = ["file_name"]

LONGEST_PART = 32
TOLD = {
    "sample", "clip", "sound", "text", "beside", "size", "algorithm", "layer", "fill", "similarity", "pinned",
    "format", "width", "inches", "caption", "lang", "link", "titles",
}  # fmt: skip
"""parameters that the words tell, or that change nothing of what is shown"""


def file_name(query: FigureQuery, records: Sequence[Record]) -> str:
    """Return a file name: ``dog-r16-layer-6.svg``, ``dog-by-metric-r8-layer-12-region-3fa9c1.png``.

    Choices without a word of their own are in a mark of six hexadecimal digits at the end.  The origin alone has the name
    of the picture that carries it, with the ending ``view``.
    """
    names = [_part(name) for name in dict.fromkeys(record.name for record in records)]
    varied = _varied(query)
    rate = [] if "r" in varied else ["r-per-layer" if isinstance(query.r, list) else rate_in_name(query.r)]
    words = [
        "-and-".join(names),
        *_model(query),
        *_panels(varied),
        *rate,
        *_view(query, records[0]),
        *_paper(query),
        *_mark(query),
    ]
    return f"{'-'.join(words)}.{query.format}"


def _part(name: str) -> str:
    return safe_name(name, "-")[:-1][:LONGEST_PART].rstrip("._-")


def _model(query: FigureQuery) -> list[str]:
    """Return the model, the algorithm and the size where the reader chose them."""
    models = [name for name in (query.model, query.beside_model) if name and name != "embedded"]
    told = [_part(name.replace(":", "-")) for name in models]
    told += [_part(query.algorithm)] if query.algorithm else []
    return told if query.size == FigureQuery.model_fields["size"].default else [*told, f"{query.size}px"]


def _varied(query: FigureQuery) -> list[str]:
    """Return the fields of MergeConfig that differ between the panels."""
    first, *others = query.configs
    return [
        name for name in first.__dataclass_fields__ if any(getattr(first, name) != getattr(o, name) for o in others)
    ]


def _panels(varied: Sequence[str]) -> list[str]:
    if not varied:
        return []
    return ["by", *varied] if len(varied) < 4 else ["by", str(len(varied)), "choices"]


def _view(query: FigureQuery, record: Record) -> list[str]:
    if query.format == "json":
        return []
    fill = "similarity" if query.similarity else query.fill
    last = len(record.layers) - 1
    layer = (
        [] if query.moving or query.format == "html" else ["layer", str(last if query.layer is None else query.layer)]
    )
    pinned = [] if query.pinned is None else ["patch", str(query.pinned)]
    return [*layer, *([] if fill == "mean" else [fill]), *pinned]


def _paper(query: FigureQuery) -> list[str]:
    if not query.drawn:
        return []
    return [*([] if query.inches is None else [f"{query.inches:g}in"]), *([] if query.caption else ["no-caption"])]


def _mark(query: FigureQuery) -> list[str]:
    """Return what the words leave open, as the beginning of a SHA-256."""
    asked = query.model_dump(mode="json", exclude_defaults=True, exclude=TOLD)
    if isinstance(query.r, int) or query.r[1:] == (-1.0,):
        asked.pop("r", None)
    if query.own:
        asked["own"] = [query.photo, query.clip, query.sound, query.text, query.beside]
    return [mark_of(json.dumps(asked, sort_keys=True))] if asked else []
