"""Accepted and refused models of timm: tables from docs/models/timm.csv, written by ``make models``."""

from collections.abc import Callable
from pathlib import Path

from tome.lab.models import NO_HOST, markdown, read

PATH = Path(__file__).parents[1] / "models" / "timm.csv"


def timm_count() -> str:
    """Return the numbers of accepted and refused models of timm."""
    found = read(PATH)
    accepted = sum(not one.reason for one in found)
    hostless = sum(one.reason == NO_HOST for one in found)
    return (
        f"Of the {len(found):,} names of models in timm, {accepted:,} can be merged and {len(found) - accepted:,} cannot: "
        f"{hostless:,} have no host, most of them convolutional networks, and the rest are refused for the reasons below."
    )


def timm_classes() -> str:
    """Return a line per class and verdict."""
    return markdown(read(PATH))


PARTS: dict[str, Callable[[], str]] = {each.__name__: each for each in (timm_count, timm_classes)}
