"""The tables of results, from the CSV files in docs/results/data, written by the commands named beside the tables."""

from collections.abc import Callable

import result_files
from dated_results import authors, damaged_media, drawing_memory, earlier, holds, overhead
from quality_results import digits, frames_clip, frames_pan, frames_photo, order, speech, text
from sizing import sizing
from speed_results import media, parts, scaling, speech_times, speed
from tables import table

__all__ = ["PARTS"]


def layers_page() -> str:
    """Return the response times of Layers."""
    return _noted("measure")


def start() -> str:
    """Return what the app's start costs beside that of an empty Streamlit app."""
    return _noted("measure_start")


def labs() -> str:
    """Return the response times of twelve panels."""
    return _noted("measure_labs")


def readers() -> str:
    """Return the app's response times under many readers."""
    return _noted("load")


def proxied() -> str:
    """Return the response times of two processes behind nginx under many readers."""
    return _noted("load_proxied")


def video_page() -> str:
    """Return the response times of Video."""
    return _noted("measure_clip")


def scrubbing() -> str:
    """Return how soon keys on the sliders are seen."""
    return _noted("measure_scrub")


def _noted(name: str) -> str:
    """Return the CSV of a measuring command in the tests."""
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
        start,
        labs,
        readers,
        proxied,
        sizing,
        video_page,
        scrubbing,
        holds,
        earlier,
        overhead,
        authors,
        damaged_media,
        drawing_memory,
    )
}
