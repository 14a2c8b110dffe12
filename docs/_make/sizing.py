"""The table for sizing a server, from the measurements under many readers."""

import re

import result_files
from tables import table

__all__ = ["sizing"]

ONE, TWO = "one process", "two processes behind nginx"
THINKING = "{} change r every 4 s"
ROWS = (
    ("load", "10 sessions, 4 s think", THINKING.format(10), ONE),
    ("load", "30 sessions, 4 s think", THINKING.format(30), ONE),
    ("load_proxied", "60 readers, 4 s think", THINKING.format(60), TWO),
    ("load", "300 open one link at once", "300 open one link at once", ONE),
    ("load_proxied", "300 open one link at once, from the cache", "300 open one link at once, cached", TWO),
)


def sizing() -> str:
    """Return the times within which readers are answered, by their number."""
    rows = [(readers, served, *_times(name, what)) for name, what, readers, served in ROWS]
    return table(("readers", "served by", "half of the answers within", "95 % within"), rows)


def _times(name: str, what: str) -> tuple[str, ...]:
    (measured,) = [each["measured"] for each in result_files.records(name) if each["what"] == what]
    return re.match(r"p50 ([\d.]+ s), p95 ([\d.]+ s)", measured).groups()
