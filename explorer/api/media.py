"""The routes for the media of a record: photos, frames, spectrograms and sounds."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from explorer.api.asked import asked, part_of
from explorer.media.views import thumbnail
from explorer.records import sounds
from explorer.records.clips import frames_sheet
from explorer.records.photos import picture_of
from explorer.records.query import Query

__all__ = ["CLIP", "PHOTO", "SOUND", "caching", "frames", "photo", "sound", "spectrogram"]

PHOTO, CLIP, SOUND = ("sample", "photo"), ("clip", "frames", "start", "seconds"), ("sound", "seconds")
"""parameters of what is shown or heard; the length of a sound's model is that of its spectrogram"""


def caching(query: Query, seconds: int) -> str:
    """Return the Cache-Control header: public for samples, private for uploads."""
    return f"{'private' if query.own else 'public'}, max-age={seconds}"


async def photo(request: Request) -> Response:
    """Answer with the photo as a JPEG."""
    query = asked(request, Query, PHOTO)
    content, _, _ = await asyncio.to_thread(thumbnail, picture_of(query))
    return Response(content, media_type="image/jpeg", headers={"cache-control": caching(query, 86400)})


async def frames(request: Request) -> Response:
    """Answer with the frames of a clip as one JPEG, one below the other."""
    query = asked(request, Query, CLIP)
    content = await asyncio.to_thread(frames_sheet, query)
    return Response(content, media_type="image/jpeg", headers={"cache-control": caching(query, 86400)})


async def spectrogram(request: Request) -> Response:
    """Answer with the spectrogram of a sound as a PNG."""
    return await _heard(request, sounds.spectrogram, "image/png")


async def sound(request: Request) -> Response:
    """Answer with the model's input as a mono WAV, at most 30 s."""
    return await _heard(request, sounds.wave, "audio/wav")


async def _heard(request: Request, make: Callable[[Query], bytes], kind: str) -> Response:
    query = asked(request, Query, SOUND)
    content = await asyncio.to_thread(make, query)
    headers = {"cache-control": caching(query, 86400), "accept-ranges": "bytes"}
    # Browsers seek only if ranges are supported.
    part, length = part_of(request, len(content)), len(content)
    if part is None:
        return Response(content, media_type=kind, headers=headers)
    start, end = part
    if start > end:
        rule = {"rule": f"Range must begin before the end, {length} bytes", "got": request.headers["range"][:120]}
        return JSONResponse({"errors": [rule]}, 416, {"content-range": f"bytes */{length}"})
    headers["content-range"] = f"bytes {start}-{end}/{length}"
    return Response(content[start : end + 1], 206, media_type=kind, headers=headers)
