"""The app's frame: `streamlit run explorer/app.py`."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from explorer import api
from explorer.ui.guard import UploadCap

PAGES = Path(__file__).with_name("_pages")  # the top-level folder, which a wheel carries here
STATIC = Path(__file__).with_name("static")
VIEWERS = ("", "similarity", "algorithms", "prune_or_merge")  # pages whose viewer has r under its picture
OTHERS = ("video", "sound", "text")  # pages that are not about a photo: their sidebar is their own


def show() -> None:
    """Draw the frame and, in it, the page that the reader is on."""
    from explorer.ui import cache, controls, state  # caches and components need the server that runs this file
    from explorer.ui.session import session

    st.set_page_config("ToMe Explorer", page_icon=str(STATIC / "icon.png"), layout="wide")
    st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "icon.png"))

    page = st.navigation(
        {
            "": [
                st.Page(PAGES / "layers.py", title="Layers", default=True,
                        help="One photo through a merging ViT, block by block."),
                st.Page(PAGES / "video.py", title="Video",
                        help="A clip through an image model: one token over many frames."),
                st.Page(PAGES / "sound.py", title="Sound",
                        help="Speech through Whisper: how many tokens can go before a word does."),
                st.Page(PAGES / "text.py", title="Text",
                        help="A paragraph through a sentence model: which words become one token."),
                st.Page(PAGES / "matching.py", title="Matching",
                        help="How one layer decides which tokens merge, step by step."),
                st.Page(PAGES / "read.py", title="Read",
                        help="Why merge tokens, in ten short stops."),
            ],
            "Compare": [
                st.Page(PAGES / "similarity.py", title="Similarity",
                        help="What is compared between two tokens, and how: side by side."),
                st.Page(PAGES / "algorithms.py", title="Algorithms",
                        help="Matching algorithms side by side."),
                st.Page(PAGES / "prune_or_merge.py", title="Prune or merge",
                        help="What is lost when tokens are dropped, and when they are merged."),
            ],
            "Measure": [
                st.Page(PAGES / "speed.py", title="Speed",
                        help="Throughput, likeness and time per part of a block, measured here."),
                st.Page(PAGES / "training.py", title="Training",
                        help="A small model trained with merging, live; and what MAE drops."),
            ],
        },
        position="top",
    )  # fmt: skip
    state.enter(page.url_path)
    if page.url_path not in OTHERS:
        session().choices = controls.sidebar(rate_here=page.url_path not in VIEWERS)
    page.run()
    cache.engine().settle()


# `streamlit run` imports this file once, for the server, and runs it for every reader.
if __name__ == "__main__":
    show()
else:
    app = st.App(
        __file__,
        routes=api.routes(st.get_option("server.baseUrlPath") or ""),
        middleware=[
            # Streamlit itself asks for the host at its socket alone.
            Middleware(TrustedHostMiddleware, st.get_option("server.allowedHosts") or ["*"], www_redirect=False),
            Middleware(UploadCap),
        ],
    )
