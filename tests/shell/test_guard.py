"""The cap on uploads, before Streamlit's own upload routes."""

import asyncio
import errno
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit import config
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_routes import XSRF_COOKIE_NAME, create_upload_routes

from explorer.memory import guard
from explorer.shell.guard import UploadCap

HEAD = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.png"\r\n\r\n'
FOOT = b"\r\n--x--\r\n"
FORM = len(HEAD + FOOT)
MOST = 10_000


class Server:
    """Streamlit's upload routes behind a cap of MOST bytes and room for the form of one upload."""

    def __init__(self, base: str = ""):
        self.kept, self.base = MemoryUploadedFileManager("/_stcore/upload_file"), base
        sessions = SimpleNamespace(is_active_session=lambda session: session in ("ada", "bob", "cyd"))
        self.app = Starlette(
            routes=create_upload_routes(sessions, self.kept, base),
            middleware=[Middleware(UploadCap, most=MOST + FORM, held=self.held)],
        )

    def held(self, session: str) -> dict[str, int]:
        return {name: len(file.data) for name, file in self.kept.file_storage.get(session, {}).items()}

    def put(self, file: str, size: int, session: str = "ada", **how) -> int:
        return asyncio.run(self.ask("PUT", f"/_stcore/upload_file/{session}/{file}", size, **how))

    def delete(self, path: str, token: bool = True) -> int:
        return asyncio.run(self.ask("DELETE", path, token=token))

    async def ask(
        self, method: str, path: str, size: int = 0, announce: bool = True, token: bool = True, gate=None
    ) -> int:
        """The status of a request; its body is announced or not, and comes in two parts, the second after ``gate``."""
        body = HEAD + bytes(size) + FOOT if method == "PUT" else b""
        parts = [body[: len(body) // 2], body[len(body) // 2 :]]
        secret = generate_xsrf_token_string()
        headers = {b"content-type": b"multipart/form-data; boundary=x"}
        if announce:
            headers[b"content-length"] = str(len(body)).encode()
        if token:
            headers |= {b"x-xsrftoken": secret.encode(), b"cookie": f"{XSRF_COOKIE_NAME}={secret}".encode()}
        scope = {
            "type": "http", "method": method, "path": self.base + path, "root_path": "", "query_string": b"",
            "headers": list(headers.items()),
        }  # fmt: skip
        answered = []

        async def receive() -> dict:
            if gate and len(parts) == 1:
                await gate.wait()
            return {"type": "http.request", "body": parts.pop(0) if parts else b"", "more_body": bool(parts)}

        async def send(message: dict) -> None:
            answered.append(message)

        await self.app(scope, receive, send)
        return answered[0]["status"]


@pytest.mark.parametrize("announce", [True, False])
def test_a_session_uploads_no_more_than_its_cap_however_many_files(announce):
    server = Server()
    taken = [server.put(str(number), MOST // 2, announce=announce) for number in range(4)]
    assert taken == [204, 204, 413, 413]
    assert sum(server.held("ada").values()) == MOST
    assert server.put("0", MOST, "bob") == 204


def test_a_file_that_is_taken_back_or_replaced_makes_room():
    server = Server()
    assert server.put("0", MOST) == 204
    assert server.put("0", MOST - 1) == 204
    assert server.put("1", MOST // 2) == 413
    assert server.delete("/_stcore/upload_file/ada/0") == 204
    assert server.put("1", MOST // 2) == 204


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("/_stcore/upload_file/ada/0", False, 403),
        ("/_stcore/upload_file/ada/0/", True, 307),
        ("/elsewhere/_stcore/upload_file/ada/0", True, 404),
        ("/_stcore/upload_file/bob/0", True, 204),
    ],
)
def test_a_file_that_streamlit_keeps_counts_whatever_was_asked(path, token, status):
    server = Server()
    for number in range(4):
        server.put(str(number), MOST)
        assert server.delete(path, token) == status
    assert sum(server.held("ada").values()) == MOST


def test_a_session_that_ended_leaves_no_count():
    server = Server()
    assert server.put("0", MOST) == 204
    server.kept.remove_session_files("ada")
    assert server.put("1", MOST) == 204


def test_uploads_on_their_way_count_also_under_one_name():
    server, path = Server(), "/_stcore/upload_file/ada/same"

    async def both() -> list[int]:
        gate = asyncio.Event()
        first = asyncio.create_task(server.ask("PUT", path, MOST, gate=gate))
        await asyncio.sleep(0)
        refused = await server.ask("PUT", path, MOST)
        gate.set()
        return [await first, refused]

    assert asyncio.run(both()) == [204, 413]


def test_the_cap_holds_below_a_base_path():
    config.set_option("server.baseUrlPath", "tome/x")
    try:
        server = Server("/tome/x")
        assert [server.put(str(number), MOST) for number in range(2)] == [204, 413]
    finally:
        config.set_option("server.baseUrlPath", "")


@pytest.mark.parametrize(("announce", "size"), [(True, MOST), (False, 10)])
def test_of_uploads_that_come_at_once_as_many_are_taken_as_fit_into_memory(announce, size, monkeypatch):
    server = Server()
    monkeypatch.setattr(guard, "resident", lambda: 1000)
    monkeypatch.setattr(guard, "ceiling", lambda: 1000 + 2 * (MOST + FORM))

    async def all_at_once() -> list[int]:
        gate, paths = asyncio.Event(), [f"/_stcore/upload_file/{session}/0" for session in ("ada", "bob", "cyd")]
        asked = [asyncio.create_task(server.ask("PUT", path, size, announce=announce, gate=gate)) for path in paths]
        await asyncio.sleep(0)
        gate.set()
        return [await each for each in asked]

    assert asyncio.run(all_at_once()) == [204, 204, 503]
    assert server.put("1", 10, "cyd", announce=announce) == 204


def test_no_upload_is_taken_while_memory_is_short(monkeypatch):
    monkeypatch.setattr(guard, "ceiling", lambda: 1)
    assert Server().put("0", 9) == 503


def test_an_upload_that_the_disk_does_not_take_is_refused_with_the_reason(monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("starlette.formparsers.SpooledTemporaryFile", full)
    assert Server().put("0", 9) == 507
