"""The route for the similarities of a patch to the patches of another photo, layer by layer."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from explorer.api import media
from explorer.api.asked import asked
from explorer.api.follow import results, source_of
from explorer.records.beside import Pair
from explorer.records.query import SimilarityQuery
from explorer.records.service import service

__all__ = ["similarity"]


async def similarity(request: Request) -> Response:
    """Answer with the similarities of a patch to the patches of its own photo and of the other one."""
    from explorer.engine.heat import warm_beside

    query, records = asked(request, SimilarityQuery), service()
    await source_of(records, query)  # only to wait for the model
    pair = await asyncio.to_thread(Pair, records, query)
    runs = pair.found
    if runs is None:
        runs = pair.checked(await results(request, pair.ask))
    own, there = await asyncio.to_thread(warm_beside, *runs, query.patch)
    told = {"patch": query.patch, "layers": own, "beside": there}
    return JSONResponse(told, headers={"cache-control": media.caching(query, 300)})
