"""The app as a reader gets it: a server of its own and Debian's Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
FLAGS += ["--disable-features=LocalNetworkAccessChecks"]  # a page that a test has rewritten is none of this machine's


@contextmanager
def server(root: Path = ROOT, before: str = "", log: Path | None = None, **environment: str) -> Iterator[str]:
    """Start ``streamlit run explorer/app.py`` of the checkout ``root`` on a free port; gives its address.

    ``before`` is what a shell does first.  The server writes what it says into the file ``log``.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "explorer/app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    with log.open("w") if log else nullcontext(subprocess.DEVNULL) as said:
        process = subprocess.Popen(
            ["sh", "-c", f'{before}; exec "$@"', "sh", *command] if before else command,
            cwd=root,
            env={
                **os.environ,
                "PYTHONPATH": str(root),
                "OMP_WAIT_POLICY": "PASSIVE",
                "GOMP_SPINCOUNT": "3000",
                **environment,
            },
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _await_health(process, address)
        yield address
    finally:
        process.kill()
        process.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, without the network."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_program(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def reader(folder: Path) -> Iterator[BrowserContext]:
    """The same with its profile in ``folder``: what it keeps of Streamlit's scripts spares every page 0.8 s."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(folder, executable_path=_program(), args=FLAGS)
        yield context
        context.close()


def _program() -> str:
    path = shutil.which("chromium")
    if path is None:
        raise FileNotFoundError("chromium is not installed: apt-get install chromium")
    return path


def _await_health(process: subprocess.Popen, address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"no answer from {address}")


def refuse_once(page: Page, address: str) -> None:
    """Let the server say once that its line is full, to whoever asks for ``address``."""

    def full(route: Route) -> None:
        body = '{"errors": [{"rule": "64 runs are waiting already."}]}'
        route.fulfill(status=503, headers={"Retry-After": "1"}, body=body)

    page.route(address, full, times=1)
