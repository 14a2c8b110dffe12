"""The argument for token merging in ten stops, each beside a live view on the embedded model."""

from dataclasses import replace

import streamlit as st

from explorer.article import beside, index
from explorer.article.stops import PAPER, STOPS
from explorer.engine.models import EMBEDDED
from explorer.locale.language import tr
from explorer.shell import stage, state
from explorer.shell.session import session

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    choices = replace(session().choices, model=EMBEDDED)
    number = st.segmented_control(
        tr("Stop"),
        range(1, len(STOPS) + 1),
        key=state.from_link("stop", range(1, len(STOPS) + 1)),
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    state.to_link(stop=number)
    stop = STOPS[number - 1]
    beside.arrive(number, stop)

    wide = stop.show in ("lesson", "playground", "viewer", "domains")
    words, view = (st.container(), st.container()) if wide else st.columns([1, 1], gap="large")
    with words:
        st.title(f"{number}. {tr(stop.title)}")
        st.markdown(tr(stop.text))
        st.caption(tr(stop.source, paper=PAPER))
        with st.container(horizontal=True):
            st.button("←", on_click=_turn, args=(-1,), disabled=number == 1, help=tr("Previous stop"))
            st.button("→", on_click=_turn, args=(1,), disabled=number == len(STOPS), help=tr("Next stop"))
    with view:
        model = stage.backbone(choices)
        if model is None:
            st.stop()
        beside.show(stop, choices, model)
    index.questions()


def _turn(by: int) -> None:
    st.session_state["stop"] += by
