"""The argument for token merging in ten stops on one page, each with a live view on the embedded model."""

from dataclasses import replace

import streamlit as st

from explorer.article import beside, index, scroll
from explorer.article.stops import PAPER, STOPS, Stop
from explorer.engine.models import EMBEDDED
from explorer.locale.language import tr
from explorer.shell import keys, stage, state
from explorer.shell.session import session

__all__ = ["page"]

WIDE = ("lesson", "playground", "viewer", "domains")
ALWAYS = ("cost", "losses", "block")
"""displays drawn for all stops at once: pictures animated by scrolling"""


def page() -> None:
    """Draw the page."""
    choices = replace(session().choices, model=EMBEDDED)
    scroll.begin()
    st.title(tr("Why merge tokens?"))
    st.markdown(tr("Ten short stops. Scroll on, or choose one by its number."))
    number = _turn()
    beside.arrive(number, STOPS[number - 1])
    # The neighbours' views may still be partly visible.
    near = [each for each in session().stops if abs(each - number) == 1]
    session().stops = drawn = tuple(sorted([number, *near]))
    waiting = st.container()
    numbers = [number] if st.context.is_embedded else range(1, len(STOPS) + 1)
    views = {each: _words(each, STOPS[each - 1]) for each in numbers}
    with st.container(key="index"):
        index.questions()
    with waiting:
        model = stage.backbone(choices)
    if model is None:
        st.stop()
    for each in sorted(views, key=lambda each: (each not in drawn, each)):  # those in view first
        stop = STOPS[each - 1]
        if each in drawn or stop.show in ALWAYS:
            with views[each]:
                beside.show(stop, choices, model)


def _turn() -> int:
    """Draw the navigation between stops, which stays in view; return the current stop."""
    key = state.from_link("stop", range(1, len(STOPS) + 1))
    with st.container(key="turn", horizontal=True, vertical_alignment="center"):
        number = st.segmented_control(
            tr("Stops"),
            range(1, len(STOPS) + 1),
            key=key,
            required=True,
            label_visibility="collapsed",
            persist_state="session",
            on_change=keys.taken,
            args=("stop", key, scroll.leap),
        )
        st.button("←", on_click=_by, args=(-1, number), disabled=number == 1, help=tr("Previous stop"))
        st.button("→", on_click=_by, args=(1, number), disabled=number == len(STOPS), help=tr("Next stop"))
        scroll.follow(number)
    state.to_link(stop=number)
    return number


def _words(number: int, stop: Stop):
    """Draw the text of a stop, and return the container of its view."""
    with st.container(key=f"stop_{number}"):
        wide = stop.show in WIDE
        words, view = (st.container(), st.container()) if wide else st.columns([1, 1], gap="large")
        with words.container(key=f"words_{number}"):
            st.markdown(f"## {number}. {tr(stop.title)}")
            st.markdown(tr(stop.text))
            st.caption(tr(stop.source, paper=PAPER))
        with view:
            return st.container(key=f"view_{number}")  # by which scroll.py knows that nothing is drawn yet


def _by(step: int, drawn: int) -> None:
    """Go ``step`` stops on from the chosen one; from the one that is ``drawn`` where all controls are being set again."""
    keys.choose("stop", st.session_state.get(keys.key_of("stop"), drawn) + step)
    scroll.leap()
