"""A figure as data: the record and the page that plays it, with their origin."""

import json
from base64 import b64encode
from typing import Any

from explorer.export.sheet import Figure
from explorer.export.standalone import web_page
from explorer.locale.language import language
from explorer.records.schema import Origin, Record

__all__ = ["data", "html"]


def data(told: Figure) -> bytes:
    """Return the record of a single panel, or the records of several with their titles and settings, as JSON."""
    panels = [_whole(told, number) for number in range(len(told.stories))]
    if len(panels) == 1:
        return panels[0].model_dump_json().encode()
    alone = [each.model_copy(update={"origin": None}).model_dump(mode="json") for each in panels]
    several = {
        "version": panels[0].version,
        "titles": told.panel_titles,
        "settings": [dict(each) for each in told.settings],
        "panels": alone,
        "origin": panels[0].model_dump(mode="json")["origin"],
    }
    return json.dumps(several, separators=(",", ":"), ensure_ascii=False).encode()


def html(told: Figure) -> bytes:
    """Return a page that needs no server; several panels share one cursor.

    Its viewer speaks the language of this run.
    """
    look = told.look
    panels = [_whole(told, number).model_dump(mode="json") for number in range(len(told.stories))]
    titles = told.panel_titles if len(panels) > 1 else []
    start: dict[str, Any] = {"layer": look.layer, "fill": look.fill, "arrows": look.arrows, "pinned": look.pinned}
    if look.reference is not None:
        start["reference"] = look.reference
    heats = [story.heat for story in told.stories]
    if heats[0]:
        layers = [heat and heat.told for heat in heats]
        start |= {"pinnable": True, "heat": {"patch": heats[0].patch, "panels": layers}}
    return web_page(
        panels[0], panels=panels, titles=titles, caption=told.caption, language=language(), **start
    ).encode()


def _whole(told: Figure, number: int) -> Record:
    story = told.stories[number]
    kind = "png" if story.jpeg.startswith(b"\x89PNG") else "jpeg"
    src = f"data:image/{kind};base64,{b64encode(story.jpeg).decode()}" if story.jpeg else ""
    where = Origin.model_validate_json(told.origin) if told.origin else None
    picture = story.record.picture.model_copy(update={"src": src})
    return story.record.model_copy(update={"picture": picture, "origin": where})
