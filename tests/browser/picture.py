"""The picture in the README, taken from the app itself: `make picture`."""

from served import ROOT, chromium, server

TARGET = ROOT / "explorer" / "static" / "layers.png"


def main() -> None:
    with server() as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/?layer=12&fill=mean&r=18")
        page.get_by_role("button", name="Measure the speed-up").wait_for(timeout=90_000)
        page.wait_for_function("document.fonts.ready")
        page.screenshot(path=TARGET)


if __name__ == "__main__":
    main()
