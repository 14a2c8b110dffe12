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
from explorer.shell.keys import keep
from explorer.shell.link import PARAMETERS
from explorer.shell.state import from_link, link, to_link

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
    chosen = st.selectbox(
        tr("Model"), list(labels), key=from_link("model", labels), format_func=named(labels), disabled=locked("model")
    )
    to_link(model=chosen)
    if chosen != OTHER:
        to_link(timm=DEFAULT_NAME, random=False)
        for name in ("timm", "random"):
            keep(name)
        return chosen
    name = st.text_input(
        tr("timm model name"),
        key=from_link("timm"),
        max_chars=80,
        disabled=locked("model"),
        help=tr("Its weights come from the hub."),
    )
    random = st.toggle(
        tr("Random weights"),
        key=from_link("random"),
        disabled=locked("model"),
        help=tr("Needs no download, but shows only the architecture."),
    )
    to_link(timm=name, random=random)
    return f"random:{name.strip()}" if random else name.strip()
