"""What goes wrong around the app: the hub, the disk, the weights, memory, uploads, a reader who leaves."""

import errno
import gc
import socket
import sys
import threading
import time
import weakref
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType, SimpleNamespace

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest
from test_pages import APP, viewer

from explorer.engine import engine as engines
from explorer.engine import hub, models
from explorer.engine.checkpoints import DiskFull
from explorer.engine.engine import Engine
from explorer.engine.models import EMBEDDED, ModelError, load
from explorer.memory import guard
from explorer.records.service import service
from explorer.shell.text import literal

HUB_MODEL = "test_vit.r160_in1k"


@pytest.fixture
def online(monkeypatch):
    """Nothing is cached, and nobody has switched the hub off."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


@pytest.fixture
def silent_hub(online, monkeypatch):
    """A hub that accepts every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.setattr(hub, "SILENCE_SECONDS", 1.0)
        release = threading.Event()
        monkeypatch.setattr(hub, "_fetch", lambda *_: release.wait(60))
        yield
        release.set()


def test_a_silent_hub_is_given_up_while_others_load_their_models(silent_hub):
    ready = Engine()
    waiting, start = ready.model(HUB_MODEL), time.monotonic()
    other = ready.model("random:test_vit")
    assert other.done.wait(60)
    assert other.backbone is not None
    assert waiting.done.wait(60)
    assert "sent nothing for 1 seconds" in waiting.error
    assert time.monotonic() - start < 30


def test_a_silent_hub_does_not_hold_the_lock_that_loads_share(silent_hub, monkeypatch):
    monkeypatch.setattr(hub, "SILENCE_SECONDS", 30.0)
    ready = Engine()
    waiting = ready.model(HUB_MODEL)
    assert ready.model("random:test_vit").done.wait(25)
    assert not waiting.done.is_set()


def test_a_look_up_of_the_hubs_name_that_hangs_is_given_up(online, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(hub.socket, "create_connection", lambda *_, **__: release.wait(60))
    start = time.monotonic()
    with pytest.raises(hub.HubUnreachable, match=r"sent nothing for 2\.5 seconds"):
        hub.download("timm/x", "model.safetensors", lambda note: None)
    release.set()
    assert time.monotonic() - start < 30  # half of what it hangs, on a machine however busy


@pytest.fixture
def talking_hub(online, monkeypatch, tmp_path):
    """A hub for one file of 30 MB, asked by the real client: it sends half of it, and the rest once told."""
    going_on, halfway, size = threading.Event(), threading.Event(), 30_000_000

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200)
            for name, value in {"ETag": '"weights"', "X-Repo-Commit": "c" * 40, "Content-Length": str(size)}.items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self):
            self.do_HEAD()
            self.wfile.write(bytes(size // 2))
            halfway.set()
            going_on.wait(60)
            self.wfile.write(bytes(size - size // 2))

        def log_message(self, *_):
            pass

        def handle(self):
            with suppress(OSError):  # the client has hung up
                super().handle()

    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        template = f"{address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        yield SimpleNamespace(going_on=going_on, halfway=halfway)
        going_on.set()
        server.shutdown()


def test_a_hub_that_falls_silent_in_mid_transfer_is_given_up(talking_hub, monkeypatch):
    monkeypatch.setattr(hub, "SILENCE_SECONDS", 1.0)
    start = time.monotonic()
    with pytest.raises(hub.HubUnreachable, match="sent nothing for 1 seconds"):
        hub.download("timm/x", "model.safetensors", lambda note: None)
    assert talking_hub.halfway.is_set()
    assert time.monotonic() - start < 20


def test_a_hub_that_takes_its_time_is_waited_for(talking_hub):
    talking_hub.going_on.set()
    assert hub.download("timm/x", "model.safetensors", lambda note: None).stat().st_size == 30_000_000


def test_a_disk_that_is_full_while_the_weights_arrive_is_called_full(talking_hub, monkeypatch, tmp_path):
    talking_hub.going_on.set()
    blobs = tmp_path / "models--timm--x" / "blobs"
    blobs.mkdir(parents=True)
    # The client makes its file's name of this.
    monkeypatch.setattr("uuid.uuid4", lambda: SimpleNamespace(hex="0" * 32))
    (blobs / "weights.00000000.incomplete").symlink_to("/dev/full")  # where every write fails as on a full disk
    with pytest.raises(DiskFull, match="the disk of this server is full"):
        hub.download("timm/x", "model.safetensors", lambda note: None)


def test_a_full_disk_is_called_a_full_disk(online, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(hub, "_check_reachable", lambda: None)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", full)
    with pytest.raises(DiskFull, match=r"was not loaded: the disk of this server is full\.$"):
        load(HUB_MODEL)


@pytest.fixture
def app(monkeypatch):
    """The app with an engine of its own, nothing loaded."""
    own = Engine()
    monkeypatch.setattr(service(), "engine", own)
    monkeypatch.setattr(service(), "tasks", own.tasks)

    def open_app(**query: str) -> AppTest:
        at = AppTest.from_file(APP, default_timeout=240)
        for name, value in query.items():
            at.query_params[name] = value
        return at

    open_app.engine = own
    return open_app


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_without_its_weights_the_app_says_so_and_the_stored_story_stays(app, damage, monkeypatch, tmp_path):
    path = tmp_path / "dinov2.safetensors"
    if damage == "cut":
        path.write_bytes(models.WEIGHTS.read_bytes()[:1_000_000])
    monkeypatch.setattr(models, "WEIGHTS", path)
    assert app.engine.model(EMBEDDED).done.wait(60)
    at = app().run()
    assert not at.exception
    assert len(at.error) == 1
    assert "missing" in at.error[0].value if damage == "missing" else "could not be read" in at.error[0].value
    assert str(tmp_path) not in at.error[0].value
    assert viewer(at)["ask"]["query"] == {}  # the stored record's


def test_an_empty_file_of_weights_is_refused_and_the_hub_not_asked(tmp_path):
    (tmp_path / "test_vit.none.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    with pytest.raises(ModelError, match="contains no weights"):
        load("file:test_vit.none.safetensors", tmp_path)


def test_a_model_larger_than_the_memory_left_is_refused_unbuilt(monkeypatch):
    monkeypatch.setattr(guard, "ceiling", lambda: guard.resident() + 2**29)
    start = guard.resident()
    with pytest.raises(ModelError, match=r"vit_giant_patch14_clip_224 was not loaded. .*would take 3\.\d GB"):
        load("random:vit_giant_patch14_clip_224")
    assert guard.resident() - start < 2**28


def test_above_the_ceiling_no_run_is_begun_and_the_page_says_why(app, monkeypatch):
    assert app.engine.model(EMBEDDED).done.wait(60)
    monkeypatch.setattr(guard, "ceiling", lambda: 1)
    at = app(r="13", photo="frog").run()
    assert not at.exception
    assert "short of memory" in at.warning[0].value


def test_many_names_at_once_load_a_few_and_the_others_wait_their_turn(monkeypatch):
    release, begun = threading.Event(), []
    monkeypatch.setattr(engines, "load", lambda key, *_: begun.append(key) or release.wait(60))
    ready = Engine()
    names = [f"random:vit_{number}" for number in range(50)]
    loads = [ready.model(name) for name in names]
    first, last = loads[: engines.LOADING], loads[-1]
    assert not any(one.done.is_set() or one.error for one in loads)
    assert last.note == "waiting until other models are loaded"
    release.set()
    assert all(one.done.wait(30) for one in first)  # or their collecting of garbage would meet another test's
    assert sorted(begun) == sorted(names[: engines.LOADING])
    assert ready.model(names[-1]).done.wait(30), "who asks again has it loaded"


def test_an_evicted_model_is_freed_although_it_was_frozen(monkeypatch):
    class Knot:
        def __init__(self):
            self.itself = self

    gone: list[weakref.ref] = []

    def knot(*_):
        made = Knot()
        gone.append(weakref.ref(made))
        return made

    monkeypatch.setattr(engines, "load", knot)
    monkeypatch.setattr(engines, "_warm_up", lambda backbone: None)
    ready = Engine()
    for number in range(engines.KEEP + 2):
        assert ready.model(f"model {number}").done.wait(30)
    assert gone[-1]() is not None
    assert gone[0]() is None
    gc.unfreeze()


def test_what_a_page_imports_is_frozen_once_and_not_while_a_model_loads(monkeypatch):
    release, frozen = threading.Event(), []
    monkeypatch.setattr(engines, "load", lambda *_: release.wait(30))
    monkeypatch.setattr(engines, "_warm_up", lambda backbone: None)
    ready = Engine()
    ready.settle()
    loading = ready.model("slow")
    monkeypatch.setattr(engines.gc, "freeze", lambda: frozen.append(len(sys.modules)))
    ready.settle()
    assert not frozen
    release.set()
    assert loading.done.wait(30)
    ready.settle()
    assert len(frozen) == 1  # by the load
    monkeypatch.setitem(sys.modules, "imported.by.a.page", ModuleType("imported.by.a.page"))
    ready.settle()
    ready.settle()
    assert len(frozen) == 2


def test_garbage_is_collected_now_and_then_and_not_after_every_page(monkeypatch):
    collected = []
    monkeypatch.setattr(engines, "COLLECT_SECONDS", 1.0)
    monkeypatch.setattr(engines.gc, "collect", lambda: collected.append(1))
    ready = Engine()
    for _ in range(3):
        ready.settle()
    assert len(collected) == 1
    monkeypatch.setattr(engines, "COLLECT_SECONDS", -1.0)  # as if a long time had passed
    ready.settle()
    assert len(collected) == 2
    assert config.get_option("runner.postScriptGC") is False  # Streamlit's own, after every rerun


def test_a_load_that_the_disk_ends_says_so(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(engines, "load", full)
    loading = Engine().model("random:test_vit")
    assert loading.done.wait(30)
    assert loading.error.endswith("this server's disk is full, or cannot be read or written.")


@pytest.mark.parametrize("jump", [-1e8, 1e8])
def test_a_clock_that_jumps_shows_the_same_view(app, monkeypatch, jump):
    assert app.engine.model(EMBEDDED).done.wait(60)
    at = app(layer="6").run()
    seen, clock = viewer(at), time.time
    monkeypatch.setattr(time, "time", lambda: clock() + jump)
    monkeypatch.setattr(time, "time_ns", lambda: int((clock() + jump) * 1e9))
    for again in (at, app(layer="6")):
        assert not again.run().exception
        assert viewer(again) == seen


HOSTILE = "![x](http://host.invalid/p.png) www.host.invalid :red[x] <img src=x>"


def test_a_name_in_a_link_is_shown_as_text(app):
    assert app.engine.model(f"random:{HOSTILE}").done.wait(60)
    at = app(model="other", timm=HOSTILE, random="true").run()
    assert not at.exception
    assert literal(f"{HOSTILE[:80]!r}") in at.error[0].value
    assert "](" not in at.error[0].value
