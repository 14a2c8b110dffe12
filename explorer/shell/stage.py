"""The model of a page, or the sentence that explains its absence."""

from typing import Any

import streamlit as st

from explorer.engine.hf import START
from explorer.engine.media_models import is_media
from explorer.engine.models import EMBEDDED, Backbone
from explorer.locale.language import in_row, mark, retell, tr
from explorer.media.views import View
from explorer.records import photos
from explorer.records.errors import BadQuery
from explorer.records.photos import Source
from explorer.records.query import Query
from explorer.records.service import service
from explorer.shell import cache, corrected
from explorer.shell.controls import Choices
from explorer.shell.fragment import fragment
from explorer.shell.keys import set_again
from explorer.shell.model_control import DEFAULT_NAME
from explorer.shell.session import session
from explorer.shell.text import literal
from tome.config import of_paper

__all__ = ["backbone", "media_source", "model", "say_of_paper", "source", "view"]

POLL_SECONDS = 0.5
RANDOM = mark("These weights are random: what merges shows the architecture at work, not what a trained model sees.")
CANNOT = mark("Its classes, and whether merging keeps them, say nothing about a trained model.")


def backbone(choices: Choices) -> Backbone | None:
    """Return the chosen model, or None while it loads or after a failure; the page shows which, and polls."""
    found = model(choices.model)
    if found is None:
        corrected.say()  # the page ends here
    return found


def model(key: str) -> Backbone | None:
    """Return the same for the model ``key``."""
    engine = cache.engine()
    # Send the very first page before importing torch, which holds the GIL.
    if not (engine.started or session().painted):
        session().painted = True
        _watch(key, first=True)
        return None
    loading = engine.model(key)
    if not loading.done.is_set():
        _watch(key)
        return None
    if loading.error:
        icon = ":material/block:" if loading.final else ":material/cloud_off:"
        # A name that nobody has typed yet is no mistake of the reader's.
        say = st.info if key == DEFAULT_NAME and not loading.final else st.error
        say(literal(retell(loading.error)), icon=icon)
        _say_what_to_do(key, loading.final)
        return None
    if loading.backbone.weights == "random":
        st.warning(
            in_row(map(tr, (RANDOM, CANNOT) if is_media(key) else (RANDOM,))),
            icon=":material/casino:",
        )
    return loading.backbone


def _say_what_to_do(key: str, final: bool) -> None:
    timm = not (is_media(key) or key.startswith((START, "file:")))
    if not final:
        if timm and not key.startswith("random:"):
            st.caption(tr("Without its weights, Speed shows GFLOPs, tokens and the code to paste."))
        st.button(tr("Try again"), on_click=cache.engine().forget, args=(key,))
    elif timm:
        from explorer.engine.shapes import names

        accepted = names()
        with st.expander(tr("The {count} timm names that can be merged", count=len(accepted))):
            st.code("\n".join(accepted), language=None, height=320)


def say_of_paper(key: str) -> None:
    """Say what the paper sets for the model ``key`` alone, where captions do not."""
    if of_paper(key):
        st.caption(tr("Proportional attention is off, as for MAE models in the paper."))


def source(choices: Choices, model: Backbone) -> Source:
    """Return the photo and model of the page's runs."""
    return photos.source(model, choices.picture, choices.query)


def media_source(query: Query, icon: str | None = None) -> Any:
    """Return the source of a clip, a sound or a text; None, after the reason, if it cannot be read or run."""
    try:
        return service().source(query)
    except BadQuery as reason:
        st.error(literal(f"{reason.parameter} {retell(reason.rule)}."), icon=icon)
        return None


def view(choices: Choices, model: Backbone) -> View:
    """Return the part of the photo that the model sees."""
    return source(choices, model).view


@fragment(run_every=POLL_SECONDS)
def _watch(key: str, first: bool = False) -> None:
    what = tr("The engine is starting: {note}…") if key == EMBEDDED else tr("The model is loading: {note}…")
    note = mark("importing PyTorch")
    if not first or session().polled:
        loading = cache.engine().model(key)
        if loading.done.is_set():
            set_again()
            st.rerun()
        note = loading.note
    session().polled = True  # the next run is the browser's, after it has received the page
    said = literal(what.format(note=retell(note)))
    st.caption(f":material/hourglass_top: {said}")  # one line, so that the picture below stays in view
