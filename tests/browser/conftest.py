"""One server and one browser for all browser tests; a page of its own for each."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect
from served import reader, server

OWN_SEARCH = re.compile(
    r"/_stcore/|/media/\w+\.(txt|json|csv|jpg)\)$|^Client Error: (Download Button|Image) source error - 404|status of 503"
)
READY = 240_000  # milliseconds: the engine imports torch on first use
expect.set_options(timeout=30_000)  # on a machine that others slow down


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with server() as address:
        yield address


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with reader(tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture
def visit(context: BrowserContext, address: str) -> Iterator[Callable[..., Page]]:
    """Open the app in a page of its own; fails the test if it logs an error or asks another host for anything."""
    pages, complaints = [], []

    def open_page(path: str = "/", width: int = 1280, height: int = 900, color_scheme: str = "light") -> Page:
        page = context.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme)
        page.on("console", lambda message: complaints.append(_told(message)) if _is_error(message) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: _check_host(request.url, address, complaints))
        page.goto(address + path)
        return page

    yield open_page
    for page in pages:
        _forget(page)
        page.close()
    context.clear_cookies()
    assert complaints == []


@pytest.fixture
def layers(visit: Callable[..., Page]) -> Callable[..., Page]:
    """Open the page Layers and wait until the engine's own figures stand beside the picture."""

    def open_layers(path: str = "/", **options) -> Page:
        page = visit(path, **options)
        page.get_by_role("button", name="Measure the speed-up").wait_for(timeout=READY)
        page.get_by_role("img", name="Layer").first.wait_for()
        return page

    return open_layers


def _forget(page: Page) -> None:
    """Clear what Streamlit keeps of a reader in the browser: a drawer closed on a phone opens closed on a wide screen."""
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear()")


def _told(message: ConsoleMessage) -> str:
    return f"{message.text} ({message.location.get('url', '')})"


def _is_error(message: ConsoleMessage) -> bool:
    # On a page below the root Streamlit first looks for its server under that page, and finds it one level up.  It also
    # asks for every file that a download button offers, under load for one that a growing measurement has replaced.
    return message.type == "error" and not OWN_SEARCH.search(_told(message))


def _check_host(url: str, address: str, complaints: list[str]) -> None:
    own = (address, address.replace("http", "ws"), "data:", "blob:")
    if not url.startswith(own):
        complaints.append(f"asked {url}")
