"""Measure the app under many readers: `make load`.  Includes other work on the machine; its load is printed too."""

# ruff: noqa: T201 — a command prints

import os
import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psutil
from sessions import Page, Reader, fetch, together
from websockets.exceptions import ConnectionClosed

sys.path.insert(0, str(Path(__file__).with_name("browser")))
from noted import arguments, line
from served import server

PHOTOS = ("dog", "cat", "duck", "horses", "owl")
MOST_R = 40


class Tally:
    """Latencies in seconds, and errors."""

    def __init__(self):
        self.seconds, self.pages, self.wrong, self.lost = [], [], 0, 0
        self.back: list[float] = []
        """seconds until readers of a killed process had their page again"""

    def __str__(self) -> str:
        if not self.seconds:
            return f"no answer, {self.lost} lost"
        pages = f"; figures beside it {spread(self.pages)}" if self.pages else ""
        return f"{spread(self.seconds)}{pages}; {len(self.seconds)} answers, {self.wrong} wrong, {self.lost} lost"


def spread(seconds: list[float]) -> str:
    p95 = sorted(seconds)[int(0.95 * (len(seconds) - 1))]
    return f"p50 {statistics.median(seconds):.2f} s, p95 {p95:.2f} s"


def shows(record: dict, photo: str, r: int) -> bool:
    """Return whether this is the record of this photo at this r."""
    first, second = (layer["tokens"] for layer in record["layers"][:2])
    return record["name"] == photo and first - second == r and f"r = {r}" in record["caption"]


def figures(page: Page, record: dict) -> bool:
    """Return whether the figures beside the picture are those of the record."""
    tokens = [layer["tokens"] for layer in record["layers"]]
    return f"{tokens[0]} → {tokens[-1]}" in page.texts("metric")


def paced(
    address: str,
    readers: int,
    seconds: float,
    square: bool,
    enter: Callable[[str], Reader] | None = None,
    think: float = 4.0,
) -> Tally:
    """Measure readers who change r every ``think`` seconds on average; up to 60 have different requests.

    With ``enter``, which opens a link, readers of a killed process open the same link again.
    """
    tally = Tally()

    def read(number: int) -> None:
        chance, photo, group = random.Random(number), PHOTOS[number % len(PHOTOS)], number // len(PHOTOS)
        cut = square == (group < 6)
        asked = {"sample": photo, "crop": "square" if cut else "whole"}
        mine = [r for r in range(1, MOST_R + 1) if r % 6 == group % 6]
        link = f"photo={photo}&square={str(cut).lower()}"
        try:
            with ExitStack() as stack:
                reader = stack.enter_context(enter(link) if enter else Reader(address, link))
                reader.until_ready()
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    time.sleep(think * chance.uniform(0.5, 1.5))
                    r = mine.pop(chance.randrange(len(mine))) if len(mine) > 1 else mine[0]
                    start = time.perf_counter()
                    record = reader.fetch(**asked, r=r)
                    tally.seconds.append(time.perf_counter() - start)
                    try:
                        page = _figures_at(reader, r)
                    except ConnectionClosed:
                        if not enter:
                            raise
                        start = time.perf_counter()
                        reader = stack.enter_context(Reader(address, link, cookie=reader.cookie))
                        reader.until_ready()
                        tally.back.append(time.perf_counter() - start)
                        page = _figures_at(reader, r)
                    tally.pages.append(page.seconds)
                    tally.wrong += not (shows(record, photo, r) and figures(page, record))
        except Exception as error:  # noqa: BLE001 — a reader that falls out is what is counted
            print(f"  reader {number}: {type(error).__name__}: {str(error)[:100]}")
            tally.lost += 1

    together([lambda n=n: read(n) for n in range(readers)])
    return tally


def _figures_at(reader: Reader, r: int) -> Page:
    reader.turn(r)
    return reader.run()


def dragged(address: str, readers: int = 4, seconds: float = 3.0, rounds: int = 3) -> Tally:
    """Measure readers who drag r at once, ten values a second: the time from the last value to its picture."""
    tally = Tally()

    def drag(number: int) -> None:
        asked = {"sample": PHOTOS[number], "crop": "square", "offset": f"0.{number}5"}
        with Reader(address) as reader:
            for turn in range(rounds):
                start = time.perf_counter()
                while (now := time.perf_counter() - start) < seconds:
                    reader.fetch(**asked, r=1 + turn + rounds * int(10 * now))
                last = 1 + turn + rounds * int(10 * seconds)
                tally.wrong += not shows(reader.fetch(**asked, r=last), PHOTOS[number], last)
                tally.seconds.append(time.perf_counter() - start - seconds)

    together([lambda n=n: drag(n) for n in range(readers)])
    return tally


def opened(address: str, readers: int = 300) -> Tally:
    """Measure readers who open the link of one sample at once, after a first reader."""
    tally = Tally()

    def read(number: int) -> None:
        try:
            record = fetch(address, f"reader {number}", sample="owl", r=12)
            tally.seconds.append(time.perf_counter() - start)
            tally.wrong += not shows(record, "owl", 12)
        except OSError:
            tally.lost += 1

    fetch(address, "first", sample="owl", r=12)
    start = time.perf_counter()
    together([lambda n=n: read(n) for n in range(readers)])
    return tally


def memory() -> float:
    """Return the current memory of the last server, in MB."""
    return psutil.Process().children()[-1].memory_info().rss / 1e6


def restart() -> None:
    link = "layer=6&fill=size"
    with server() as address, Reader(address, link) as reader:
        before = reader.run().viewer()
        reader.ask()  # killed during this request
    start = time.perf_counter()
    with server() as address, Reader(address, link) as reader:
        same = reader.run().viewer() == before
    line("killed: to the same view by the same link", "≤ 5 s", f"{time.perf_counter() - start:.1f} s, same: {same}")


def offline(address: str) -> None:
    with Reader(address, "model=vit_small_patch16_224.augreg_in1k") as reader:
        start = time.perf_counter()
        while not re.search("hub|network|offline", " ".join(reader.run().texts("alert"))):
            time.sleep(0.1)
        line("no network: clear message", "≤ 3 s", f"{time.perf_counter() - start:.1f} s")


def main(seconds: float) -> None:
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; windows of {seconds:g} s")
    restart()
    # A closed port stands for no network.
    with server(HF_ENDPOINT="http://127.0.0.1:9", HTTPS_PROXY="", https_proxy="", HF_HUB_CACHE=os.devnull) as address:
        with Reader(address) as first:
            start = time.perf_counter()
            first.until_ready()
            line("engine ready, first reader", "", f"{time.perf_counter() - start:.1f} s")
        offline(address)
        line("10 sessions, 4 s think", "p95 ≤ 1.0 s", paced(address, 10, seconds, square=False))
        line("resident memory after them", "≤ 1300 MB", f"{memory():.0f} MB")
        line("30 sessions, 4 s think", "p95 ≤ 1.0 s", paced(address, 30, seconds, square=True))
        line("4 drag at once: last value shown", "p95 ≤ 1.5 s", dragged(address))
        line("300 open one link at once", "p95 ≤ 1.0 s", opened(address))
        line("resident memory after all", "", f"{memory():.0f} MB")
    print(f"load average at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(*map(float, arguments() or [30]))
