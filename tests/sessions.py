"""Readers without a browser: Streamlit's messages over a WebSocket.  The protocol is internal; a test pins it."""

import http.client
import itertools
import json
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

__all__ = ["Answer", "Page", "Reader", "ask", "fetch", "together"]


@dataclass
class Page:
    """The result of a script run: elements in order; unchanged ones are those of the previous run."""

    elements: list[Any] = field(default_factory=list)
    seconds: float = 0.0
    """from the request to the end of the script"""

    def texts(self, kind: str) -> list[str]:
        """The bodies of all elements of ``kind`` (markdown, alert, exception …)."""
        return [_body(element) for element in self.elements if element.WhichOneof("type") == kind]

    def viewer(self) -> dict:
        """Return the data of the viewer on the page."""
        components = [e.bidi_component for e in self.elements if e.WhichOneof("type") == "bidi_component"]
        return json.loads(next(c.json for c in reversed(components) if c.component_name == "tome_viewer"))


class Reader:
    """One session: open with ``with``, ``run`` the script, ``set`` widgets by their label."""

    def __init__(self, address: str, query: str = "", page: str = "", cookie: str = ""):
        self.address, self.cookie = address, cookie
        self._query = query
        url = f"ws{address.removeprefix('http')}/_stcore/stream"
        headers = {"Cookie": cookie} if cookie else {}
        self._open = ExitStack()
        self._socket: ClientConnection = self._open.enter_context(
            connect(
                url,
                subprotocols=["streamlit"],
                additional_headers=headers,
                max_size=None,
                open_timeout=60,
                close_timeout=1,
                proxy=None,
            )
        )
        self.session = ""
        self._viewer = ""
        self._page_hash, self._widgets = page, {}
        self._ids: dict[str, str] = {}
        self._fragments: set[str] = set()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def fetch(self, **query: object) -> dict:
        """Return a record, as the viewer asks for it."""
        return fetch(self.address, self.session, self.cookie, **query)

    def turn(self, r: int) -> None:
        """Set r for the next run, as the viewer does at the end of a gesture."""
        self.tell(json.dumps({"r": [0, r]}))

    def tell(self, state: str) -> None:
        """Set the viewer's state to any JSON, for the next run."""
        self._widgets["viewer"] = WidgetState(id=self._viewer, json_value=state)

    def drop(self) -> None:
        """Close the connection as a killed browser does."""
        self._socket.socket.shutdown(2)

    def run(self, timeout: float = 60) -> Page:
        """Run the script to its end with the current widgets."""
        self.ask()
        return self.read(timeout)

    def ask(self, fragment: str = "") -> None:
        """Ask for a run without waiting for it."""
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_script_hash = self._page_hash
        message.rerun_script.fragment_id = fragment
        message.rerun_script.widget_states.widgets.extend(self._widgets.values())
        self.send(message.SerializeToString())

    def send(self, content: bytes) -> None:
        """Send a message of any kind."""
        self._socket.send(content)

    def read(self, timeout: float = 60) -> Page:
        """Return the messages up to the end of a script run."""
        start, page = time.perf_counter(), Page()
        while True:
            message = self._next(start + timeout - time.perf_counter())
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
                self._page_hash = message.new_session.page_script_hash
                page.elements.clear()
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._keep(message.delta.new_element)
                page.elements.append(message.delta.new_element)
            elif kind == "auto_rerun":
                self._fragments.add(message.auto_rerun.fragment_id)
            elif kind == "script_finished":
                page.seconds = time.perf_counter() - start
                return page

    def until_ready(self, timeout: float = 120) -> Page:
        """Run until the model is loaded, as the browser does on a page with a loading message."""
        for _ in itertools.count():
            page = self.run(timeout)
            if page.texts("metric") or page.texts("exception"):
                return page
            time.sleep(0.5)
        raise AssertionError("unreachable")

    def set(self, label: str, value: float | bool | str) -> None:
        """Set a slider, a toggle or a text field to ``value``, for the next run."""
        state = WidgetState(id=self._ids[label])
        if isinstance(value, bool):
            state.bool_value = value
        elif isinstance(value, str):
            state.string_value = value
        else:
            state.double_array_value.data.append(value)
        self._widgets[label] = state

    def put(self, file: str, content: bytes) -> int:
        """Upload a file under an id of one's own making; return the status."""
        head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.png"\r\n\r\n'
        return self._upload("PUT", file, head + content + b"\r\n--x--\r\n")

    def delete(self, file: str, token: bool = True) -> int:
        """Take an upload back, with the token against forged requests or without; return the status."""
        return self._upload("DELETE", file, b"", token)

    def _upload(self, method: str, file: str, body: bytes, token: bool = True) -> int:
        health = ask(self.address, "/_stcore/health", Cookie=self.cookie)
        forgery = next(
            value.split(";")[0] for name, value in health.headers if name == "set-cookie" and "xsrf" in value
        )
        headers = {
            "Content-Type": "multipart/form-data; boundary=x",
            "Cookie": f"{self.cookie}; {forgery}".removeprefix("; "),
        }
        if token:
            headers["X-Xsrftoken"] = forgery.partition("=")[2]
        try:
            return ask(self.address, f"/_stcore/upload_file/{self.session}/{file}", method, body, **headers).status
        except (BrokenPipeError, ConnectionResetError):
            return 413

    def _next(self, seconds: float) -> ForwardMsg:
        message = ForwardMsg()
        message.ParseFromString(self._socket.recv(timeout=max(0.01, seconds)))
        return message

    def _keep(self, element: Any) -> None:
        widget = getattr(element, element.WhichOneof("type"))
        if getattr(widget, "component_name", "") == "tome_viewer":
            self._viewer = widget.id
        if getattr(widget, "id", "") and getattr(widget, "label", ""):
            self._ids[widget.label] = widget.id


def _body(element: Any) -> str:
    inner = getattr(element, element.WhichOneof("type"))
    return next((getattr(inner, name) for name in ("body", "message") if hasattr(inner, name)), "")


@dataclass(frozen=True)
class Answer:
    """The answer to a request."""

    status: int
    headers: list[tuple[str, str]]
    """their names in lower case"""
    content: bytes

    def header(self, name: str) -> str:
        """Return the first header ``name``, or an empty text."""
        return next((value for known, value in self.headers if known == name), "")


def ask(address: str, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    """Send a request to ``path`` under ``address``, such as https://localhost:8443/tome."""
    place = urlsplit(address if "//" in address else f"http://{address}")
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.netloc, timeout=60)
    try:
        connection.request(method, place.path + path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, [(n.lower(), v) for n, v in answer.getheaders()], answer.read())
    finally:
        connection.close()


def fetch(address: str, client: str, cookie: str = "", **query: object) -> dict:
    """Return a record over HTTP."""
    headers = {"X-Client": client} | ({"Cookie": cookie} if cookie else {})
    answer = ask(address, f"/api/v1/record?{urlencode(query)}", **headers)
    assert answer.status == 200, answer.content
    return json.loads(answer.content)


def together(tasks: list) -> None:
    """Run every task in its own thread and wait for all."""
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
