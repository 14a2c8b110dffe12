"""Whether a session's browser is connected."""

from collections.abc import Callable
from functools import partial

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

__all__ = ["presence"]


def presence() -> Callable[[], bool] | None:
    """Return a thread-safe check of the browser's connection; None outside a server."""
    if not runtime.exists():
        return None
    return partial(runtime.get_instance().is_active_session, get_script_run_ctx().session_id)
