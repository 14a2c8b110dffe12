"""What the page Layers shows: one photo's story, and its figures as far as they are there."""

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.core.models import Backbone
from explorer.core.story import Story, tell
from explorer.ui import ahead, cache, figures, run, stage, viewer
from explorer.ui.controls import Choices
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.core.forward import Outcome

__all__ = ["draw", "shown"]

QUICK_SECONDS = 1.0
"""A run that takes longer is waited for on the page, which says how far it is."""

Shown = dict[str, Any]


def shown(model: Backbone, choices: Choices) -> Shown:
    """The story and the merged run of these choices; the same object as before if they are the same."""
    view, config = stage.view(choices, model), MergeConfig(r=choices.r)
    merged = run.outcome(model, choices.picture, view, config)
    identity = f"{model.key} {choices.picture.digest} {view} {config.key}"
    if st.session_state.get("shown", {}).get("identity") != identity:
        st.session_state["shown"] = {
            "story": _story(model, choices, merged),
            "identity": identity,
            "digest": sha256(identity.encode()).hexdigest(),
            "merged": merged,
            "run": lambda config: run.outcome(model, choices.picture, view, config),
            "time": lambda asked: run.timing(model, choices.picture, view, config, asked),
        }
    if merged.seconds < QUICK_SECONDS:
        ahead.offer(choices.r, lambda r: _answer(model, replace(choices, r=r)))
    return st.session_state["shown"]


def _answer(model: Backbone, choices: Choices) -> None:
    """Let the viewer show the photo under another r before the page is drawn."""
    view = stage.view(choices, model)
    if outcome := run.outcome(model, choices.picture, view, MergeConfig(r=choices.r), quiet=True):
        viewer.send([_story(model, choices, outcome)])


def _story(model: Backbone, choices: Choices, outcome: "Outcome") -> Story:
    portrait = cache.portrait(choices.picture.digest, stage.view(choices, model), choices.picture)
    return tell(portrait, outcome.trace, f"{model.label} · {choices.side} px · {choices.caption}")


def draw(shown: Shown) -> None:
    """The photo with its cursor, and its figures as far as they are there."""
    picture, beside = st.columns([3, 1], gap="large")
    with picture:
        viewer.show([shown["story"]], shown["identity"])
    if "merged" not in shown:
        return
    from explorer.core.forward import class_cosine  # brings torch, which has been here since the first run

    with beside:
        slot = st.empty()
        if "plain" not in shown:
            with slot.container():
                figures.cost(shown["merged"])
            shown["plain"] = shown["run"](MergeConfig(r=0))
        plain = shown["plain"]
        with slot.container():
            figures.cost(shown["merged"], plain, class_cosine(plain, shown["merged"]))
        figures.speed(shown["time"])
        viewer.save_page(shown["story"], shown["digest"])
    figures.classes(plain, shown["merged"])
    figures.layer_table(plain, shown["merged"])
