"""The choice of a model: a curated one, the operator's own, or any that timm has."""

import re

import streamlit as st

from explorer.engine.checkpoints import checkpoints
from explorer.engine.hf import allowed
from explorer.engine.media_models import kind_of_file
from explorer.engine.models import CURATED
from explorer.locale.language import mark, named, tr
from explorer.shell import cache
from explorer.shell.embed import locked
from explorer.shell.keys import keep, taken
from explorer.shell.link import PARAMETERS
from explorer.shell.session import link, session
from explorer.shell.state import from_link, to_link

__all__ = ["DEFAULT_NAME", "OTHER", "choose_model", "own_models"]

DEFAULT_NAME = PARAMETERS["timm"].default
OTHER = "other"
TIMM_NAME = re.compile(r"[a-z0-9]+_[a-z0-9_]+(\.[a-z0-9_]+)?")
"""a name as timm writes them; what is odd falls back to the default model"""


def own_models(kind: str) -> dict[str, str]:
    """Return key and label of the operator's models that take clips, sounds, or photos where ``kind`` is ""."""
    files = checkpoints(cache.engine().folder)
    listed = {} if kind else allowed()
    return listed | {key: key.removeprefix("file:") for key, path in files.items() if kind_of_file(path) == kind}


def choose_model() -> str:
    """Draw the choice of a model and return its key."""
    labels = {**CURATED, **own_models(""), OTHER: mark("Another timm model…")}
    if (named_directly := link().get("model", "")) not in labels and TIMM_NAME.fullmatch(named_directly):
        to_link(model=OTHER, timm=named_directly)
    key = from_link("model", labels)
    chosen = st.selectbox(
        tr("Model"), list(labels), key=key, format_func=named(labels), disabled=locked("model"),
        on_change=taken, args=("model", key, _turned, key),
    )  # fmt: skip
    if chosen != OTHER:
        session().unnamed = None
        session().model = chosen
        to_link(model=chosen)
        to_link(timm=DEFAULT_NAME, random=False)
        for name in ("timm", "random"):
            keep(name)
        return chosen
    name = st.text_input(
        tr("timm model name"),
        key=from_link("timm"),
        max_chars=80,
        disabled=locked("model"),
        on_change=_named,
        help=tr("Its weights come from the hub."),
    )
    random = st.toggle(
        tr("Random weights"),
        key=from_link("random"),
        disabled=locked("model"),
        help=tr("Needs no download, but shows only the architecture."),
    )
    if session().unnamed is not None and name == DEFAULT_NAME:
        st.button(tr("Load this model"), on_click=_named)
        return session().unnamed
    to_link(model=chosen)
    to_link(timm=name, random=random)
    return f"random:{name.strip()}" if random else name.strip()


def _turned(key: str) -> None:
    """Wait for a name when the reader turns to another model: one that nobody has typed is not loaded."""
    if st.session_state[key] == OTHER:
        session().unnamed = session().model


def _named() -> None:
    session().unnamed = None
