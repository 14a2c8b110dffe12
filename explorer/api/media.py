"""The routes for the media of a record: photos, frames, spectrograms and sounds."""

import asyncio
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from explorer.media.views import thumbnail
from explorer.records import sounds
from explorer.records.clips import frames_sheet
from explorer.records.photos import picture_of
from explorer.records.query import Query

__all__ = ["caching", "frames", "photo", "sound", "spectrogram"]


def caching(query: Query, seconds: int) -> str:
    """Return the Cache-Control header: public for samples, private for uploads."""
    return f"{'private' if query.own else 'public'}, max-age={seconds}"


async def photo(request: Request) -> Response:
    """Answer with the photo as a JPEG."""
    query = Query(**request.query_params)
    content, _, _ = await asyncio.to_thread(thumbnail, picture_of(query))
    return Response(content, media_type="image/jpeg", headers={"cache-control": caching(query, 86400)})


async def frames(request: Request) -> Response:
    """Answer with the frames of a clip as one JPEG, one below the other."""
    query = Query(**request.query_params)
    content = await asyncio.to_thread(frames_sheet, query)
    return Response(content, media_type="image/jpeg", headers={"cache-control": caching(query, 86400)})


async def spectrogram(request: Request) -> Response:
    """Answer with the spectrogram of a sound as a PNG."""
    return await _heard(request, sounds.spectrogram, "image/png")


async def sound(request: Request) -> Response:
    """Answer with the model's input as a mono WAV, at most 30 s."""
    return await _heard(request, sounds.wave, "audio/wav")


async def _heard(request: Request, make: Callable[[Query], bytes], kind: str) -> Response:
    query = Query(**request.query_params)
    content = await asyncio.to_thread(make, query)
    headers = {"cache-control": caching(query, 86400), "accept-ranges": "bytes"}
    # Browsers seek only if ranges are supported.
    asked = re.fullmatch(r"bytes=(\d{1,12})-(\d{1,12})?", request.headers.get("range", ""))
    if not asked or int(asked[1]) >= len(content):
        return Response(content, media_type=kind, headers=headers)
    start, end = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
    headers["content-range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], 206, media_type=kind, headers=headers)
