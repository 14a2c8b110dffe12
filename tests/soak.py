"""Long tests: reruns, mixed runs, damaged files, hostile links, fuzzed requests.

`make soak` runs all of them; some, at a fraction of their length: `python tests/soak.py reruns runs --share 0.1`.
"""

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.extend(str(room) for room in Path(__file__).parent.iterdir() if room.is_dir())
import ceiling
import corpus
import psutil
import test_api_fuzz
from media_mutants import through
from noted import arguments, line
from soak_readers import connects, reruns
from streamlit.testing.v1 import AppTest
from test_folder import ending
from test_link import APP, hostile_links
from test_sessions import mixed, shared_model

from explorer.engine.models import EMBEDDED
from explorer.engine.tasks import Tasks
from explorer.media.images import BadImage, load
from explorer.records.service import service
from explorer.shell import link


def runs(count: int, seed: int) -> None:
    """Photos, clips and sounds of twelve sessions in one pool, against serial runs."""
    import torch

    torch.set_num_threads(1)
    pool = Tasks(workers=4, set_threads=lambda _: torch.set_num_threads(1))
    wrong = mixed(shared_model(), pool, count, seed)
    line(f"{count} mixed runs of photos, clips and sounds", "0", f"{wrong} wrong or swapped")


def pictures(count: int, seed: int) -> None:
    """Damaged files through the gate: pictures, refusals, and the slowest."""
    slowest, read = 0.0, 0
    for content in corpus.mutants(seed, count):
        start = time.process_time()
        try:
            load(content)
            read += 1
        except BadImage:
            pass
        slowest = max(slowest, time.process_time() - start)
    told = f"{read} pictures, the rest a sentence; slowest {slowest:.2f} CPU-s"
    line(f"{count} damaged pictures", "≤ 1 CPU-s", told)


def archives(count: int, seed: int) -> None:
    """Damaged zip archives through the gate: photos, refusals, and the slowest."""
    slowest, endings = 0.0, Counter()
    for content in corpus.mutants(seed, count, corpus.small_archives()):
        start = time.process_time()
        endings.update(type(each).__name__ for each in ending([("mutant.zip", content)]))
        slowest = max(slowest, time.process_time() - start)
    told = f"{endings['bytes']} photos, {endings['str']} sentences; slowest {slowest:.2f} CPU-s"
    line(f"{count} damaged archives", "≤ 0.5 CPU-s", told)


def media(kind: str, count: int, seed: int) -> None:
    """Damaged clips or sounds through a worker process."""
    read, refused, ended, slowest = through(kind, count, seed)
    told = f"{read} read, {refused} a sentence; {ended} ended the worker; slowest {slowest:.2f} s"
    line(f"{read + refused} damaged {kind}s", "0 ended", told)


def links(count: int, seed: int) -> None:
    """Hostile links through the codec and on every page: values that parameters can have, no traceback, no hang."""
    assert service().engine.model(EMBEDDED).done.wait(300)
    logging.disable(logging.WARNING)  # Streamlit says for each that no server is there
    pages = [page.stem for page in sorted(Path(APP).with_name("_pages").glob("*.py"))]
    odd, failed, slowest = 0, 0, 0.0
    for number, hostile in enumerate(hostile_links(seed, count)):
        odd += sum(not link.PARAMETERS[name].allows(link.read(name, text)) for name, text in hostile.items())
        at = AppTest.from_file(APP, default_timeout=240)
        for name, text in hostile.items():
            at.query_params[name] = text
        start = time.monotonic()
        at.switch_page(f"_pages/{pages[number % len(pages)]}.py").run()
        slowest, failed = max(slowest, time.monotonic() - start), failed + bool(at.exception)
    told = f"{failed} tracebacks on {len(pages)} pages, {odd} values that no parameter can be; slowest {slowest:.1f} s"
    line(f"{count} hostile links", "0", told)


def requests(count: int, seed: int) -> None:
    """Requests made from the routes' own document."""
    test_api_fuzz.ready()
    answers, slowest = test_api_fuzz.fuzz(count, number=seed)
    told = ", ".join(f"{number} × {status}" for status, number in sorted(answers.items()))
    line(f"{sum(answers.values())} fuzzed requests", "0 tracebacks", f"{told}; slowest {slowest:.1f} s; 0 tracebacks")


PARTS: dict[str, tuple[Callable[[int, int], None], int]] = {
    "reruns": (lambda count, _: reruns(count), 2000),
    "runs": (runs, 10_000),
    "pictures": (pictures, 50_000),
    "archives": (archives, 10_000),
    "clips": (partial(media, "clip"), 5000),
    "sounds": (partial(media, "sound"), 5000),
    "links": (links, 5000),
    "requests": (requests, 2000),
    "ceiling": (lambda *_: ceiling.measure(), 1),
    "connects": (lambda count, _: connects(count), 3000),
}
"""part → function, number of repetitions"""


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS), metavar="PART")
    parser.add_argument("--share", type=float, default=1.0, help="of the length of each")
    parser.add_argument("--seed", type=int, default=1, help="of what is made up")
    parser.add_argument("--csv", metavar="FILE", help="write what was measured to this file, too")
    args = parser.parse_args(argv)
    if unknown := set(args.parts) - PARTS.keys():
        parser.error(f"PART must be one of {', '.join(PARTS)}; got {', '.join(sorted(unknown))}")
    for name in args.parts or PARTS:
        run, count = PARTS[name]
        start, before = time.monotonic(), psutil.Process().memory_info().rss
        run(max(1, int(count * args.share)), args.seed)
        grown = (psutil.Process().memory_info().rss - before) / 1e6
        line(f"{name}, in all", "", f"{time.monotonic() - start:.0f} s; {grown:+.0f} MB in this process")


if __name__ == "__main__":
    main(arguments())
