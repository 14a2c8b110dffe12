"""The r and the panels of the page's last run, which decide when it must run again."""

from typing import Any

from explorer.shell import cursor
from explorer.shell.link import write
from explorer.shell.session import session

__all__ = ["complete", "draw_rate", "finish", "finished", "news", "turned"]


def turned(rate: dict[str, Any] | None = None) -> bool:
    """Return whether the viewer's r has changed since the page was drawn."""
    now = session()
    now.drawn = now.drawn or _rate(rate)
    return now.drawn != _rate(rate)


def draw_rate(rate: dict[str, Any] | None = None) -> None:
    """Record the current r as the one of this run."""
    session().drawn = _rate(rate)


def _rate(own: dict[str, Any] | None = None) -> tuple[int, bool]:
    rate = own or cursor.current()
    return rate["r"], rate["decreasing"]


def finish(told: object) -> None:
    """Keep the panels that the viewer reports as loaded; ignore malformed messages."""
    if isinstance(told, str) and len(told) < 80:
        session().finished = told


def finished(name: str) -> bool:
    """Return whether the viewer has the panels ``name`` under the page's r."""
    return session().finished == _panels(name)


def news(name: str) -> bool:
    """Return whether the viewer has these panels, but the page was drawn without them."""
    return finished(name) and session().complete != _panels(name)


def complete(name: str) -> None:
    """Record that this run has all of these panels."""
    session().complete = _panels(name)


def _panels(name: str) -> str:
    r, decreasing = _rate()
    return f"{name} {r} {write(decreasing)}"
