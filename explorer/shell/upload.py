"""The uploader of a file, with its limit in words: Streamlit tells why it refuses a file on hover alone."""

from typing import Any

import streamlit as st

__all__ = ["server_limit", "upload"]

STYLE = """<style>
[data-testid=stFileUploaderDropzoneInstructions] {display: none}
[data-testid=stFileChip]:has([role=alert]) {flex-wrap: wrap; height: auto; max-width: 100%}
[data-testid=stFileChip] [role=alert] {
  position: static; width: 100%; height: auto; margin: 0; clip: auto; clip-path: none; overflow: visible;
  white-space: normal; font-size: .875rem;
}
</style>"""


def server_limit() -> int:
    """Return how many MB of one file the server takes."""
    return int(st.get_option("server.maxUploadSize"))


def upload(label: str, rule: str, key: str, **options: Any) -> Any:
    """Draw an uploader with its ``rule`` below it; return what st.file_uploader returns.

    It takes files up to the server's limit, so that a smaller limit of ours is refused in a sentence of ours.
    """
    st.html(STYLE)
    given = st.file_uploader(label, max_upload_size=server_limit(), key=key, **options)
    with st.container(key=f"{key}_limit"):  # a name for CSS
        st.caption(rule)
    return given
