"""How soon a key on the slider of layers or frames is seen: `python tests/browser/measure_scrub.py`."""

from noted import arguments, line
from served import chromium, server
from timings import KEYS, scrub, scrub_bare

PAGES = {"Layers": ("/?layer=6", ["Layer"]), "Video": ("/video?layer=6&fill=region", ["Frame", "Layer"])}


def main() -> None:
    with server() as address, chromium() as browser:
        bare = scrub_bare(browser)
        for name, (path, sliders) in PAGES.items():
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address + path)
            page.get_by_test_id("stMetric").first.wait_for(timeout=240_000)
            page.wait_for_timeout(5000)
            for slider in sliders:
                told, of = scrub(page, slider), f"{name}, {slider.lower()} key"
                line(f"{of}: picture drawn in the next frame", f"{KEYS} of {KEYS}", f"{told['next']} of {KEYS}")
                spread = f"{told['drawn']:.1f} ms, worst {told['worst']:.1f} ms, drawing alone {told['drawing']:.1f} ms"
                line(f"{of} → picture drawn", "≤ 16 ms", spread)
                line(f"{of} → on screen within 16 ms", f"{KEYS} of {KEYS}", f"{told['shown']} of {KEYS}")
                line(f"{of}s: messages sent", "0", told["sent"])
            page.close()
    line("a page with a slider alone: key → on screen within 16 ms", "", f"{bare} of {KEYS}")


if __name__ == "__main__":
    arguments()
    main()
