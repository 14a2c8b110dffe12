"""How fast the app answers a person: `make measure`, or with other checkouts to compare with as arguments."""

import re
import statistics
import time
from contextlib import ExitStack
from pathlib import Path

from noted import arguments, line
from served import ROOT, chromium, server
from timings import answer_to_r, r_slider

from tome.schedule import token_counts

DRAG_SECONDS = 3.0
DRAGGED = ("cat", "cow", "duck", "owl", "pig")
"""a sample for each drag: the server knows the records of those before"""
TOKENS = re.compile(r": ([\d,]+) of ([\d,]+)")
# r's slider is the viewer's own input, or Streamlit's, whose track is around it.
TRACK = """widget => {
  const track = widget.closest('[data-testid=stSlider]') ?? widget;
  const { x, y, width } = track.getBoundingClientRect();
  const thumb = widget.getBoundingClientRect();
  return { x, width, y: thumb.y + thumb.height / 2 };
}"""
VALUE_OF = "widget => Number(widget.getAttribute('aria-valuenow') ?? widget.value)"

PAINTED = """() => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const canvas = roots.map(r => r.querySelector('canvas[role=img]')).find(Boolean);
  if (!canvas) return false;
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(pixels.buffer)).size > 20;
}"""

# Counts the pictures that appear while the reader drags; `stop()` gives them and the last label.
COUNT_PICTURES = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('canvas[role=img]'));
  const label = () => root.querySelector('canvas[role=img]').ariaLabel;
  let [seen, last] = [0, label()];
  const observer = new MutationObserver(() => { if (label() !== last) { seen += 1; last = label(); } });
  observer.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] });
  window.stop = () => { observer.disconnect(); return [seen, label()]; };
}"""

FORWARD = re.compile(r"→ (\d+) ms")


def first_paint(browser, root: Path) -> float:
    """Seconds from starting the process to the first painted region."""
    page = browser.new_page()
    start = time.perf_counter()
    with server(root) as address:
        page.goto(address)
        page.wait_for_function(PAINTED, polling="raf")
        seconds = time.perf_counter() - start
    page.close()
    return seconds


def opened(browser, address: str):
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    visit(page, f"{address}/?layer=6")
    return page


def visit(page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Measure the speed-up").wait_for(timeout=90_000)
    page.wait_for_timeout(1500)


def dragged(page) -> tuple[float, bool]:
    """Pictures a second while r is dragged over 51 values in 3 s, and whether the last value is shown in the end."""
    r_slider(page).scroll_into_view_if_needed()
    box = r_slider(page).evaluate(TRACK)
    place = lambda share: box["x"] + box["width"] * share  # noqa: E731
    middle = box["y"]
    page.mouse.move(place(0.02), middle)
    page.mouse.down()
    page.evaluate(COUNT_PICTURES)
    start, step = time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < DRAG_SECONDS:
        step += 1
        page.mouse.move(place(0.02 + 0.4 * spent / DRAG_SECONDS), middle)
        page.wait_for_timeout(15)
    seen, _ = page.evaluate("[...window.stop()]")
    page.mouse.up()
    page.wait_for_timeout(2500)
    label = page.locator("canvas[role=img]").first.get_attribute("aria-label")
    left, tokens = (int(each.replace(",", "")) for each in TOKENS.search(label).groups())
    wanted = token_counts(int(r_slider(page).evaluate(VALUE_OF)), 12, tokens, 1)[6]
    return seen / DRAG_SECONDS, left == wanted


def forward_of(page) -> float:
    """Milliseconds of a merged forward alone, a median; NaN where the page calls the machine too busy, three times."""
    timed = page.get_by_test_id("stMetric").filter(has_text="Forward time, medians")
    for _ in range(3):
        page.get_by_role("button", name="Measure the speed-up").click()
        page.wait_for_timeout(1000)
        timed.or_(page.get_by_text("Not measurable now")).first.wait_for(timeout=60_000)
        if timed.count():
            return float(FORWARD.search(timed.inner_text())[1])
    return float("nan")


def main(*others: str) -> None:
    """Measure this checkout and those named as arguments, in turn."""
    roots = {"this": ROOT, **{name: Path(name) for name in others}}
    with chromium() as browser, ExitStack() as servers:
        starts = {name: [] for name in roots}
        for _ in range(3):
            for name, root in roots.items():
                starts[name].append(first_paint(browser, root))
        addresses = {name: servers.enter_context(server(root)) for name, root in roots.items()}
        pages = {name: opened(browser, address) for name, address in addresses.items()}
        answers, drags, forwards = ({name: [] for name in roots} for _ in range(3))
        for _ in range(9):
            for name, page in pages.items():
                page.bring_to_front()
                answers[name].append(answer_to_r(page, pause=1500))
        for sample in DRAGGED:
            for name, page in pages.items():
                page.bring_to_front()
                visit(page, f"{addresses[name]}/?photo={sample}&layer=6")
                drags[name].append(dragged(page))
        for name, page in pages.items():
            page.bring_to_front()
            visit(page, f"{addresses[name]}/?r=28&layer=6")  # in the middle of those dragged over
            forwards[name].append(forward_of(page))
        for name in pages:
            of = "" if len(roots) == 1 else f"{name}: "
            line(f"{of}process start to first painted region", "≤ 4 s", f"{statistics.median(starts[name]):.1f} s")
            alone = statistics.median(forwards[name])
            line(f"{of}a merged forward", "", f"{alone:.0f} ms")
            spread = f"{statistics.median(answers[name]):.0f} ms; {', '.join(f'{each:.0f}' for each in answers[name])}"
            line(f"{of}r key to new picture", f"1.3 × forward + 150 = {1.3 * alone + 150:.0f} ms", spread)
            rate, last = statistics.median(rate for rate, _ in drags[name]), all(last for _, last in drags[name])
            line(f"{of}dragging r", "", f"{rate:.1f} pictures a second, the last value {'' if last else 'not '}shown")


if __name__ == "__main__":
    main(*arguments())
