"""How fast the page Video answers for the sample clip with 6 frames: `python tests/browser/measure_clip.py`."""

import statistics
import time

from noted import arguments, line
from served import chromium, server
from timings import answer_to_r

from explorer.engine.engine import Engine
from explorer.engine.task import Task
from explorer.records.query import Query
from explorer.records.service import Records

ROUNDS = 7


def forwards() -> list[float]:
    """Milliseconds of a merged run of the clip alone, as the server has it: the plain one is known."""
    records, times = Records(Engine()), []
    for r in range(112, 113 + ROUNDS):
        query = Query(clip="bunny", r=r)
        source = records.source(query, wait=300)
        start = time.perf_counter()
        records.run(source, query.config, Task("measure"))
        times.append(1e3 * (time.perf_counter() - start))
    return times[1:]


def main() -> None:
    alone = statistics.median(forwards())
    with server() as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/video?layer=6&fill=region")
        page.get_by_text("Cosine to the plain run").first.wait_for(timeout=240_000)
        page.wait_for_timeout(3000)
        times = [answer_to_r(page, pause=4000) for _ in range(ROUNDS)]
    line("a merged run alone", "", f"{alone:.0f} ms, median of {ROUNDS}")
    spread = f"{statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f}, {ROUNDS} runs)"
    line("r changed → regions painted", f"1.3 × a run + 150 ms = {1.3 * alone + 150:.0f} ms", spread)


if __name__ == "__main__":
    arguments()
    main()
