"""What the measuring commands time in a page: a key to its picture, a cursor to its next frame."""

from playwright.sync_api import Locator, Page

__all__ = ["answer_to_r", "r_slider", "scrub"]

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

# From an input of a range to the frame after the new picture was drawn, and the messages sent meanwhile.
SCRUB = """async name => {
  let sent = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...a) { sent += 1; return send.apply(this, a); };
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('canvas[role=img]'));
  const range = root.querySelector(`input[aria-label=${name}]`);
  const viewer = root.querySelector('[data-frame-ms]');
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const [times, drawn] = [[], []];
  for (let i = 0; i < 61; i++) {
    await frame();
    const start = performance.now();
    range.value = (Number(range.value) + 5) % (Number(range.max) + 1);
    range.dispatchEvent(new Event('input', { bubbles: true }));
    await frame();
    times.push(performance.now() - start);
    await frame();
    drawn.push(Number(viewer.dataset.frameMs));
  }
  WebSocket.prototype.send = send;
  const sorted = list => list.sort((a, b) => a - b);
  return { median: sorted(times)[30], worst: times[60], drawn: sorted(drawn)[30], slowest: drawn[60], sent };
}"""


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
    """Move the cursor ``name`` 61 times; returns milliseconds to the next frame and of drawing, and messages sent."""
    return page.evaluate(SCRUB, name)
