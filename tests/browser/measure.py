"""How fast the app answers a person: `make measure`.  Medians on this machine, as it is at this moment."""

import re
import statistics
import time

from served import chromium, server

PAINTED = """() => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const canvas = roots.map(r => r.querySelector('canvas[role=img]')).find(Boolean);
  if (!canvas) return false;
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(pixels.buffer)).size > 20;
}"""

# From the key to the first frame after the new picture was drawn.
KEY_TO_PIXELS = """async () => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const root = roots.find(r => r.querySelector('canvas[role=img]'));
  const range = root.querySelector('input[type=range]');
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const times = [];
  for (let i = 0; i < 61; i++) {
    await frame();
    const start = performance.now();
    range.value = (Number(range.value) + 5) % (Number(range.max) + 1);
    range.dispatchEvent(new Event('input', { bubbles: true }));
    await frame();
    times.push(performance.now() - start);
  }
  const drawn = Number(root.querySelector('[data-frame-ms]').dataset.frameMs);
  return { median: times.sort((a, b) => a - b)[30], drawn };
}"""

# From the key to the frame after the picture's label has changed.
KEY_TO_PICTURE = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('canvas[role=img]'));
  const label = () => root.querySelector('canvas[role=img]').ariaLabel;
  const before = label();
  window.answer = new Promise(done => {
    addEventListener('keydown', () => {
      const start = performance.now();
      // An observer, since looking in every frame was measured to take a core from what is measured.
      const observer = new MutationObserver(() => {
        if (label() === before) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
      });
      observer.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] });
    }, { capture: true, once: true });
  });
}"""

FORWARD = re.compile(r"→ (\d+) ms")


def first_paint(browser) -> float:
    """Seconds from starting the process to the first painted region."""
    page = browser.new_page()
    start = time.perf_counter()
    with server() as address:
        page.goto(address)
        page.wait_for_function(PAINTED, polling="raf")
        seconds = time.perf_counter() - start
    page.close()
    return seconds


def answer_to_r(page) -> tuple[float, float]:
    """Milliseconds from a change of r to the new picture, and those of a merged forward alone, both medians."""
    slider = page.get_by_role("slider", name="Tokens merged per layer")
    answers = []
    for _ in range(9):
        page.wait_for_timeout(1500)  # what the page draws after the picture
        page.evaluate(KEY_TO_PICTURE)
        slider.press("ArrowRight")
        answers.append(page.evaluate("window.answer"))
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Time plain and merged").click()
    timed = page.get_by_test_id("stMetric").filter(has_text="Forward time, medians")
    return statistics.median(answers), float(FORWARD.search(timed.inner_text())[1])


def main() -> None:
    with chromium() as browser:
        starts = [first_paint(browser) for _ in range(3)]
        print(f"process start to first painted region   {statistics.median(starts):6.2f} s   (aim: at most 4)")
        with server() as address:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address)
            page.get_by_role("button", name="Time plain and merged").wait_for(timeout=90_000)
            scrub = page.evaluate(KEY_TO_PIXELS)
            print(f"layer changed to next frame             {scrub['median']:6.1f} ms  (aim: at most 16 + one frame)")
            print(f"  of which drawing                      {scrub['drawn']:6.1f} ms")
            answer, forward = answer_to_r(page)
            print(f"r changed to new picture                {answer:6.0f} ms  (aim: 1.3 x forward + 150)")
            print(f"  a merged forward, median              {forward:6.0f} ms")


if __name__ == "__main__":
    main()
