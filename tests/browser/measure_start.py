"""What the app's start costs beside an empty Streamlit app's, in turn: `python tests/browser/measure_start.py`.

Seconds of the processor tell more than those of the clock where a machine is shared.
"""

import statistics
import tempfile
import time
from pathlib import Path

import psutil
from measure import PAINTED
from noted import arguments, line
from playwright.sync_api import Browser, Response
from served import ROOT, chromium, server

ROUNDS = 5
EMPTY = "import streamlit as st\n\nst.title('Empty')\n"
TITLE = "() => [...document.querySelectorAll('h1')].some((each) => each.textContent.includes('Empty'))"
READY = 240_000


def spent() -> dict[str, float]:
    """Return seconds of the processor that the server's and the browser's processes have taken."""
    total = {"server": 0.0, "browser": 0.0}
    for process in psutil.Process().children(recursive=True):
        try:
            times, command = process.cpu_times(), " ".join(process.cmdline())
        except psutil.Error:  # it has ended
            continue
        total["server" if "streamlit run" in command else "browser"] += times.user + times.system
    return total


def started(browser: Browser, root: Path, there: str) -> tuple[float, ...]:
    """Return the clock's seconds until ``there`` holds, those of server and browser, requests and megabytes."""
    page, answers = browser.new_page(), []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 — Playwright marks what it is given
    before, start = spent(), time.perf_counter()
    with server(root) as address:
        page.goto(address)
        page.wait_for_function(there, polling="raf", timeout=READY)
        seconds, after = time.perf_counter() - start, spent()
        size = sum(map(length, answers)) / 1e6
    page.close()
    return seconds, after["server"] - before["server"], after["browser"] - before["browser"], len(answers), size


def length(answer: Response) -> int:
    return int(answer.headers.get("content-length", 0))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        (Path(folder) / "explorer").mkdir()
        (Path(folder) / "explorer" / "app.py").write_text(EMPTY)
        apps = {
            "an empty app, to its title": (Path(folder), TITLE),
            "this app, to the first painted region": (ROOT, PAINTED),
        }
        found = {name: [] for name in apps}
        for _ in range(ROUNDS):
            for name, (root, there) in apps.items():
                found[name].append(started(browser, root, there))
    for name, rounds in found.items():
        clock, of_server, of_browser, requests, size = map(statistics.median, zip(*rounds, strict=True))
        used = f"{of_server:.1f} s of the server's processor, {of_browser:.1f} s of the browser's"
        line(name, "", f"{clock:.1f} s; {used}; {requests:.0f} requests, {size:.1f} MB")


if __name__ == "__main__":
    arguments()
    main()
