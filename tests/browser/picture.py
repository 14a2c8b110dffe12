"""The pictures of README and docs, taken from the app itself: `make picture`, or with names of pictures.

`collapse` is the moving one: a photo's patches becoming regions, a frame for each layer.
"""

import re
import sys
from collections.abc import Callable
from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, Page
from served import ROOT, chromium, server

FOLDER = ROOT / "docs" / "static"
READY = 120_000
WIDTH = 1100
"""pixels of a picture of a page"""
MOVING = 720
"""pixels of a frame of the moving picture"""
ABOVE, BELOW = 44, 112
"""pixels above and below its canvas: caption and transport"""
HOLD, LAST = 400, 2400
"""milliseconds of a frame, and of the last one"""


def main(names: list[str]) -> None:
    """Take the pictures ``names``, or all."""
    with server() as address, chromium() as browser:
        for name in names or [*PAGES, "collapse"]:
            if name == "collapse":
                collapse(browser, address)
            else:
                _take(browser, address, name)


def _take(browser: Browser, address: str, name: str) -> None:
    link, ready = PAGES[name]
    page = _open(browser, address + link)
    ready(page)
    _write([_shot(page, WIDTH)], FOLDER / "app" / f"{name}.webp", quality=70)


def collapse(browser: Browser, address: str) -> None:
    """Take a frame of the viewer for each layer of the dog."""
    page = _open(browser, f"{address}/?layer=0&r=20", height=1100)
    _layers(page)
    box = page.locator("canvas[role=img]").first.bounding_box()
    clip = {**box, "y": box["y"] - ABOVE, "height": box["height"] + ABOVE + BELOW}
    slider, frames = page.get_by_role("slider", name="Layer", exact=True), []
    for layer in range(13):
        slider.evaluate("range => range.blur()")  # without its focus ring
        page.get_by_role("img", name=re.compile(f"^Layer {layer}[ ,:.]")).first.wait_for()
        page.wait_for_timeout(200)  # the last of a fade
        frames.append(_framed(Image.open(BytesIO(page.screenshot(clip=clip)))))
        slider.press("ArrowRight")
    _write(frames, FOLDER / "collapse.webp", quality=60)


def _framed(image: Image.Image) -> Image.Image:
    return image.convert("RGB").resize((MOVING, round(image.height * MOVING / image.width)), Image.Resampling.LANCZOS)


def _open(browser: Browser, link: str, height: int = 900) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": height})
    page.emulate_media(reduced_motion="reduce")  # a view is drawn as it ends
    page.goto(link)
    return page


def _shot(page: Page, width: int) -> Image.Image:
    page.wait_for_function("document.fonts.ready")
    page.wait_for_timeout(1000)  # for charts that grow
    image = Image.open(BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def _write(frames: list[Image.Image], target, quality: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    times = [HOLD] * (len(frames) - 1) + [LAST]
    moving = {"save_all": True, "append_images": frames[1:], "duration": times, "loop": 0} if len(frames) > 1 else {}
    frames[0].save(target, "WEBP", quality=quality, method=6, **moving)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1000:.0f} kB")


def _layers(page: Page) -> None:
    page.get_by_role("button", name="Measure the speed-up").wait_for(timeout=READY)
    page.get_by_role("img", name="Layer").first.wait_for()


def _lab(page: Page) -> None:
    page.get_by_test_id("stDataFrame").first.wait_for(timeout=READY)
    page.locator("canvas[role=img]").first.wait_for()


def _video(page: Page) -> None:
    page.get_by_text("Cosine to the plain run").first.wait_for(timeout=READY)
    page.get_by_role("img", name="Layer").first.wait_for()


def _sound(page: Page) -> None:
    page.get_by_text(re.compile("tokens left")).first.wait_for(timeout=READY)


def _text(page: Page) -> None:
    page.get_by_role("img", name="Layer").first.wait_for(timeout=READY)


def _matching(page: Page) -> None:
    page.locator(".lesson:not(.play)[data-ready]").wait_for(timeout=READY)
    page.locator(".lesson:not(.play)").scroll_into_view_if_needed()


def _read(page: Page) -> None:
    page.get_by_role("img", name="Layer").first.wait_for(timeout=READY)


def _speed(page: Page) -> None:
    page.get_by_test_id("stPlotlyChart").first.wait_for(timeout=READY)


def _training(page: Page) -> None:
    page.get_by_role("button", name="Train both here").wait_for(timeout=READY)


PAGES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "layers": ("/?layer=12&r=18", _layers),
    "video": ("/video?layer=12", _video),
    "sound": ("/sound?layer=4", _sound),
    "text": ("/text?layer=6", _text),
    "matching": ("/matching?step=5&mode=explore", _matching),
    "read": ("/read?stop=4", _read),
    "similarity": ("/similarity?layer=9&pinned=120", _lab),
    "algorithms": ("/algorithms?layer=9", _lab),
    "prune_or_merge": ("/prune_or_merge?layer=9", _lab),
    "speed": ("/speed", _speed),
    "training": ("/training", _training),
}
"""Name of a page → its link, and what waits until it is there"""


if __name__ == "__main__":
    main(sys.argv[1:])
