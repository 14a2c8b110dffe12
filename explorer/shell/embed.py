"""An embedded page or a lesson: its hidden parts and locked controls."""

import streamlit as st

from explorer.shell.link import read
from explorer.shell.session import link

__all__ = ["hidden", "locked", "style"]


def _controls(*names: str) -> str:
    """Return the CSS selector of controls by their name, whatever follows it in their key."""
    return ", ".join(f".st-key-{name}, [class*=st-key-{name}-]" for name in names)


PLACES = {
    "sidebar": "[data-testid=stSidebar], [data-testid=stExpandSidebarButton]",
    "glossary": ".st-key-open_glossary",
    "present": ".st-key-turn .st-key-stops",
    "title": ".stMain [data-testid=stElementContainer]:has(h1), .stMain [data-testid=stElementContainer]:has(h1) + *, [class*=st-key-words_]",
    "figures": ".stMain [data-testid=stColumn]:not(:has(.st-key-viewer))",
    "sample": _controls("photo", "clip", "sound", "text"),
    "upload": ".st-key-upload, .st-key-upload_limit, .st-key-upload_beside, .st-key-upload_beside_limit",
    "camera": ".st-key-camera",
    "microphone": ".st-key-microphone",
    "crop": _controls("square", "offset"),
    "model": _controls("model", "timm", "random", "clip_model", "sound_model", "clip_hub", "sound_hub"),
    "size": _controls("side", "clip_side"),
    "frames": _controls("frames"),
    "attention": _controls("attention"),
    "algorithm": _controls("clip_algorithm", "sound_algorithm", "text_algorithm"),
}
"""part → its CSS selector on a page; the viewer hides its own parts"""
SHOWN = ".st-key-viewer, [class*=st-key-read-], [class*=st-key-picture-], .st-key-lesson, .st-key-playground, .stAlert"
ALONE = f"""
[data-testid=stSidebar], [data-testid=stHeader] {{display: none}}
.stMain [data-testid=stElementContainer]:not({SHOWN}):not(:has({SHOWN})) {{display: none}}
.stMain [data-testid=stColumn]:not(:has({SHOWN})) {{display: none}}
.stMain [data-testid=stExpander] {{display: none}}
.stMain .stMainBlockContainer {{padding: 0.5rem}}
"""


def hidden() -> tuple[str, ...]:
    """Return the parts that the link hides."""
    return read("hide", link().get("hide"))


def locked(name: str) -> bool:
    """Return whether the link fixes a control."""
    return name in read("lock", link().get("lock"))


def style() -> None:
    """Hide the parts that the link names; in an embedded page, everything but the picture and its controls."""
    places = [PLACES[name] for name in hidden() if name in PLACES]
    rules = f"{', '.join(places)} {{display: none}}" if places else ""
    rules += ALONE if st.context.is_embedded else ""
    st.html(f"<style>{rules}</style>")
