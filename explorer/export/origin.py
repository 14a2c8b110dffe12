"""Provenance of exported files: write it into every format, and read it back."""

import json
import re
from collections.abc import Callable, Mapping
from html import unescape
from io import BytesIO
from urllib.parse import urlencode

from PIL import Image

from explorer.export.raster import KEY
from explorer.export.settings import SOFTWARE
from explorer.records.query import Query
from explorer.records.schema import VERSION, Origin

__all__ = ["origin", "origin_of_file"]

MOST = 20 * 2**20
"""largest file that is examined, in bytes"""


def origin(query: Query, name: str, digest: str, settings: Mapping[str, str], link: str) -> Origin:
    """Return the origin of a record of ``query``; ``link`` is that of its view, "" if no page shows it."""
    asked = query.model_dump(mode="json", exclude_defaults=True, include=set(Query.model_fields))
    texts = {key: value if isinstance(value, str | int | float) else json.dumps(value) for key, value in asked.items()}
    if isinstance(query.r, tuple):
        texts["r"] = f"{query.r[0]:g},{query.r[1]:g}"
    return Origin(
        software=SOFTWARE,
        link=link,
        query=urlencode(texts),
        name=name,
        own=query.own,
        digest=digest,
        settings=list(settings.items()),
    )


def origin_of_file(content: bytes) -> Origin | None:
    """Return the origin recorded in an exported PNG, GIF, WebP, SVG, HTML or JSON file; None for other files."""
    if len(content) > MOST:
        return None
    for read in (_of_picture, _of_svg, _of_page, _of_json):
        told = _read(read, content)
        if told:
            return told
    return None


def _read(read: Callable[[bytes], str | dict | None], content: bytes) -> Origin | None:
    try:
        told = read(content)
        if told is None:
            return None
        return Origin.model_validate_json(told) if isinstance(told, str) else Origin.model_validate(told)
    except Exception:  # noqa: BLE001 - Pillow raises almost anything on corrupt data, and JSON may nest too deeply
        return None


def _of_picture(content: bytes) -> str | None:
    if not content.startswith((b"\x89PNG", b"GIF8", b"RIFF")):
        return None
    with Image.open(BytesIO(content), formats=("PNG", "GIF", "WEBP")) as picture:
        told = picture.info.get(KEY) or picture.info.get("comment") or picture.info.get("xmp")
        return told.decode() if isinstance(told, bytes) else told


def _of_svg(content: bytes) -> str | None:
    # No XML parser: entities in an untrusted file could read other files.
    found = re.search(rb'<view xmlns="https://arxiv\.org/abs/2210\.09461">([^<]*)</view>', content[:200_000])
    return unescape(found[1].decode()) if found else None


def _of_page(content: bytes) -> dict | None:
    found = re.search(rb'<script type="application/json" id="record">([^<]*)</script>', content)
    return json.loads(found[1])["panels"][0]["origin"] if found else None


def _of_json(content: bytes) -> dict | None:
    if content.lstrip()[:1] != b"{":
        return None
    told = json.loads(content)
    return told["origin"] if told.get("version", VERSION) <= VERSION else None
