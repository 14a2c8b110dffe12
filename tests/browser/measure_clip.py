"""How fast the page Video answers for the sample clip with 6 frames: `python tests/browser/measure_clip.py`."""

import statistics
import time

from measure import KEY_TO_PICTURE
from noted import arguments, line
from served import chromium, server

from explorer.engine.engine import Engine
from explorer.engine.runs import Job
from explorer.records.query import Query
from explorer.records.service import Records

ROUNDS = 7
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


def forwards() -> list[float]:
    """Milliseconds of a merged run of the clip alone, as the server has it: the plain one is known."""
    records, times = Records(Engine()), []
    for r in range(112, 113 + ROUNDS):
        query = Query(clip="bunny", r=r)
        source = records.source(query, wait=300)
        start = time.perf_counter()
        records.run(source, query.config, Job("measure", print))
        times.append(1e3 * (time.perf_counter() - start))
    return times[1:]


def answers(page) -> list[float]:
    """Milliseconds from a key that changes r to the painted regions of the new run."""
    times = []
    for _ in range(ROUNDS):
        page.wait_for_timeout(4000)  # what the page draws after the picture
        page.evaluate(KEY_TO_PICTURE)
        page.get_by_role("slider", name="Tokens merged per layer").press("ArrowRight")
        times.append(page.evaluate("window.answer"))
    return times


def main() -> None:
    alone = statistics.median(forwards())
    with server() as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/video?layer=6&fill=region")
        page.get_by_text("Cosine to the plain run").first.wait_for(timeout=240_000)
        page.wait_for_timeout(3000)
        times = answers(page)
        scrubs = {name: page.evaluate(SCRUB, name) for name in ("Frame", "Layer")}
    line("a merged run alone", "", f"{alone:.0f} ms, median of {ROUNDS}")
    spread = f"{statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f}, {ROUNDS} runs)"
    line("r changed → regions painted", f"1.3 × a run + 150 ms = {1.3 * alone + 150:.0f} ms", spread)
    for name, told in scrubs.items():
        spread = f"median {told['median']:.1f} ms, worst {told['worst']:.1f} ms, drawing {told['drawn']:.1f} ms"
        line(f"{name.lower()} scrubbed → next frame", "≤ 16 ms", spread)
        line(f"messages sent while the {name.lower()} is scrubbed", "0", told["sent"])


if __name__ == "__main__":
    arguments()
    main()
