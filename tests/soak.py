"""What is too long for every day: `make soak`: reruns, mixed runs, damaged files, hostile links, fuzzed requests."""

import time
from collections import Counter

import ceiling
import corpus
import psutil
import test_api_fuzz
from load import figures, memory, server, shows
from noted import arguments, line
from sessions import Reader, together
from test_core_folder import ending
from test_sessions import mixed, shared_model
from test_ui_link import hostile_links

from explorer.core.images import BadImage, load
from explorer.core.runs import Runs
from explorer.ui import link


def reruns(count: int, sessions: int = 10) -> None:
    """The memory that the server holds after the first quarter of ``count`` reruns and after all."""
    wrong = []

    def read(reader: Reader, number: int, turns: int) -> None:
        for turn in range(turns):
            record = reader.fetch(sample="dog", r=(r := 1 + (7 * turn + number) % 22))
            reader.turn(r)
            if not (shows(record, "dog", r) and figures(reader.run(120), record)):
                wrong.append((number, r))

    with server() as address:
        readers = [Reader(address) for _ in range(sessions)]
        for reader in readers:
            reader.until_ready()
        held = []
        for share in (1, 3):
            turns = share * count // 4 // sessions
            together([lambda r=reader, n=n, t=turns: read(r, n, t) for n, reader in enumerate(readers)])
            held.append(memory())
    growth = (held[1] - held[0]) / (0.75 * count) * 1000
    line(
        f"memory per 1,000 of {count} reruns",
        "≤ +10 MB",
        f"{growth:+.1f} MB: {held[0]:.0f} → {held[1]:.0f} MB; {len(wrong)} wrong",
    )


def mutants(count: int) -> None:
    """Damaged files through the gate: pictures, refusals, and the slowest."""
    slowest, pictures = 0.0, 0
    for content in corpus.mutants(seed=1, count=count):
        start = time.process_time()
        try:
            load(content)
            pictures += 1
        except BadImage:
            pass
        slowest = max(slowest, time.process_time() - start)
    line(
        f"{count} damaged pictures",
        "≤ 1 CPU-s",
        f"{pictures} pictures, the rest a sentence; slowest {slowest:.2f} CPU-s",
    )


def archives(count: int) -> None:
    """Damaged zip archives through the gate: photos, refusals, and the slowest."""
    slowest, endings = 0.0, Counter()
    for content in corpus.mutants(1, count, corpus.small_archives()):
        start = time.process_time()
        endings.update(type(each).__name__ for each in ending([("mutant.zip", content)]))
        slowest = max(slowest, time.process_time() - start)
    told = f"{endings['bytes']} photos, {endings['str']} sentences; slowest {slowest:.2f} CPU-s"
    line(f"{count} damaged archives", "≤ 0.5 CPU-s", told)


def links(count: int) -> None:
    """Hostile links through the codec: values that parameters can have, or their defaults."""
    values = [each for hostile in hostile_links(1, count) for each in hostile.items()]
    odd = sum(not link.PARAMETERS[name].allows(link.read(name, text)) for name, text in values)
    line(f"{count} hostile links", "0", f"{odd} of {len(values)} values read as what no parameter can be, 0 uncaught")


def requests(count: int) -> None:
    """Requests made from the routes' own document."""
    test_api_fuzz.ready()
    answers, slowest = test_api_fuzz.fuzz(count, number=1)
    told = ", ".join(f"{number} × {status}" for status, number in sorted(answers.items()))
    line(f"{sum(answers.values())} fuzzed requests", "0 tracebacks", f"{told}; slowest {slowest:.1f} s; 0 tracebacks")


def connects(address: str, count: int) -> None:
    """Threads and open files of the server before and after ``count`` connects.

    Streamlit keeps the last 128 sessions for a minute, and lets them go when another one comes.
    """
    process = psutil.Process().children()[-1]

    def held() -> tuple[int, int]:
        return process.num_threads(), process.num_fds()

    with Reader(address) as first:
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


def main(scale: float) -> None:
    import torch

    torch.set_num_threads(1)
    mutants(int(50_000 * scale))
    archives(int(100_000 * scale))
    runs = Runs(workers=4, set_threads=lambda count: torch.set_num_threads(1))
    count = int(10_000 * scale)
    line(f"{count} mixed runs", "0", f"{mixed(shared_model(), runs, count, seed=2)} wrong or foreign")
    links(int(5000 * scale))
    requests(int(2000 * scale))
    ceiling.measure()
    with server() as address:
        connects(address, int(3000 * scale))
    reruns(int(1000 * scale))


if __name__ == "__main__":
    main(*map(float, arguments() or [1.0]))
