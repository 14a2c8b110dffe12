"""The link of the page that shows a query: one that opens exactly this view, or none."""

from collections.abc import Callable
from urllib.parse import urlencode

from explorer.engine.choices import of_paper
from explorer.engine.hf import START
from explorer.engine.media_models import is_media
from explorer.engine.models import CURATED, EMBEDDED
from explorer.export.offered import CLIP_ALGORITHMS, CLIP_SIDES, MOST_TEXT_R, PHOTO_SIDES, TEXT_ALGORITHMS, most_clip_r
from explorer.media import photos
from explorer.records.query import Query
from tome.config import MergeConfig

__all__ = ["beside_of", "link_of"]

ALGORITHMS = {"photo": ("bipartite",), "clip": CLIP_ALGORITHMS, "text": TEXT_ALGORITHMS}
LONGEST_NAME = 80


def link_of(query: Query, most: int | None = None, **view: object) -> str:
    """Return the link, relative to the app's address; "" if no page shows ``query``.

    ``most`` is the largest r that the page of a photo offers for its model, None if unknown.  ``view`` is the cursor.
    """
    if query.sound:
        return ""
    kind = "clip" if query.clip else "text" if query.text else "photo"
    shown: Callable[[Query], bool] = {"photo": _photo, "clip": _clip, "text": lambda _: True}[kind]
    limit = {"photo": most, "clip": most_clip_r(query.frames, query.size), "text": MOST_TEXT_R}[kind]
    if not (shown(query) and _offers(kind, query, limit)):
        return ""
    r, inflection = query.r if isinstance(query.r, tuple) else (query.r, None)
    own = "" if kind == "photo" else f"{kind}_"
    said = {
        kind: None if query.own else query.clip or query.text or query.sample,
        **({} if kind == "text" else _input(query, own)),
        f"{own}r": r,
        f"{own}decreasing": True if inflection else None,
        f"{own}algorithm": query.algorithm if own else None,
        **view,
    }
    page = {"clip": "video?", "text": "text?"}.get(kind, "?")
    return page + urlencode({key: _text(value) for key, value in said.items() if value is not None})


def _offers(kind: str, query: Query, most: int | None) -> bool:
    """Return whether a page offers the configuration: an algorithm and r, constant or decreasing."""
    config = query.config
    r, inflection = config.r if isinstance(config.r, tuple) else (config.r, -1.0)
    plain = MergeConfig(r=config.r, algorithm=config.algorithm, **of_paper(query.model))
    return (
        isinstance(r, int)
        and inflection == -1.0
        and (most is None or r <= most)
        and config == plain
        and config.algorithm in ALGORITHMS[kind]
    )


def _photo(query: Query) -> bool:
    centred = query.crop == "square" or query.offset == 0.5
    return query.size in PHOTO_SIDES and centred and len(query.model) <= LONGEST_NAME


def _clip(query: Query) -> bool:
    whole = not query.start and query.seconds is None
    seen = query.size in CLIP_SIDES and query.crop == "whole" and query.offset == 0.5
    # Models of clips have settings of their own; whether a file is one, its name does not tell.
    image = not is_media(query.model) and not query.model.startswith(("file:", START))
    return whole and seen and image and len(query.model) <= LONGEST_NAME


def beside_of(query: Query, photo: str | None, model: str | None) -> dict[str, str] | None:
    """Return what a link says of the photo and the model beside those of ``query``; None if the page offers no such."""
    key, own = (EMBEDDED if name == "embedded" else name for name in (model, query.model))
    known = key is None or key in CURATED or str(key).startswith(("file:", START))
    offered = photo is None or (photo in photos.samples() and (query.photo or photo != query.sample))
    if not (known and offered) or key == own:
        return None
    return {name: value for name, value in (("beside", photo), ("beside_model", key)) if value is not None}


def _input(query: Query, own: str) -> dict[str, object]:
    """Return what the model sees of a photo or a clip, and the model."""
    return {
        f"{own}side": query.size,
        "square": query.crop == "square" or None,
        "offset": query.offset if query.crop == "square" else None,
        **_model(query.model),
        "frames": query.frames if query.clip else None,
        "attention": query.attention if query.clip else None,
    }


def _model(name: str) -> dict[str, object]:
    """Return the sidebar's key of a model."""
    if name == "embedded":
        return {}
    if name in CURATED or name.startswith(("file:", START)):
        return {"model": name}
    return {"model": "other", "timm": name.removeprefix("random:"), "random": name.startswith("random:")}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
