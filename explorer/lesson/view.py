"""The lesson as a Streamlit component, and its part of the link."""

from functools import partial
from typing import Any

import streamlit as st

from explorer.engine.models import Backbone
from explorer.locale.language import retell, tr
from explorer.shell import cache, cursor, run, stage
from explorer.shell.controls import Choices
from explorer.shell.embed import hidden
from explorer.shell.link_pages import elsewhere
from explorer.shell.session import session
from explorer.shell.text import literal
from explorer.viewer.spoken import spoken
from explorer.web.modules import css
from tome.schedule import R as Rate
from tome.schedule import schedule

__all__ = ["go", "playground", "taught"]

PLACES = ("layer", "step", "edges", "pinned", "mode", "why")
FIRST = 6
"""The layer that is shown first: by then there are tokens of several patches."""
POINTS = ("points", "method", "join", "rounds")

_lesson = spoken("tome_lesson", "lesson/streamlit", css() + css("lesson/lesson"))
_playground = spoken("tome_playground", "playground/streamlit", css() + css("lesson/lesson"))


def taught(choices: Choices, model: Backbone, mode: str | None = None) -> None:
    """Compute and draw the record of the current layer; ``mode`` overrules the reader's."""
    from explorer.lesson.teaching import teach

    view, config = stage.view(choices, model), choices.config()
    # The cursor is shared with other pages, where layer 0 is the input.
    layer = min(cursor.current()["layer"] or FIRST, len(model.model.blocks))
    identity = f"{model.key} {choices.picture.digest} {view} {config.key} {layer}"
    try:
        found = run.pooled(("lesson", identity), lambda task: teach(model, choices.picture, view, config, layer, task))
    except TypeError as reason:
        st.info(
            literal(tr("The lesson cannot show this model: {reason}.", reason=retell(str(reason)))),
            icon=":material/visibility_off:",
        )
        return
    _say_used(found.record, choices.r)
    source = stage.source(choices, model)
    settings = {
        name: choices.config(proportional_attention=on) for name, on in (("proportional", True), ("unweighted", False))
    }
    fidelity = {name: run.record(source, setting).class_cosine for name, setting in settings.items()}
    portrait = cache.portrait(choices.picture.digest, choices.picture.name, view, choices.picture)
    opening = min(FIRST, len(model.model.blocks)) if mode is None and choices.r else None
    _show({**portrait, **found.record, "fidelity": fidelity, "opening": opening}, identity, mode)


def _say_used(record: dict[str, Any], r: Rate) -> None:
    """Say how many tokens merge where ``r`` asks for more than half of those of the layer."""
    wanted = schedule(r, record["depth"])[record["layer"] - 1]
    if wanted > record["r"]:
        st.info(
            tr(
                "At most half of a layer's patch tokens can merge: layer {layer} merges {used}, not r = {wanted}.",
                layer=record["layer"],
                used=record["r"],
                wanted=wanted,
            )
        )


def go(**place: int | str | None) -> None:
    """Move the cursor (layer, step …) as the reader would."""
    cursor.current().update(place)


def _show(record: dict[str, Any], identity: str, mode: str | None, key: str = "lesson") -> None:
    if session().lesson not in (None, identity):
        cursor.remember("edges", None)  # a dragged r is valid in its own layer only
    session().lesson = identity
    start = cursor.opening(identity, key)
    names = {name: start[name] for name in PLACES} | ({"mode": mode, "why": None} if mode else {})
    now = session()
    # No link of the article holds what its lesson shows.
    linked = None if mode else elsewhere(now.page or "")
    own = bool(now.own_shown and now.own_photo)
    _lesson(
        key=key,
        data={
            "record": record,
            "subject": identity,
            "revision": now.revision,
            "elsewhere": linked,
            "own": own,
            "hide": list(hidden()),
            **names,
        },
        default=names,
        **{f"on_{name}_change": cursor.reported(key, name, partial(cursor.remember, name)) for name in PLACES},
    )


def playground(key: str = "playground") -> None:
    """Draw the playground; its points are in the link."""
    start = cursor.opening("link", key)
    names = {name: start[name] for name in POINTS}
    _playground(
        key=key,
        data={"revision": session().revision, **names},
        default=names,
        **{f"on_{name}_change": cursor.reported(key, name, partial(cursor.remember, name)) for name in POINTS},
    )
