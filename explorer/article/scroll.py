"""The article as one scrolls: the stop in view is told to the page, and one that is chosen is brought into view."""

import streamlit as st

from explorer.article.charts import Picture
from explorer.article.stops import STOPS
from explorer.shell import state
from explorer.shell.session import session
from explorer.viewer.spoken import spoken
from explorer.web.joined import script
from explorer.web.modules import css

__all__ = ["begin", "follow", "leap", "picture"]

KEY = "stops"
STYLE = """<style>
[class*=st-key-stop_] {min-height: 60vh; scroll-margin-top: 6.5rem}
[class*=st-key-stop_] [data-stale=true] {opacity: 1 !important}
:is([data-testid=stLayoutWrapper], [data-testid=stElementContainer]):has(> .st-key-turn) {position: sticky; top: 3.5rem; z-index: 9}
.st-key-turn {background: light-dark(#fff, #14171a); padding: 0.4rem 0; flex-wrap: nowrap; gap: 0.4rem}
.st-key-turn > :first-child {flex: 0 1 auto; min-width: 0}
.st-key-turn [role=radiogroup] {flex-wrap: nowrap; overflow-x: auto}
@media (max-width: 640px) {
  .st-key-turn .st-key-stops {display: none}
}
html[data-present] :is([data-testid=stSidebar], [data-testid=stHeader], .st-key-waiting) {display: none}
html[data-present] .stMain :is([data-testid=stElementContainer]:has(h1), [data-testid=stElementContainer]:has(h1) + *) {display: none}
html[data-present] :is([class*=st-key-stop_]:not([data-here]), .stMain .st-key-index) {display: none}
html[data-present] .stMainBlockContainer {padding: 0.5rem 2rem; max-width: none}
html[data-present] :is([data-testid=stLayoutWrapper], [data-testid=stElementContainer]):has(> .st-key-turn) {top: 0}
html[data-present] [data-here]:has(> :nth-child(2)) {display: grid; grid-template-columns: 2fr 3fr; gap: 2rem; align-items: start}
html[data-present] [class*=st-key-words_] :is(p, li) {font-size: 1.45rem; line-height: 1.4}
html[data-present] [class*=st-key-words_] [data-testid=stCaptionContainer] p {font-size: 1.05rem}
html[data-present] [class*=st-key-words_] h2 {font-size: 2.2rem}
</style>"""

_stops = spoken("tome_stops", "page/stops_streamlit", css())
_picture = st.components.v2.component("tome_picture", js=script("page/picture_streamlit"))


def begin() -> None:
    """Give the page its style."""
    st.html(STYLE)


def leap() -> None:
    """Bring the stop that was chosen into view, once the page has it."""
    session().leaps += 1


def follow(number: int) -> None:
    """Watch which stop is in view, from ``number`` on."""
    _stops(
        key=KEY,
        data={"stop": number, "leap": f"{session().revision} {session().leaps}"},
        default={"stop": number},
        on_stop_change=_scrolled,
    )


def _scrolled() -> None:
    number = st.session_state[KEY]["stop"]
    if type(number) is int and 1 <= number <= len(STOPS):
        st.session_state["stop"] = number
        state.told_link(stop=number)


def picture(drawn: Picture, scrolls: bool, key: str) -> None:
    """Draw a picture; one that ``scrolls`` moves as it comes into view, others once by themselves."""
    svg = drawn.drawn(st.context.theme.type == "dark")
    _picture(key=key, data={"svg": svg, "told": drawn.told, "scrolls": scrolls})
