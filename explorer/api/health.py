"""The routes for probes of a container: health and readiness."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from explorer.engine.models import EMBEDDED
from explorer.memory.guard import short_of_memory
from explorer.records.service import service
from tome import __version__

__all__ = ["health", "ready"]

UNCACHED = {"cache-control": "no-store"}
RETRY_SECONDS = "2"


async def health(_: Request) -> JSONResponse:
    """Answer as long as the process runs."""
    return JSONResponse({"status": "ok", "version": __version__}, headers=UNCACHED)


async def ready(_: Request) -> JSONResponse:
    """Answer 200 if the embedded model is loaded and memory is free, else 503 with the reason; the first call loads it."""
    loading = service().engine.model(EMBEDDED)
    reason = loading.error or short_of_memory() if loading.done.is_set() else loading.note
    if reason:
        return JSONResponse({"ready": False, "reason": reason}, 503, {**UNCACHED, "retry-after": RETRY_SECONDS})
    return JSONResponse({"ready": True}, headers=UNCACHED)
