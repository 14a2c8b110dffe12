"""The wire: what reaches a browser that listens, who is refused, and when somebody is said to have seen it."""

import asyncio
import gc
import json
import threading
from types import SimpleNamespace

import pytest

from explorer.ui import wire
from explorer.ui.wire import MOST_ENDS, Wire, route


class Browser:
    """A browser's end of the wire, as the server sees it."""

    def __init__(self, token: str):
        self.path_params = {"token": token}
        self.accepted, self.closed = False, False
        self.told, self.heard = asyncio.Queue(), asyncio.Queue()

    async def accept(self) -> None:
        self.accepted = True

    async def close(self) -> None:
        self.closed = True

    async def send_text(self, text: str) -> None:
        await self.heard.put(json.loads(text))

    async def receive(self) -> dict:
        return await self.told.get()

    async def say(self, text: str) -> None:
        await self.told.put({"type": "websocket.receive", "text": text})

    async def leave(self) -> None:
        await self.told.put({"type": "websocket.disconnect"})


def listening(line: Wire, talk) -> None:
    """Let a browser listen while ``talk(browser)`` goes on."""

    async def run() -> None:
        browser = Browser(line.token)
        serving = asyncio.create_task(route().endpoint(browser))
        while not line.open:
            await asyncio.sleep(0)
        await talk(browser)
        await browser.leave()
        await asyncio.wait_for(serving, 5)

    asyncio.run(run())


def test_a_record_reaches_the_browser_with_its_turn():
    line = Wire()

    async def talk(browser):
        for layer in (3, 4):
            line.send({"layer": layer})
            heard = await asyncio.wait_for(browser.heard.get(), 5)
            assert heard == {"layer": layer, "wire": line.mark}
        assert heard["wire"]["turn"] == 2

    listening(line, talk)
    assert not line.open


def test_of_records_in_a_row_the_newest_is_enough():
    line = Wire()

    async def talk(browser):
        for layer in range(9):
            line.send({"layer": layer})  # nothing else runs in between
        assert (await asyncio.wait_for(browser.heard.get(), 5))["layer"] == 8
        await asyncio.sleep(0)
        assert browser.heard.empty()

    listening(line, talk)


def test_a_record_is_on_screen_once_the_browser_says_so_of_that_very_one():
    line = Wire()

    async def talk(browser):
        line.send({}), line.send({})
        for text, shown in (("1", False), ("nonsense", False), ("2", True)):
            await browser.say(text)
            while not browser.told.empty():
                await asyncio.sleep(0)
            assert line.await_shown(0.01) is shown
        line.send({})
        assert not line.await_shown(0.01)

    listening(line, talk)


def test_bytes_from_a_browser_are_left_aside():
    line = Wire()

    async def talk(browser):
        await browser.told.put({"type": "websocket.receive", "bytes": b"1"})
        line.send({"layer": 1})
        assert (await asyncio.wait_for(browser.heard.get(), 5))["layer"] == 1

    listening(line, talk)


def test_where_nobody_listens_nobody_is_waited_for():
    line = Wire()
    line.send({"layer": 1})
    assert not line.open
    assert not line.await_shown(60)


@pytest.mark.parametrize("token", ["", "x" * 32])
def test_a_stranger_is_refused(token):
    stranger = Browser(token)
    asyncio.run(route().endpoint(stranger))
    assert (stranger.accepted, stranger.closed) == (False, True)


def test_a_wire_has_few_ends():
    line = Wire()

    async def crowd() -> list[Browser]:
        browsers = [Browser(line.token) for _ in range(MOST_ENDS + 1)]
        serving = [asyncio.create_task(line.serve(browser)) for browser in browsers]
        await asyncio.wait_for(serving[-1], 5)
        for browser in browsers[:-1]:
            await browser.leave()
        await asyncio.wait(serving)
        return browsers

    *taken, refused = asyncio.run(crowd())
    assert all(browser.accepted for browser in taken)
    assert (refused.accepted, refused.closed) == (False, True)


def test_a_wire_ends_with_its_session():
    token = Wire().token
    gc.collect()
    assert token not in wire._wires


def test_a_record_can_come_from_any_thread():
    line = Wire()

    async def talk(browser):
        script = threading.Thread(target=line.send, args=({"layer": 5},))
        script.start()
        assert (await asyncio.wait_for(browser.heard.get(), 5))["layer"] == 5
        script.join()

    listening(line, talk)


@pytest.mark.parametrize(("base", "path"), [("", "/wire/{token}"), ("/lab/tome/", "/lab/tome/wire/{token}")])
def test_the_wires_are_where_the_app_is(base, path, monkeypatch):
    monkeypatch.setattr(wire, "st", SimpleNamespace(get_option=lambda name: base))
    assert route().path == path
