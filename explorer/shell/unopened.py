"""Why a file that is neither a photo nor an export opens nothing: what was expected, what came, and what to do."""

import json
from pathlib import Path
from typing import Any

from explorer.export.settings import SOFTWARE
from explorer.locale.language import tr
from explorer.media.names import display_name
from explorer.records.schema import VERSION
from explorer.shell.reopen import KINDS

__all__ = ["why_unopened"]


def why_unopened(content: bytes, name: str) -> str:
    """Return one sentence on a file of one of KINDS without an origin; "" for an empty file and other kinds."""
    kind, name = Path(name).suffix[1:].lower(), display_name(name)
    if kind not in KINDS or not content.strip():
        return ""
    if kind != "json":
        return tr(
            "“{name}” opens no view: a file made by Export was expected, and this one says nothing of a view; choose "
            "another file, or save it as PNG to use it as a photo.",
            name=name,
        )
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as reason:
        return tr(
            "“{name}” opens no view: a record made by Export was expected, and this is no JSON from line {line} on; "
            "export the view again, or choose another file.",
            name=name,
            line=getattr(reason, "lineno", 1),
        )
    return _of_json(told, name)


def _of_json(told: Any, name: str) -> str:
    if not isinstance(told, dict) or not {"version", "layers", "origin"} & told.keys():
        return tr(
            "“{name}” opens no view: a record made by Export was expected, and this is other JSON, which begins with {start}; "
            "choose a file made by Export, or a photo.",
            name=name,
            start=json.dumps(told, ensure_ascii=False)[:40],
        )
    if isinstance(told.get("version"), int) and told["version"] > VERSION:
        return tr(
            "“{name}” opens no view: a record of version {known} was expected, and this is one of version {version}; "
            "update this app, or export the view again with {software}.",
            name=name,
            known=VERSION,
            version=told["version"],
            software=SOFTWARE,
        )
    if not told.get("origin"):
        return tr(
            "“{name}” opens no view: a record made by Export was expected, and this one names no view, as from "
            "/api/v1/record; export the view in the app.",
            name=name,
        )
    return tr(
        "“{name}” opens no view: a record made by Export was expected, and what this one says of its origin is damaged; "
        "export the view again.",
        name=name,
    )
