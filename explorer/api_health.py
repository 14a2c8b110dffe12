"""The routes that a container's probes ask: is the process alive, and can it answer readers now."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from explorer.core.guard import short_of_memory
from explorer.core.models import EMBEDDED
from explorer.records.service import service
from tome import __version__

__all__ = ["health", "ready"]

UNCACHED = {"cache-control": "no-store"}
RETRY_SECONDS = "2"


async def health(_: Request) -> JSONResponse:
    """Answer as long as the process does."""
    return JSONResponse({"status": "ok", "version": __version__}, headers=UNCACHED)


async def ready(_: Request) -> JSONResponse:
    """Answer 200 once the embedded model is loaded and there is memory, else 503 and why; the first call loads it."""
    loading = service().engine.model(EMBEDDED)
    reason = loading.error or short_of_memory() if loading.done.is_set() else loading.note
    if reason:
        return JSONResponse({"ready": False, "reason": reason}, 503, {**UNCACHED, "retry-after": RETRY_SECONDS})
    return JSONResponse({"ready": True}, headers=UNCACHED)
