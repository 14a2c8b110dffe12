"""The link of the page that shows a query: one that opens exactly this view, or none."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from explorer.engine.hf import START
from explorer.engine.media_models import CLIPS, SOUNDS, is_media
from explorer.engine.models import CURATED, EMBEDDED
from explorer.export.lab_link import lab_of, panel_name, reference_of
from explorer.export.offered import (
    CLIP_ALGORITHMS,
    CLIP_SIDES,
    MOST_TEXT_R,
    PHOTO_SIDES,
    SOUND_ALGORITHMS,
    TEXT_ALGORITHMS,
    most_clip_r,
    most_sound_r,
)
from explorer.media import photos
from explorer.records.query import Query
from tome.config import MergeConfig, of_paper
from tome.schedule import R

__all__ = ["beside_of", "lab_link_of", "link_of"]

ALGORITHMS = {
    "photo": ("bipartite",),
    "clip": CLIP_ALGORITHMS,
    "sound": SOUND_ALGORITHMS,
    "text": TEXT_ALGORITHMS,
}
PAGES = {"photo": "?", "clip": "video?", "sound": "sound?", "text": "text?"}
LONGEST_NAME, LONGEST_HUB = 80, 100


def link_of(query: Query, most: int | None = None, *, of_clips: bool = False, **view: object) -> str:
    """Return the link, relative to the app's address; "" if no page shows ``query``.

    ``most`` is the largest r that the page of a photo, or of a model ``of_clips``, offers for the model, None if
    unknown.  ``view`` is the cursor.
    """
    kind = next((kind for kind in ("clip", "sound", "text") if getattr(query, kind)), "photo")
    shown = {"photo": _photo, "clip": _tubelets if of_clips else _clip, "sound": _sound, "text": lambda _: True}[kind]
    limits = {
        "clip": most if of_clips else most_clip_r(query.frames, query.size),
        "sound": most_sound_r(query.model),
        "text": MOST_TEXT_R,
    }
    plain = MergeConfig(r=query.config.r, algorithm=query.config.algorithm, **of_paper(query.model))
    offered = query.config == plain and plain.algorithm in ALGORITHMS[kind]
    if not (shown(query) and offered and _offers(plain.r, limits.get(kind, most))):
        return ""
    own = "" if kind == "photo" else f"{kind}_"
    algorithm = {f"{own}algorithm": query.algorithm} if own else {}
    seen = {"photo": _input(query, ""), "clip": _input(query, "clip_"), "sound": _media(kind, query.model), "text": {}}[
        kind
    ]
    seen = _media(kind, query.model) if of_clips else seen
    return _written(PAGES[kind], {kind: _name(query), **seen, **_rate(plain.r, own), **algorithm, **view})


def lab_link_of(
    query: Query, configs: Sequence[MergeConfig], most: int | None, reference: int | None, **view: object
) -> str:
    """Return the link of the lab that shows the photo of ``query`` under ``configs``; "" if there is none.

    ``most`` and ``view`` are those of ``link_of``; ``reference`` is the panel of which the fill shows the difference.
    """
    lab, paper = lab_of(configs), MergeConfig(**of_paper(query.model)).proportional_attention
    photo = not (query.clip or query.sound or query.text) and _photo(query)
    offered = _offers(configs[0].r, most) and configs[0].proportional_attention == paper
    if lab is None or not (photo and offered):
        return ""
    names = [panel_name(config) for config in configs]
    compared = {} if reference in (None, reference_of(names)) else {"reference": names[reference or 0]}
    said = {"photo": _name(query), **_input(query, ""), **_rate(configs[0].r, ""), **lab[1], **compared, **view}
    return _written(f"{lab[0]}?", said)


def _written(page: str, said: Mapping[str, object]) -> str:
    return page + urlencode({key: _text(value) for key, value in said.items() if value is not None})


def _name(query: Query) -> str | None:
    """Return the sample's name; of an own file, which no link holds, None."""
    return None if query.own else query.clip or query.sound or query.text or query.sample


def _rate(r: R, own: str) -> dict[str, object]:
    count, inflection = r if isinstance(r, tuple) else (r, None)
    return {f"{own}r": count, f"{own}decreasing": True if inflection else None}


def _offers(r: R, most: int | None) -> bool:
    """Return whether a page offers ``r``: constant or decreasing, up to ``most``."""
    count, inflection = r if isinstance(r, tuple) else (r, -1.0)
    return isinstance(count, int) and inflection == -1.0 and (most is None or count <= most)


def _photo(query: Query) -> bool:
    centred = query.crop == "square" or query.offset == 0.5
    return query.size in PHOTO_SIDES and centred and len(query.model) <= LONGEST_NAME


def _clip(query: Query) -> bool:
    # Whether a file is a model of clips, its name does not tell.
    image = not is_media(query.model) and not query.model.startswith(("file:", START))
    return _whole(query) and query.size in CLIP_SIDES and image and len(query.model) <= LONGEST_NAME


def _tubelets(query: Query) -> bool:
    """Return the same of a clip under a model of clips, which has frames and a size of its own."""
    return _whole(query) and _offered(query.model, CLIPS)


def _whole(query: Query) -> bool:
    return not query.start and query.seconds is None and query.crop == "whole" and query.offset == 0.5


def _sound(query: Query) -> bool:
    return query.model == "embedded" or _offered(query.model, SOUNDS)


def _offered(model: str, listed: Mapping[str, str]) -> bool:
    """Return whether a page offers the model of clips or of sounds, by the name that a link has for it."""
    return (model in listed or model.startswith(("file:", "hub:"))) and len(model) <= LONGEST_HUB


def _media(kind: str, model: str) -> dict[str, object]:
    """Return a link's words for a model of clips or of sounds."""
    if model.startswith("hub:") and model not in CLIPS | SOUNDS:
        return {f"{kind}_model": "hub", f"{kind}_hub": model.removeprefix("hub:")}
    return {} if model == "embedded" else {f"{kind}_model": model}


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
