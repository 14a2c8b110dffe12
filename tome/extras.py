"""Optional packages, and the extra that installs each."""

from importlib import import_module
from types import ModuleType

__all__ = ["EXTRAS", "install", "needed"]

EXTRAS = {
    "app": ("PIL", "cachetools", "click", "plotly", "psutil", "pydantic", "reportlab", "starlette", "streamlit"),
    "audio": ("jiwer",),
    "eval": ("scipy", "sklearn"),
    "hf": ("transformers",),
    "video": ("av",),
}
"""modules by the extra that brings them"""


def needed(module: str, package: str, extra: str, reader: str) -> ModuleType:
    """Import and return ``module`` of ``package`` for ``reader``.

    Raises ImportError, naming ``extra``, where the package is missing.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as reason:
        if reason.name and not f"{module}.".startswith(f"{reason.name}."):
            raise  # the package is installed, but one of its requirements is not
        raise ImportError(f"{reader} needs the package {package}: {_pip(extra)}") from reason


def install(missing: ModuleNotFoundError) -> str:
    """Return the pip command for a missing package; empty if no extra installs it."""
    root = (missing.name or "").partition(".")[0]
    return next((_pip(extra) for extra, modules in EXTRAS.items() if root in modules), "")


def _pip(extra: str) -> str:
    return f"pip install 'tome-explorer[{extra}]'"
