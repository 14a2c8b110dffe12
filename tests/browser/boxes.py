"""Where a part of a page lies."""

import time

from playwright.sync_api import FloatRect, Locator


def box_of(part: Locator) -> FloatRect:
    """Return the box of ``part``, which has none for a moment while the page replaces it."""
    until = time.monotonic() + 10
    while (box := part.bounding_box()) is None:
        assert time.monotonic() < until, f"{part} has no box"
        part.page.wait_for_timeout(20)
    return box
