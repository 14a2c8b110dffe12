"""The tables of results, from the CSV files that the commands named beside them wrote: docs/results/data."""

from collections.abc import Callable

import result_files
from quality_results import digits, frames_clip, frames_pan, frames_photo, order, speech, text
from speed_results import media, parts, scaling, speech_times, speed
from tables import table

__all__ = ["PARTS"]


def layers_page() -> str:
    """Return how fast Layers answers."""
    return _noted("measure")


def labs() -> str:
    """Return how fast twelve panels answer."""
    return _noted("measure_labs")


def readers() -> str:
    """Return how the app holds under many readers."""
    return _noted("load")


def proxied() -> str:
    """Return how two processes behind nginx hold under many readers."""
    return _noted("load_proxied")


def video_page() -> str:
    """Return how fast the page Video answers."""
    return _noted("measure_clip")


def _noted(name: str) -> str:
    """Return what a measuring command of the tests wrote with --csv."""
    return table(
        ("figure", "target", "measured", "load"), [tuple(each.values()) for each in result_files.records(name)]
    )


PARTS: dict[str, Callable[[], str]] = {
    each.__name__: each
    for each in (
        speed,
        media,
        parts,
        scaling,
        digits,
        order,
        text,
        speech,
        speech_times,
        frames_clip,
        frames_pan,
        frames_photo,
        layers_page,
        labs,
        readers,
        proxied,
        video_page,
    )
}
