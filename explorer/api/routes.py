"""The routes under ``/api/v1``: records, photos, loading of models.  See docs/api.md."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import cache

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from explorer.api import beside, figure, health, media
from explorer.api.asked import asked, knows, takes_gzip
from explorer.api.follow import LOOK_SECONDS, SUPERSEDED, results, source_of
from explorer.api.panels import lines, zipped
from explorer.api.schema import Described, document
from explorer.engine.checkpoints import DiskFull, HubUnreachable, NoRoom
from explorer.engine.task import Superseded
from explorer.export.query import FORMATS, FigureQuery
from explorer.memory.guard import Busy
from explorer.records.errors import BadQuery
from explorer.records.panels import Panels
from explorer.records.query import PanelsQuery, Query, SimilarityQuery
from explorer.records.service import Body, model_key, service
from explorer.records.stored import STORED, stored
from tome import __version__

__all__ = ["routes"]

METHODS = ("GET", "HEAD")
LATER = {Busy: (503, 2), NoRoom: (503, 2), HubUnreachable: (503, 10), DiskFull: (507, 60)}
"""state of the server → status, and seconds until it is worth another try"""
SAFE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
}
"""What no answer of these routes needs is forbidden to it: it is data, and no page."""


def routes(base: str = "") -> list[Route]:
    """Return the routes for an app served under the path ``base``."""
    root = f"/{base.strip('/')}/api/v1".replace("//", "/")
    described = [replace(each, path=f"{root}/{each.path}") for each in ANSWERS]
    told = document(described, __version__)

    async def schema(request: Request) -> Response:
        return JSONResponse(told)

    async def otherwise(request: Request) -> Response:
        if (rest := request.path_params["rest"]) in names:
            told = {"rule": f"the method must be {' or '.join(METHODS)}", "got": request.method[:120]}
            return JSONResponse({"errors": [told]}, 405, {"allow": ", ".join(METHODS)})
        rule = f"there is no such route; {root}/openapi.json lists them all"
        return JSONResponse({"errors": [{"rule": rule, "got": rest[:120]}]}, 404)

    answers = {each.path: answer for each, answer in ANSWERS.items()}
    names = answers | {"openapi.json": schema, "health": health.health, "ready": health.ready}
    found = [Route(f"{root}/{name}", _guarded(answer), methods=METHODS) for name, answer in names.items()]
    # Last, what is no route, by any method: the app would answer it with its page, or in plain text.
    last = Route(root + "/{rest:path}", _guarded(otherwise))
    last.methods = None
    return [*found, last]


async def _record(request: Request) -> Response:
    """Answer with one record as JSON."""
    query, records = asked(request, Query), service()
    if any(query == known for known in STORED):  # also while the model loads, which takes much longer
        return _answer(request, query, _stored_body(query))
    source = await source_of(records, query)
    kept = records.known(source, query.config)
    if kept is None:
        (kept,) = await results(request, lambda *who: records.ask(source, query.config, *who))
    return _answer(request, query, kept.body)


async def _records(request: Request) -> Response:
    """Stream the records of several configurations as lines of JSON."""
    query, records = asked(request, PanelsQuery), service()
    panels = Panels(records, await source_of(records, query), query.configs)
    panels.check_patch(query.patch)
    token = uuid.uuid4().hex
    client = request.headers.get("x-client") or token
    task = panels.ask(client, token, query.layer) if panels.missing else None
    told = lines(panels, query, task, token)
    headers = {"cache-control": "no-store", "vary": "accept-encoding"}
    if takes_gzip(request):
        told, headers["content-encoding"] = zipped(told), "gzip"
    return StreamingResponse(told, media_type="application/x-ndjson", headers=headers)


async def _model(request: Request) -> Response:
    """Stream the loading progress of a model: lines of JSON, the last one with ``ready`` or ``error``."""
    key = model_key(asked(request, Query, ("model",)).model)

    async def lines() -> AsyncIterator[str]:
        loading, said = service().engine.again(key), None
        while not loading.done.is_set():
            if loading.note != said:
                said = loading.note
                yield json.dumps({"note": said}) + "\n"
            await asyncio.sleep(LOOK_SECONDS)
            loading = service().engine.model(key)  # one that waits for others has not begun
        yield json.dumps({"error": loading.error} if loading.error else {"ready": True}) + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson", headers={"cache-control": "no-store"})


def _guarded(answer: Callable) -> Callable:
    async def guarded(request: Request) -> Response:
        if _of_another_site(request):
            response: Response = JSONResponse({"errors": [{"rule": "pages of other sites are not answered"}]}, 403)
        else:
            response = await _answered(answer, request)
        response.headers.update(SAFE)
        return response

    return guarded


def _of_another_site(request: Request) -> bool:
    """Return whether the request comes from another site's page, which could make this server compute in vain.

    Browsers name the site of a script's cross-origin request.  Links are allowed from anywhere.
    """
    told = request.headers
    if (origin := told.get("origin")) is not None and origin.partition("://")[2] != told.get("host"):
        return True
    return told.get("sec-fetch-site") == "cross-site" and told.get("sec-fetch-mode") != "navigate"


async def _answered(answer: Callable, request: Request) -> Response:
    try:
        return await answer(request)
    except ValidationError as invalid:
        return JSONResponse({"errors": [_explained(each) for each in invalid.errors()]}, 422)
    except BadQuery as bad:
        return JSONResponse({"errors": [{"parameter": bad.parameter, "rule": bad.rule, "got": bad.got}]}, 422)
    except Superseded:
        return JSONResponse({"errors": [{"rule": SUPERSEDED}]}, 409)
    except tuple(LATER) as reason:
        status, seconds = LATER[type(reason)]
        return JSONResponse({"errors": [{"rule": str(reason)}]}, status, {"retry-after": str(seconds)})


def _explained(error: dict) -> dict[str, str]:
    rule = error["msg"].removeprefix("Value error, ")
    parameter = str(error["loc"][0]) if error["loc"] else rule.split(" ", 1)[0]
    got = error["input"] if error["loc"] else error["input"].get(parameter, "")
    return {"parameter": parameter, "rule": rule, "got": str(got)[:120]}


@cache
def _stored_body(query: Query) -> Body:
    return Body.of(stored(query))


def _answer(request: Request, query: Query, body: Body) -> Response:
    headers = {"etag": f'"{body.tag}"', "cache-control": media.caching(query, 300), "vary": "accept-encoding"}
    if knows(request, body.tag):
        return Response(status_code=304, headers=headers)
    if takes_gzip(request):
        return Response(body.zipped, media_type="application/json", headers={**headers, "content-encoding": "gzip"})
    return Response(body.text, media_type="application/json", headers=headers)


JSON, LINES = ("application/json",), ("application/x-ndjson",)
ANSWERS = {
    Described("record", "One record", Query, JSON): _record,
    Described("records", "Records of several configurations, as lines of JSON", PanelsQuery, LINES): _records,
    Described(
        "similarity", "A patch's similarity to those of its photo and of another", SimilarityQuery, JSON
    ): beside.similarity,
    Described("figure", "A figure, a film or a page of records", FigureQuery, tuple(FORMATS.values())): figure.figure,
    Described("photo", "A photo", Query, ("image/jpeg",), media.PHOTO): media.photo,
    Described("frames", "The frames of a clip, one below the other", Query, ("image/jpeg",), media.CLIP): media.frames,
    Described("spectrogram", "The spectrogram of a sound", Query, ("image/png",), media.SOUND): media.spectrogram,
    Described("sound", "A sound as the model hears it", Query, ("audio/wav",), media.SOUND): media.sound,
    Described("model", "How far a model has loaded, as lines of JSON", Query, LINES, ("model",)): _model,
}
