"""The frame of the app: `streamlit run explorer/app.py`."""

import os
import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from explorer.api.routes import routes
from explorer.locale.language import mark, retell, tr
from explorer.memory.guard import Busy
from explorer.serving import EmbedAddress, MetricsClosed, at_once, serving
from explorer.shell.guard import UploadCap
from explorer.shell.late import LateReports

PAGES = Path(__file__).with_name("_pages")  # a link to the top-level folder; a copy in wheels
STATIC = Path(__file__).with_name("static")
STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding-top: 3.5rem}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] :is(p, li) {color: light-dark(#565b61, #b9bec5); opacity: 1}
[data-testid="stMultiSelect"] [data-tag] {background: light-dark(#dbe7ef, #2c4454); color: light-dark(#1c2126, #eceff1)}
[data-testid="stMultiSelect"] [data-tag] * {color: inherit}
:is([data-testid="stPageLink-NavLink"], [class*="st-key-go-"] button) p {
  color: color-mix(in srgb, currentColor 40%, #1478b8); text-decoration: underline; text-underline-offset: 3px; white-space: normal; text-align: left;
}
@media (max-width: 640px) {.modebar-container {display: none}}
[data-testid="stTopNav"] > :nth-child(PLACE) [data-testid="stTopNavSection"] {
  background: color-mix(in srgb, currentColor 12%, transparent); font-weight: 600;
}
header [data-testid="stTopNav"] + * {min-width: 0}
@media (max-width: 1100px) {header :is([data-testid="stTopNavLink"], [data-testid="stTopNavSection"]) {padding-inline: 6px}}
@media (max-width: 767px) {
  [data-testid="stExpandSidebarButton"] {width: auto; padding-inline: 0.5rem}
  [data-testid="stExpandSidebarButton"]::after {content: "WHERE"; margin-left: 0.25rem; font-size: 0.875rem; white-space: nowrap}
  [data-testid="stSidebarNav"] {padding-top: 2.75rem}
  [data-testid="stSidebar"] :is(.st-key-lang, [class*=st-key-lang-]) {position: absolute; top: 4rem; width: auto}
}
</style>"""  # room above a title, which the picture below needs; contrast of Streamlit’s defaults: grey on white 4.3 : 1, white on the dark theme’s chips 2.1 : 1; links without a line;
# a space beside the pages that made two of them a menu on a projector; a button to all pages without a name, and the choice
# of a language below them; the section of the current page not marked
VIEWERS = ("", "similarity", "algorithms", "prune_or_merge")  # pages with r in the viewer

# File, title and help of each page.  A comment, since Streamlit would draw a bare string.
SECTIONS = {
    "": (
        ("layers", mark("Layers"), mark("One photo through a merging ViT, block by block.")),
        ("video", mark("Video"), mark("A clip through an image model: one token over many frames.")),
        ("sound", mark("Sound"), mark("Speech through Whisper: how many tokens can go before a word does.")),
        ("text", mark("Text"), mark("A paragraph through a sentence model: which words become one token.")),
        ("matching", mark("Matching"), mark("How one layer decides which tokens merge, step by step.")),
        ("read", mark("Read"), mark("Why merge tokens, in ten short stops.")),
    ),
    mark("Compare"): (
        ("similarity", mark("Similarity"), mark("What is compared between two tokens, and how: side by side.")),
        ("algorithms", mark("Algorithms"), mark("Matching algorithms side by side.")),
        (
            "prune_or_merge",
            mark("Prune or merge"),
            mark("What is lost when tokens are dropped, and when they are merged."),
        ),
    ),
    mark("Measure"): (
        ("speed", mark("Speed"), mark("Throughput, likeness and time per part of a block, measured here.")),
        ("training", mark("Training"), mark("A small model trained with merging, live; and what MAE drops.")),
    ),
}


def show() -> None:
    """Draw the frame with the current page."""
    from explorer.article import glossary
    from explorer.engine.checkpoints import ServerFault
    from explorer.shell import cache, controls, corrected, embed, language_choice, state
    from explorer.shell.session import session

    st.set_page_config(page_icon=str(STATIC / "icon.png"), layout="wide")
    language_choice.begin()
    st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "icon.png"))

    sections = {
        tr(section) if section else "": [
            st.Page(PAGES / f"{file}.py", title=tr(title), help=tr(help), default=file == "layers")
            for file, title, help in pages
        ]
        for section, pages in SECTIONS.items()
    }
    page = st.navigation(sections, position="top")
    where = f"{tr('Pages and settings')} · {language_choice.other()}"
    st.html(STYLE.replace("WHERE", where).replace("PLACE", str(_place(page.url_path))))
    st.set_page_config(f"{page.title} · ToMe Explorer")
    state.enter(page.url_path)
    if language_choice.changed():  # after back or forward in the browser
        st.rerun()
    embed.style()
    language_choice.choose()
    glossary.door()
    try:
        if page.url_path not in state.KINDS:  # the other pages have their own sidebars
            session().choices = controls.sidebar(rate_here=page.url_path not in VIEWERS)
        page.run()
    except (Busy, ServerFault) as full:
        st.warning(retell(str(full)), icon=":material/hourglass_top:")
    corrected.say()
    cache.engine().settle()


def _place(path: str) -> int:
    """Return the place in the bar of the section with the page at ``path``, from 1; 0 for a page outside sections."""
    names = [[file for file, *_ in pages] for pages in SECTIONS.values()]
    return next((len(names[0]) + number for number, files in enumerate(names) if number and path in files), 0)


# `streamlit run` imports this file once for the server, and executes it for every run of a page.
if __name__ == "__main__":
    show()
else:
    # Unless this folder is on the path, Streamlit puts it first for each run of a page and takes it off again: imports in
    # other threads could miss a folder meanwhile, or find explorer/locale in place of Python's own.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    try:
        chosen = serving(st.get_option("server.baseUrlPath") or "")
    except ValueError as reason:  # Streamlit shows a traceback of any other exception
        raise SystemExit(str(reason)) from None
    app = st.App(
        __file__,
        lifespan=at_once,
        routes=routes(st.get_option("server.baseUrlPath") or ""),
        middleware=[
            *chosen,
            # Streamlit checks the host of its WebSocket only.
            Middleware(TrustedHostMiddleware, st.get_option("server.allowedHosts") or ["*"], www_redirect=False),
            Middleware(MetricsClosed),
            Middleware(UploadCap),
            Middleware(EmbedAddress),
            Middleware(LateReports),
        ],
    )
