"""Read a request: its parameters, each given once and with an effect, and what its client accepts."""

import re
from collections.abc import Sequence
from typing import TypeVar

from starlette.requests import Request

from explorer.records.errors import BadQuery
from explorer.records.query import Query

__all__ = ["OF", "asked", "knows", "part_of", "takes_gzip"]

Kind = TypeVar("Kind", bound=Query)
OF = {
    "sample": ("sample",),
    "model": ("sample", "photo", "clip", "sound"),
    **dict.fromkeys(("size", "crop", "offset"), ("sample", "photo", "clip")),
    **dict.fromkeys(("frames", "start", "seconds", "attention"), ("clip",)),
}
"""parameter → the samples for which it has an effect; any other has it for all"""


def asked(request: Request, kind: type[Kind], only: Sequence[str] = ()) -> Kind:
    """Return the query of ``request``; ``only`` names the parameters on which the answer depends, () for all.

    Raises ValidationError, or BadQuery for a parameter that is given twice or has no effect.
    """
    given = request.query_params
    query = kind(**given)
    for name in given:
        if len(values := given.getlist(name)) > 1:
            raise BadQuery(name, "must be given once", ", ".join(values)[:120])
        if only and name not in only:
            raise BadQuery(name, f"must be left out: this answer depends on {' and '.join(only)}", given[name][:120])
    subject = next((name for name in ("photo", "clip", "sound", "text") if getattr(query, name)), "sample")
    for name in given:
        # A spectrogram is as long as its model hears, which a record's model says itself.
        if subject not in OF.get(name, (subject,)) and not (only and name == "seconds"):
            rule = "without clip" if subject == "sample" else f"beside {subject}"
            raise BadQuery(name, f"must be left out {rule}: it has no effect", given[name][:120])
    return query


def knows(request: Request, tag: str) -> bool:
    """Return whether the client has the answer ``tag``: If-None-Match lists it, weak or strong, or is ``*``."""
    told = ", ".join(request.headers.getlist("if-none-match"))
    return told.strip() == "*" or tag in re.findall(r'(?:W/)?"([^"]*)"', told)


def takes_gzip(request: Request) -> bool:
    """Return whether the client accepts gzip: named in Accept-Encoding, or ``*``, and not with ``q=0``."""
    weights = {}
    for part in ",".join(request.headers.getlist("accept-encoding")).lower().split(","):
        coding, _, options = part.partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", options)
        weights[coding.strip()] = float(weight[1]) if weight else 1.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def part_of(request: Request, length: int) -> tuple[int, int] | None:
    """Return the first and the last byte that Range asks of ``length``, or None for all of them.

    A first byte beyond the end is after the last.  Several ranges, and what is no range, ask for all.
    """
    found = re.fullmatch(r"bytes=(\d{0,12})-(\d{0,12})", request.headers.get("range", "").replace(" ", ""))
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:  # the last bytes
        return (max(0, length - int(found[2])), length - 1)
    start, end = int(found[1]), int(found[2] or length - 1)
    return None if found[2] and end < start else (start, min(end, length - 1))
