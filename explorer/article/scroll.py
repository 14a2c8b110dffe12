"""Scrolling in the article: report the stop in view to the page, and scroll to a chosen one."""

import streamlit as st

from explorer.article.charts import Picture
from explorer.article.stops import STOPS
from explorer.locale.language import tr
from explorer.shell import cursor, keys, state
from explorer.shell.session import session
from explorer.viewer.spoken import spoken
from explorer.web.joined import script
from explorer.web.modules import css

__all__ = ["begin", "follow", "leap", "picture"]

KEY = "stops"
STYLE = """<style>
[class*=st-key-stop_] {min-height: 60vh; scroll-margin-top: 6.5rem}
[class*=st-key-stop_] [data-stale=true] {opacity: 1 !important}
:is([class*=st-key-stop_]:not(:has([data-testid=stColumn])), [class*=st-key-stop_] [data-testid=stColumn]:nth-child(2):not([class*=st-key-view_] *)):not(:has([class*=st-key-view_] *))::after {
  content: "WAITS"; display: grid; place-content: center; min-height: var(--waits, 12rem);
  color: light-dark(#565b61, #b9bec5); background: light-dark(#f3f4f6, #1d2227); border-radius: 0.375rem
}
[class*=st-key-stop_]:not(:has([data-testid=stColumn]))::after {min-height: var(--waits, 26rem) !important}
[class*=st-key-stop_] [data-testid=stColumn]:nth-child(2):not([class*=st-key-view_] *):not(:has([class*=st-key-view_])) > [data-testid=stVerticalBlock] {display: none}
HEIGHTS
html[data-present] [data-here]:not(:has([data-testid=stColumn])) {display: grid; grid-template-columns: 2fr 3fr; gap: 2rem; align-items: start}
html[data-present] [data-here]:not(:has([data-testid=stColumn]))::after {grid-area: 1 / 2}
:is([data-testid=stLayoutWrapper], [data-testid=stElementContainer]):has(> .st-key-turn) {position: sticky; top: 3.5rem; z-index: 9}
.st-key-turn {background: light-dark(#fff, #14171a); padding: 0.4rem 0; flex-wrap: nowrap; gap: 0.4rem}
.st-key-turn > :first-child {flex: 0 1 auto; min-width: 0}
.st-key-turn [role=radiogroup] {flex-wrap: nowrap; overflow-x: auto}
html[data-present] :is([data-testid=stSidebar], [data-testid=stHeader], .st-key-waiting) {display: none}
html[data-present] .stMain :is([data-testid=stElementContainer]:has(h1), [data-testid=stElementContainer]:has(h1) + *) {display: none}
html[data-present] :is([class*=st-key-stop_]:not([data-here]), .stMain .st-key-index) {display: none}
html[data-present] [data-testid=stLayoutWrapper]:has(> :is([class*=st-key-stop_]:not([data-here]), .st-key-index)) {display: none}
html[data-present] [class*=st-key-stop_] {min-height: 0 !important}
html[data-present] .stMainBlockContainer {padding: 0.5rem 2rem; max-width: none}
html[data-present] :is([data-testid=stLayoutWrapper], [data-testid=stElementContainer]):has(> .st-key-turn) {top: 0}
body:has(.st-key-turn button:hover) [data-testid=stTooltipContent] {display: none}
html[data-present] {--stop-grow: none; --tome-aside: none; --tome-around: 24rem; --lesson-around: 28rem; --play-columns: minmax(0, 1fr) minmax(0, 1fr); --play-thumb: 4.5rem}
html[data-present] [data-here]:has(> :nth-child(2)) {display: grid; grid-template-columns: 2fr 3fr; gap: 2rem; align-items: start}
html[data-present] [class*=st-key-words_] :is(p, li) {font-size: var(--read-words, 1.45rem); line-height: 1.4}
html[data-present] [class*=st-key-words_] [data-testid=stCaptionContainer] p {font-size: 1.05rem}
html[data-present] [class*=st-key-words_] h2 {font-size: 2.2rem; padding-top: 0}
@media (min-width: 641px) {
  html[data-present] :is(.st-key-stop_1, .st-key-stop_5) {--tome-figure: 100%; --tome-figure-height: calc(100vh - 27rem)}
  html[data-present] :is(.st-key-stop_1, .st-key-stop_5) [data-testid=stHorizontalBlock] {flex-direction: column}
  html[data-present] :is(.st-key-stop_1, .st-key-stop_5) [data-testid=stColumn] {width: 100%; flex: none}
}
@media (min-width: 960px) {
  html[data-present] .st-key-stop_6 {--lesson-height: calc(100vh - 18.5rem); --lesson-around: 0rem; --lesson-sets: 1 1 0; --lesson-most: none}
  html[data-present] .st-key-stop_6[data-here][data-here][data-here] {display: flex}
  html[data-present] :is(.st-key-stop_6, .st-key-stop_10) {--read-words: 1.2rem}
}
@media (min-width: 960px) and (min-height: 700px) {
  html[data-present] .st-key-stop_10 {--tome-around: 25rem}
  html[data-present] .st-key-stop_10 [data-testid=stLayoutWrapper]:has(> [data-testid=stHorizontalBlock] [data-testid=stMetric]) {position: fixed; left: 2rem; bottom: 1rem; width: calc(40vw - 4rem)}
  html[data-present] .st-key-stop_10 [data-testid=stHorizontalBlock]:has([data-testid=stMetric]) {flex-wrap: wrap; gap: 0.5rem 1rem}
  html[data-present] .st-key-stop_10 [data-testid=stColumn]:has([data-testid=stMetric]) {flex: 1 1 40%; width: 40%}
  html[data-present] .st-key-stop_10 [data-testid=stMetricValue] {font-size: 1.4rem}
  html[data-present] .st-key-stop_10 [data-testid=stMetricLabel] * {white-space: normal; line-height: 1.2}
}
@media (max-width: 640px) {
  [class*=st-key-stop_] {scroll-margin-top: 8.5rem}
  .st-key-turn .st-key-stops {min-width: 2.5rem}
  .st-key-turn [role=radiogroup] {flex-wrap: wrap}
  html[data-present] {--tome-around: initial; --lesson-around: initial; --play-columns: initial; --play-thumb: initial}
  html[data-present] .stMainBlockContainer {padding: 0.5rem 1rem}
  html[data-present] [data-here]:is(:has(> :nth-child(2)), :not(:has([data-testid=stColumn]))) {display: block}
  html[data-present] [class*=st-key-words_] :is(p, li) {font-size: 1.15rem}
  html[data-present] [class*=st-key-words_] h2 {font-size: 1.5rem}
}
</style>"""

HEIGHTS = {2: (48, 54), 4: (48, 54), 6: (44, 75), 7: (42, 79), 8: (43, 43), 9: (33, 32), 10: (61, 80)}
"""stop → height of its picture in rem, on wide and on narrow screens"""

_stops = spoken("tome_stops", "page/stops_streamlit", css())
_picture = st.components.v2.component("tome_picture", js=script("page/picture_streamlit"))


def begin() -> None:
    """Add the page's style, with a word in the place of each picture that is not drawn yet."""
    st.html(STYLE.replace("WAITS", tr("Drawing…")).replace("HEIGHTS", _heights()))


def _heights() -> str:
    """Return the room for each picture that is not drawn yet, so that the text below it stays where it is."""
    wide, narrow = (
        "".join(
            f"html:not([data-present]) .st-key-stop_{stop} {{--waits: {each[at]}rem}}\n"
            for stop, each in HEIGHTS.items()
        )
        for at in (0, 1)
    )
    return f"{wide}@media (max-width: 1100px) {{{narrow}}}"


def leap() -> None:
    """Scroll to the chosen stop once the page has it."""
    session().leaps += 1


def follow(number: int) -> None:
    """Observe the stop in view, starting at ``number``."""
    _stops(
        key=KEY,
        data={"stop": number, "leaps": session().leaps, "revision": session().revision},
        default={"stop": number},
        on_stop_change=cursor.reported(KEY, "stop", _scrolled),
    )


def _scrolled(number: object) -> None:
    if type(number) is int and 1 <= number <= len(STOPS):
        keys.choose("stop", number)
        state.told_link(stop=number)


def picture(drawn: Picture, scrolls: bool, key: str) -> None:
    """Draw a picture; it is animated when it comes into view if it ``scrolls``, else once on load."""
    svg = drawn.drawn(st.context.theme.type == "dark")
    _picture(key=key, data={"svg": svg, "told": drawn.told, "scrolls": scrolls})
