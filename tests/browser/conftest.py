"""One server, one browser and a few tabs for all browser tests."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, CDPSession, ConsoleMessage, Error, Page, expect
from served import reader, server

SERVING = Path(__file__).parents[2] / "docs" / "how-to" / "serving.md"
OWN_SEARCH = re.compile(
    r"/_stcore/|/media/\w+\.(txt|json|csv|jpg)\)$|^Client Error: (Download Button|Image) source error - (404|\S+/media/)|status of 503"
)
WORDS, LOG = 3000, 6000
"""letters of a page, and of what the server said last, in the report of a failure"""
READY = 240_000  # milliseconds: the engine imports torch on first use
expect.set_options(timeout=30_000)  # on a machine that others slow down


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Say in the report of a failure what the reader saw, and what the server wrote."""
    report = yield
    if report.when == "call" and report.failed and "tabs" in item.funcargs:
        try:
            report.sections.append(("What the tabs showed", item.funcargs["tabs"].shown()))
        except Error as gone:
            report.sections.append(("What the tabs showed", str(gone)))
        report.sections.append(("What the server said last", item.funcargs["log"].read_text()[-LOG:]))
    return report


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of what the server says."""
    return tmp_path_factory.mktemp("server") / "log.txt"


@pytest.fixture(scope="session")
def address(log: Path) -> Iterator[str]:
    with server(log=log) as address:
        yield address


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with reader(tmp_path_factory.mktemp("profile")) as context:
        yield context


class Tabs:
    """Tabs that tests use one after another: a new one has to start a process and read Streamlit's scripts, 1.1 s."""

    def __init__(self, context: BrowserContext, address: str):
        self._context, self._address = context, address
        self._free: list[tuple[Page, CDPSession]] = []
        self._taken: list[tuple[Page, CDPSession]] = []
        self.complaints: list[str] = []
        """errors in a console, dialogs, and addresses on other hosts"""
        self.policy = ""
        """the Content-Security-Policy that pages come with"""

    def take(self) -> Page:
        """Return a tab without a past."""
        page, inside = self._free.pop() if self._free else self._opened()
        self._taken.append((page, inside))
        inside.send("Page.resetNavigationHistory")
        if self.policy:  # by the browser's own means: a route of Playwright's would switch its cache off
            patterns = [{"resourceType": "Document", "requestStage": "Response"}]
            inside.send("Fetch.enable", {"patterns": patterns})
        page.bring_to_front()
        return page

    def shown(self) -> str:
        """Return the address and the words of each tab that was taken, for the report of a failure."""
        words = [(page.url, page.locator("body").inner_text()[:WORDS].split("\n")) for page, _ in self._taken]
        return "\n\n".join(f"{url}\n{' | '.join(filter(None, lines))}" for url, lines in words)

    def give_back(self) -> None:
        """Empty the tabs that were taken."""
        for page, inside in self._taken:
            if page.url.startswith("http"):  # a drawer closed on a phone opens closed on a wide screen
                page.evaluate("localStorage.clear(); sessionStorage.clear()")
            page.unroute_all()
            inside.send("Fetch.disable")
            page.mouse.move(0, 0)
            page.goto("about:blank")
            self._free.append((page, inside))
        self._taken.clear()
        self._context.clear_cookies()

    def _opened(self) -> tuple[Page, CDPSession]:
        page = self._context.new_page()
        page.on("console", lambda message: self.complaints.append(_told(message)) if _is_error(message) else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: _check_host(request.url, self._address, self.complaints))
        inside = self._context.new_cdp_session(page)
        inside.on("Fetch.requestPaused", lambda paused: self._let_through(inside, paused))
        return page, inside

    def _let_through(self, inside: CDPSession, paused: dict) -> None:
        """Pass an answer on, with the policy."""
        headers = [*paused["responseHeaders"], {"name": "content-security-policy", "value": self.policy}]
        told = {"requestId": paused["requestId"], "responseCode": paused["responseStatusCode"]}
        inside.send("Fetch.continueResponse", told | {"responseHeaders": headers})


@pytest.fixture(scope="session")
def tabs(context: BrowserContext, address: str) -> Tabs:
    return Tabs(context, address)


@pytest.fixture
def visit(tabs: Tabs, address: str) -> Iterator[Callable[..., Page]]:
    """Open the app in a tab of its own; fails the test if it logs an error, opens a dialog or asks another host."""
    tabs.complaints.clear()

    def open_page(path: str = "/", width: int = 1280, height: int = 900, color_scheme: str = "light") -> Page:
        page = tabs.take()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme, reduced_motion="no-preference")
        page.goto(address + path)
        return page

    yield open_page
    tabs.give_back()
    assert tabs.complaints == []


@pytest.fixture
def guarded(tabs: Tabs) -> Iterator[None]:
    """Pages come with the documented policy."""
    tabs.policy = re.search("^Content-Security-Policy: (.*)$", SERVING.read_text(), re.MULTILINE)[1]
    yield
    tabs.policy = ""


@pytest.fixture
def layers(visit: Callable[..., Page]) -> Callable[..., Page]:
    """Open the page Layers and wait until the engine's own figures stand beside the picture."""

    def open_layers(path: str = "/", **options) -> Page:
        page = visit(path, **options)
        page.get_by_role("button", name="Measure the speed-up").wait_for(timeout=READY)
        page.get_by_role("img", name="Layer").first.wait_for()
        return page

    return open_layers


@pytest.fixture
def sound(visit: Callable[..., Page]) -> Callable[..., Page]:
    """Open the page Sound and wait until its transcripts stand beside the picture."""

    def open_sound(query: str = "", **options) -> Page:
        page = visit(f"/sound?{query}", **options)
        page.get_by_text(re.compile("tokens left")).first.wait_for(timeout=READY)
        page.get_by_role("img", name="Layer").first.wait_for()
        return page

    return open_sound


def _told(message: ConsoleMessage) -> str:
    return f"{message.text} ({message.location.get('url', '')})"


def _is_error(message: ConsoleMessage) -> bool:
    # On a page below the root Streamlit first looks for its server under that page, and finds it one level up.  It also
    # asks for every file that a download button offers, under load for one that a growing measurement has replaced.
    return message.type == "error" and not OWN_SEARCH.search(_told(message))


def _check_host(url: str, address: str, complaints: list[str]) -> None:
    own = (address, address.replace("http", "ws"), "data:", "blob:", "about:")
    if not url.startswith(own):
        complaints.append(f"asked {url}")
