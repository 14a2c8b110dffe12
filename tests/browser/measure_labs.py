"""How fast a lab answers: `python tests/browser/measure_labs.py`.  Medians over rounds that take turns, at this moment.

One run is a forward in this process, with the same threads; the panels are those of the page Similarity.
"""

import statistics
import time
from itertools import product

import torch
from noted import arguments, line
from playwright.sync_api import Page
from served import chromium, server
from test_labs import COUNT_MESSAGES, SCRUB
from timings import r_slider

import tome
from explorer.engine.compare import trials
from explorer.engine.forward import begin, forward
from explorer.engine.models import EMBEDDED, load
from explorer.engine.task import Task
from explorer.media.folder import picture, samples
from explorer.media.views import fit

RATES = range(8, 16)  # the first is a warm-up
AXES = product(("key", "query", "value", "output"), ("cosine", "dot", "softmax"))
CHOICES = [{"feature": feature, "metric": metric} for feature, metric in AXES]

# Milliseconds from the key that changes r to the frame after the first panel shows the cursor's layer, after it has all
# its layers, and after all panels have.
WATCH = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('canvas[role=img]'));
  const canvases = () => [...root.querySelectorAll('canvas[role=img]')];
  const before = canvases().map(canvas => canvas.ariaLabel);
  const part = canvas => canvas.closest('figure').hasAttribute('data-part');
  window.marks = new Promise(done => {
    addEventListener('keydown', () => {
      const start = performance.now();
      let [first, whole] = [null, null];
      const after = tell => requestAnimationFrame(() => setTimeout(() => tell(performance.now() - start)));
      // An observer, since looking in every frame was measured to take a core from what is measured.
      const observer = new MutationObserver(() => {
        const changed = ({ ariaLabel }, i) => ariaLabel !== before[i] && !/of 0|Waiting/.test(ariaLabel);
        const fresh = canvases().filter(changed);
        if (fresh.length) first ??= new Promise(after);
        if (fresh.some(canvas => !part(canvas))) whole ??= new Promise(after);
        if (fresh.length < before.length || fresh.some(part)) return;
        observer.disconnect();
        after(last => Promise.all([first, whole]).then(early => done([...early, last])));
      });
      observer.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] });
    }, { capture: true, once: true });
  });
}"""


def library(backbone, photo, view, r: int) -> tuple[float, float, float]:
    """Milliseconds of one run, until the first of the panels is computed, and until all are."""
    configs = [tome.MergeConfig(r=r, **choice) for choice in CHOICES]
    known = begin(backbone, photo, view, configs)  # it does not depend on r: the page has it from before
    start = time.perf_counter()
    forward(backbone, begin(backbone, photo, view, configs[:1]), configs[0], Task("measure"))
    marks = [time.perf_counter()]
    trials(backbone, known, configs, lambda *_: None, lambda _: marks.append(time.perf_counter()))
    return 1e3 * (marks[0] - start), 1e3 * (marks[1] - marks[0]), 1e3 * (marks[-1] - marks[0])


def screen(page: Page) -> tuple[float, float, float]:
    """Milliseconds from the next value of r to the first panel on screen, to all its layers, and to all panels."""
    page.evaluate(WATCH)
    r_slider(page).press("ArrowRight")
    marks = page.evaluate("window.marks")
    page.get_by_test_id("stDataFrame").first.wait_for()
    page.wait_for_timeout(1000)  # the table's scores, and a pause for the next run
    return tuple(marks)


def main() -> None:
    torch.set_num_threads(2)
    backbone, photo = load(EMBEDDED), picture(samples()[0])
    view = fit(photo, backbone.patch, (224 // backbone.patch) ** 2)
    rounds = []
    with server() as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/similarity?r={RATES[0] - 1}&layer=6")
        page.get_by_test_id("stDataFrame").first.wait_for(timeout=240_000)
        for r in RATES:
            rounds.append((*library(backbone, photo, view, r), *screen(page)))
        page.evaluate(COUNT_MESSAGES)
        frames, messages = page.evaluate(SCRUB), page.evaluate("window.sent")
    one, *marks = zip(*rounds[1:], strict=True)
    line("one run", "", f"{statistics.median(one):.0f} ms")
    aims = {
        "first panel computed": "",
        "twelve panels computed": "≤ 8 × one run",
        "first panel on screen": "≤ 1.5 × one run",
        "all its layers on screen": "",
        "twelve panels on screen": "",
    }
    for (name, aim), own in zip(aims.items(), marks, strict=True):
        ratio = statistics.median(panels / single for panels, single in zip(own, one, strict=True))
        line(name, aim, f"{ratio:.2f} × one run, {statistics.median(own):.0f} ms")
    line(
        "frame of a 60-step drag over twelve panels", "≤ 16 ms", f"{frames[30]:.1f} ms, nine of ten {frames[54]:.1f} ms"
    )
    line("messages to the server meanwhile", "0", messages)


if __name__ == "__main__":
    arguments()
    main()
