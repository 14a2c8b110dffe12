"""Measure two processes behind nginx, TLS and a base path under many readers: `make load-proxied`."""

# ruff: noqa: T201 — a command prints

import os
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

import psutil
from load import opened, paced, spread
from noted import arguments, line
from proxied import Proxied, proxied


def memory(place: Proxied) -> str:
    """Return the memory of each running process."""
    held = {name: psutil.Process(process.pid).memory_info().rss / 1e6 for name, process in place.processes.items()}
    return ", ".join(f"{name} {megabytes:.0f} MB" for name, megabytes in held.items())


def main(seconds: float) -> None:
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; windows of {seconds:g} s")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["SSL_CERT_FILE"] = str(folder / "tls" / "certificate.pem")
        place = stack.enter_context(proxied(folder, base="/tome", tls=True))
        line("memory of each process, model loaded", "", memory(place))
        line("60 readers, 4 s think", "none lost", paced(place.address, 60, seconds, True, place.reader))
        line("memory of each process after them", "", memory(place))
        timer = threading.Timer(seconds / 2, place.kill, ("a",))
        timer.start()
        tally = paced(place.address, 60, seconds, True, place.reader)  # the same questions
        timer.join()
        line("the same from the cache, a process killed half-way", "none lost", tally)
        back = (
            f"{len(tally.back)} readers, {spread(tally.back)}, last {max(tally.back):.2f} s" if tally.back else "nobody"
        )
        line("back by the same link", "≤ 5 s", back)
        place.start("a")
        line("300 open one link at once, from the cache", "p95 ≤ 1.0 s", opened(place.address))
    print(f"load average at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(*map(float, arguments() or [30]))
