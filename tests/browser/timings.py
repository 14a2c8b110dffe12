"""What the measuring commands time in a page: a key to its picture, and a key to the next frame."""

import random
import statistics

from playwright.sync_api import Browser, Locator, Page

__all__ = ["KEYS", "answer_to_r", "r_slider", "scrub", "scrub_bare"]

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

# Of each key: whether the new picture was drawn before the next frame, and when; what the browser says of its way to the
# screen, rounded to 8 ms and only from 16 ms on; and the messages sent from the first key to the frame of the last one.
WATCH_KEYS = """name => {
  const roots = [document, ...[...document.querySelectorAll('*')].map(each => each.shadowRoot).filter(Boolean)];
  const range = roots.map(root => root.querySelector(`input[aria-label="${name}"]`)).find(Boolean);
  const viewer = range.closest('[data-frame-ms]');
  const seen = window.seen = { handled: [], drawn: [], missed: 0, drawing: [], shown: [], sent: 0 };
  let [key, before] = [0, ''];
  range.addEventListener('keydown', event => { key = event.timeStamp; before = viewer?.dataset.frames; }, { capture: true });
  range.addEventListener('change', () => {
    seen.handled.push(performance.now() - key);
    requestAnimationFrame(() => {
      seen.drawn.push(performance.now() - key);
      if (viewer?.dataset.frames === before) seen.missed += 1;
      seen.drawing.push(Number(viewer?.dataset.frameMs));
    });
  });
  const late = list => list.getEntries().filter(each => each.name === 'keydown').forEach(each => seen.shown.push(each.duration));
  new PerformanceObserver(late).observe({ type: 'event', durationThreshold: 16 });
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...a) { seen.sent += 1; return send.apply(this, a); };
  range.focus();
}"""
BARE = '<input type="range" aria-label="Bare" max="12" oninput="shown.textContent = this.value"><output id="shown"></output>'
KEYS = 60
REST_MS = 1000
"""longer than a slider waits before it tells the server where its keys have ended, 300 ms"""


def r_slider(page: Page) -> Locator:
    """Return the slider for r."""
    return page.get_by_role("slider", name="Tokens merged per layer")


def answer_to_r(page: Page, pause: int) -> float:
    """Return milliseconds from a key that changes r to the new picture.

    ``pause`` milliseconds come first, for what the page draws after the picture before.
    """
    page.wait_for_timeout(pause)
    page.evaluate(KEY_TO_PICTURE)
    r_slider(page).press("ArrowRight")
    return page.evaluate("window.answer")


def scrub(page: Page, name: str) -> dict[str, float]:
    """Press arrow keys on the slider ``name``, at no fixed place between two frames of the screen.

    Returns milliseconds from a key to the end of its handlers (``handled``) and of drawing (``drawn``), medians, and the
    ``worst`` of the latter; how many keys had their picture in the ``next`` frame; how many were on screen within 16 ms
    by the browser's rounded word (``shown``); the median of drawing alone; and the messages ``sent``.
    """
    page.wait_for_timeout(REST_MS)
    page.evaluate(WATCH_KEYS, name)
    pauses = random.Random(0)
    for press in range(KEYS):
        page.keyboard.press("ArrowLeft" if press // 4 % 2 else "ArrowRight")
        page.wait_for_timeout(80 + 17 * pauses.random())
    seen = page.evaluate("seen")
    return {
        "handled": statistics.median(seen["handled"]),
        "drawn": statistics.median(seen["drawn"]),
        "worst": max(seen["drawn"]),
        "drawing": statistics.median(seen["drawing"]),
        "next": len(seen["drawn"]) - seen["missed"],
        "shown": KEYS - sum(each > 16 for each in seen["shown"]),
        "sent": seen["sent"],
    }


def scrub_bare(browser: Browser) -> int:
    """Return how many of as many keys on a page with nothing but a slider and its number are on screen within 16 ms."""
    page = browser.new_page()
    page.set_content(BARE)
    shown = scrub(page, "Bare")["shown"]
    page.close()
    return shown
