"""Reports of a page that its reader has left never reach Streamlit."""

import asyncio

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from explorer.shell.late import LateReports

SIMILARITY, ALGORITHMS = "hash of similarity", "hash of algorithms"


def run(page: str, address: str, part: str = "") -> bytes:
    """Return the browser's request to run ``page``, or a ``part`` of it."""
    told = BackMsg()
    told.rerun_script.page_script_hash = page
    told.rerun_script.fragment_id = part
    told.rerun_script.context_info.url = f"https://tome.org{address}"
    return told.SerializeToString()


def reached(*sent: bytes) -> list[bytes]:
    """Return what of the ``sent`` messages Streamlit receives."""
    coming = [{"type": "websocket.connect"}, *({"type": "websocket.receive", "bytes": each} for each in sent)]
    got: list[bytes] = []

    async def receive() -> dict:
        return coming.pop(0) if coming else {"type": "websocket.disconnect"}

    async def streamlit(scope: dict, receive, send) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            if "bytes" in message:
                got.append(message["bytes"])

    asyncio.run(LateReports(streamlit)({"type": "websocket"}, receive, None))
    return got


@pytest.mark.parametrize(
    "address", ["/similarity?r=12", "/algorithms?r=12"], ids=["after Back", "after a click on a tab"]
)
def test_a_report_that_follows_the_question_for_another_page_is_kept_back(address):
    asked = run(SIMILARITY, address)
    late = run(ALGORITHMS, address.replace("12", "13"), part="panels")
    then = run(SIMILARITY, "/similarity?r=12", part="panels")
    assert reached(run(ALGORITHMS, "/algorithms"), asked, late, then) == [run(ALGORITHMS, "/algorithms"), asked, then]


@pytest.mark.parametrize(
    "sent",
    [
        (run(ALGORITHMS, "/algorithms"), run(ALGORITHMS, "/algorithms", part="panels")),
        (run("", "/algorithms"), run(ALGORITHMS, "/algorithms", part="panels")),
        (run(SIMILARITY, "/similarity"), run(ALGORITHMS, "/algorithms", part="panels")),
        (run(SIMILARITY, "/similarity"), run(ALGORITHMS, "/similarity")),
        (b"no message of Streamlit's", BackMsg(stop_script=True).SerializeToString()),
    ],
    ids=["its own page", "the first page", "a page that the server opened", "a whole page", "other messages"],
)
def test_whatever_else_the_browser_sends_reaches_streamlit(sent):
    assert reached(*sent) == list(sent)


def test_requests_pass_unchanged():
    async def page(*told) -> None:
        got.append(told)

    got: list = []
    asyncio.run(LateReports(page)({"type": "http"}, "receive", "send"))
    assert got == [({"type": "http"}, "receive", "send")]
