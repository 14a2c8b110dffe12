"""What an operator relies on: probes, the log of requests, the cookie for a proxy, and the files in deploy/."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import psutil
import pytest
import yaml
from installed import build, once
from proxied import free_port
from routes import ask

import tome
from explorer.api import health
from explorer.engine.models import EMBEDDED
from explorer.environment import RULES
from explorer.records.service import service
from explorer.serving import MetricsClosed, ProcessCookie, RequestLog, at_once, serving

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def test_a_process_that_answers_is_alive():
    assert ask("health") == (
        200,
        json.dumps({"status": "ok", "version": tome.__version__}, separators=(",", ":")).encode(),
    )


def test_a_process_is_ready_once_its_model_is_loaded_and_there_is_memory(monkeypatch):
    status, body = ask("ready")
    loading = service().engine.model(EMBEDDED)
    assert status in (200, 503)
    assert status == 200 or json.loads(body)["reason"]
    assert loading.done.wait(120)
    assert ask("ready") == (200, b'{"ready":true}')
    monkeypatch.setattr(health, "short_of_memory", lambda: "The server is short of memory.")
    assert ask("ready") == (503, b'{"ready":false,"reason":"The server is short of memory."}')


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LOG", "text"), ("PROCESS", "Two words"), ("PROCESS", "a;b"), ("PROCESS", "a" * 17),
        ("MEMORY", "abc"), ("MEMORY", "-5"), ("MEMORY", "2.5"), ("MEMORY", "0"), ("MEMORY", "²"),
        ("CHECKPOINTS", "/no/such/folder"), ("CHECKPOINTS", __file__), ("HF", "vit-base"), ("HF", "o/n, ../x"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_at_the_start(monkeypatch, variable, value):
    monkeypatch.setenv(f"TOME_EXPLORER_{variable}", value)
    with pytest.raises(ValueError, match=f"TOME_EXPLORER_{variable} must be"):
        serving()


def test_right_settings_are_taken_and_an_unknown_one_is_told(monkeypatch, tmp_path, capsys):
    right = {"LOG": "json", "PROCESS": "a1", "MEMORY": "4000", "CHECKPOINTS": str(tmp_path), "HF": " o/n,, p/m "}
    for name, value in right.items():
        monkeypatch.setenv(f"TOME_EXPLORER_{name}", value)
    assert len(serving()) == 2
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("TOME_EXPLORER_MEMROY", "4000")
    assert len(serving()) == 2
    assert capsys.readouterr().err == (
        "TOME_EXPLORER_MEMROY is not a setting and is ignored; these are: TOME_EXPLORER_MEMORY, TOME_EXPLORER_LOG, "
        "TOME_EXPLORER_PROCESS, TOME_EXPLORER_CHECKPOINTS, TOME_EXPLORER_HF.\n"
    )


@pytest.mark.parametrize("command", [["streamlit", "run", "explorer/app.py"], ["explorer", "--no-browser"]])
def test_a_server_with_a_wrong_setting_ends_with_one_sentence(command):
    asked = [sys.executable, "-m", *command, "--server.headless=true", f"--server.port={free_port()}"]
    environment = os.environ | {"TOME_EXPLORER_MEMORY": "abc"}
    ended = subprocess.run(asked, check=False, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines()[-1] == (
        "TOME_EXPLORER_MEMORY must be a whole number of MB from 1; got 'abc'"
    )
    assert "Traceback" not in ended.stderr


def test_every_setting_of_the_docs_is_checked():
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text()
    assert set(re.findall(r"^\| `TOME_EXPLORER_(\w+)`", page, re.MULTILINE)) == set(RULES)


def test_without_settings_no_middleware_is_added(monkeypatch):
    for variable in ("LOG", "PROCESS"):
        monkeypatch.delenv(f"TOME_EXPLORER_{variable}", raising=False)
    assert serving() == []


def test_a_part_of_an_answer_leaves_at_once():
    def undelayed(connection: socket.socket) -> bool:
        return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    def accepted(listening: socket.socket) -> bool:
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as connection:
            return undelayed(connection)

    async def began(listening: socket.socket) -> bool:
        async with at_once(page):
            return accepted(listening)

    with socket.socket() as listening:  # without a protocol, as Streamlit's
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        assert not accepted(listening)
        assert asyncio.run(began(listening))
        assert listening.getblocking(), "it is left as it was"


@pytest.mark.parametrize("reason", [psutil.AccessDenied(), FileNotFoundError("/proc/net/tcp")])
def test_where_sockets_are_not_told_the_app_starts_nevertheless(monkeypatch, reason):
    def denied(process, kind):
        raise reason

    async def began() -> bool:
        async with at_once(page):
            return True

    monkeypatch.setattr(psutil.Process, "net_connections", denied)
    assert asyncio.run(began())


def called(app, path: str, kind: str = "http", **headers: str) -> list[dict]:
    """Return what ``app`` sends when ``path`` is asked for."""
    told: list[dict] = []

    async def send(message: dict) -> None:
        told.append(message)

    async def receive() -> dict:
        return {"type": f"{kind}.disconnect"}

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": kind,
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": b"photo=cat",
        "headers": pairs,
    }
    if kind == "websocket":
        del scope["method"]
    asyncio.run(app(scope, receive, send))
    return told


async def page(scope, receive, send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b"12345"})


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/tome/api/v1/record", "/tome/api/v1/record"),
        ("/_stcore/upload_file/5e55-10/f11e", "/_stcore/upload_file"),
        ("/media/0123abc.png", "/media"),
        ("/" + "x" * 999, "/" + "x" * 199),
    ],
)
def test_the_log_says_what_was_asked_and_not_by_whom(path, said):
    lines = []
    called(RequestLog(page, lines.append), path, user_agent="Somebody's browser", cookie="a=b")
    line = json.loads(lines[0])
    assert line.keys() == {"time", "method", "path", "status", "bytes", "seconds"}
    assert (line["method"], line["path"], line["status"], line["bytes"]) == ("GET", said, 204, 5)
    assert "cat" not in lines[0]
    assert "Somebody" not in lines[0]


def test_the_log_has_websockets_and_failures():
    lines = []

    async def fail(*_) -> None:
        raise ValueError

    called(RequestLog(page, lines.append), "/_stcore/stream", "websocket")
    with pytest.raises(ValueError):
        called(RequestLog(fail, lines.append), "/")
    socket, failed = map(json.loads, lines)
    assert (socket["method"], socket["status"]) == ("WEBSOCKET", 101)
    assert (failed["path"], failed["status"]) == ("/", 0)


def cookies(path: str, kind: str = "http", **headers: str) -> list[str]:
    told = called(ProcessCookie(page, "a", "/tome"), path, kind, **headers)
    return [value.decode() for name, value in told[0].get("headers", ()) if name == b"set-cookie"]


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_the_start_of_a_session_sets_the_process_cookie(kind):
    path = "/tome/_stcore/stream" if kind == "websocket" else "/tome/"
    assert cookies(path, kind) == ["tome_process=a; Path=/tome/; HttpOnly; SameSite=Lax"]
    assert cookies(path, kind, cookie="x=1; tome_process=b")
    assert cookies(path, kind, cookie="x=1; tome_process=a") == []


def test_over_tls_the_cookie_reaches_embedded_pages():
    assert cookies("/tome/", x_forwarded_proto="https")[0].endswith("; SameSite=None; Secure; Partitioned")


@pytest.mark.parametrize("path", ["/tome/api/v1/record", "/tome/static/js/index.js", "/tome/app/static/photos/cat.jpg"])
def test_a_record_from_another_process_leaves_the_cookie(path):
    assert cookies(path, cookie="tome_process=b") == []


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/tome/x/_stcore/metrics", "//_stcore/metrics", "/_stcore/metrics/"]
)
def test_the_metrics_are_closed_below_any_base(path):
    assert called(MetricsClosed(page), path)[0]["status"] == 404


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/metrics-of-mine", "/api/v1/ready"])
def test_nothing_else_is_closed_with_them(path):
    assert called(MetricsClosed(page), path)[0]["status"] == 204


DOCUMENTED = re.compile(r"^(Content-Security-Policy|X-Content-Type-Options|Referrer-Policy): (.*)$", re.MULTILINE)


def test_the_proxy_sets_the_headers_that_the_docs_name():
    told = dict(DOCUMENTED.findall((ROOT / "docs" / "how-to" / "serving.md").read_text()))
    template = (
        (DEPLOY / "nginx" / "templates" / "tome.conf.template")
        .read_text()
        .replace("${TOME_FRAMES}", "https://your.lms")
    )
    assert len(told) == 3
    for name, value in told.items():
        assert re.search(rf'add_header {name} "?{re.escape(value)}"? always;', template), name


def test_the_compose_file_sets_all_that_the_proxy_reads():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    read = set(re.findall(r"\$\{(\w+)\}", (DEPLOY / "nginx" / "templates" / "tome.conf.template").read_text()))
    assert read == set(services["nginx"]["environment"])
    for name in ("a", "b"):
        assert services[name]["environment"]["TOME_EXPLORER_PROCESS"] == name
        assert services["nginx"]["environment"][f"TOME_APP_{name.upper()}"] == f"{name}:8501"


def test_the_image_copies_all_that_the_wheel_is_made_of(tmp_path, tmp_path_factory):
    wheel, _ = once(tmp_path_factory, "released", build)
    clone, source = wheel.parents[1], tmp_path / "source"
    source.mkdir()
    stage = (DEPLOY / "Dockerfile").read_text().split("\nFROM")[1]
    for line in re.findall(r"^COPY (.+) \S+$", stage, re.MULTILINE):
        for name in line.split():
            subprocess.run(["cp", "-a", clone / name, source / name], check=True)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, source]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    (made,) = tmp_path.glob("*.whl")
    assert set(zipfile.ZipFile(made).namelist()) == set(zipfile.ZipFile(wheel).namelist())
