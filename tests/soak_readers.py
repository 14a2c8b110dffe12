"""Measure memory, threads and files of a server after many readers: a part of `make soak`."""

import time

import numpy as np
import psutil
from load import figures, memory, server, shows
from noted import line
from sessions import Reader, together

__all__ = ["connects", "reruns"]

WINDOWS = 8
"""windows of memory readings; the first is warm-up"""


def reruns(count: int, sessions: int = 10) -> None:
    """The memory that the server holds after each eighth of ``count`` reruns, and its slope after the first."""
    wrong, held, turns = [], [], max(1, count // WINDOWS // sessions)

    def read(reader: Reader, number: int, window: int) -> None:
        for turn in range(window * turns, (window + 1) * turns):
            record = reader.fetch(sample="dog", r=(r := 1 + (7 * turn + number) % 22))
            reader.turn(r)
            if not (shows(record, "dog", r) and figures(reader.run(120), record)):
                wrong.append((number, r))

    with server() as address:
        readers = [Reader(address) for _ in range(sessions)]
        for reader in readers:
            reader.until_ready()
        for window in range(WINDOWS):
            together([lambda r=reader, n=n, w=window: read(r, n, w) for n, reader in enumerate(readers)])
            held.append(memory())
    growth = np.polyfit(np.arange(WINDOWS - 1) * turns * sessions / 1000, held[1:], 1)[0]
    told = " ".join(f"{each:.0f}" for each in held)
    line(
        f"memory per 1,000 of {WINDOWS * turns * sessions} reruns",
        "≤ +10 MB",
        f"{growth:+.1f} MB; after each eighth {told} MB; {len(wrong)} wrong",
    )


def connects(count: int) -> None:
    """Measure threads and open files of the server before and after ``count`` connects.

    Streamlit keeps the last 128 sessions for a minute, and releases them when another one opens.
    """
    with server() as address, Reader(address) as first:
        process = psutil.Process().children()[-1]

        def held() -> tuple[int, int]:
            return process.num_threads(), process.num_fds()

        first.run()
        before = held()
        for _ in range(count):
            with Reader(address) as reader:
                reader.drop()
        most = held()
        time.sleep(65)
        Reader(address).drop()
        time.sleep(1)
        after = held()
        alive = first.run().texts("exception") == []
    told = (f"{before[i]} → {most[i]}, after a minute {after[i]}" for i in (0, 1))
    line(f"{count} connects", "unchanged", "threads {}; files {}; alive: {}".format(*told, alive))
