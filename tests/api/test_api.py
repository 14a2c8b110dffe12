"""The routes: what they answer, what they refuse, what may be cached, and who is let go."""

import base64
import gc
import gzip
import http.client
import json
import re
import shutil
import subprocess
import threading
import time
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
import uvicorn
from PIL import Image
from starlette.applications import Starlette

from explorer.api.routes import routes
from explorer.engine import models
from explorer.engine.engine import Loading
from explorer.engine.models import EMBEDDED
from explorer.media import clips
from explorer.media.files import File
from explorer.media.images import Picture
from explorer.media.photos import hold
from explorer.memory.guard import Busy
from explorer.memory.shelf import Shelf
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.records.stored import stored

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture(scope="module")
def host():
    """The routes on a free port, the embedded model ready."""
    assert service().engine.model(EMBEDDED).done.wait(300)
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes()), port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"{host}:{port}"
    server.should_exit = server.force_exit = True
    thread.join()


@pytest.fixture
def get(host):
    def ask(path: str, **headers: str):
        connection = http.client.HTTPConnection(host, timeout=60)
        connection.request("GET", f"/api/v1/{path}", headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer

    return ask


@pytest.mark.parametrize("path", ["record?r=8", "record?r=-3", "photo?sample=dog", "model"])
def test_a_response_is_neither_sniffed_framed_nor_read_by_other_sites(get, path):
    answer = get(path)
    assert answer.getheader("x-content-type-options") == "nosniff"
    assert "frame-ancestors 'none'" in answer.getheader("content-security-policy")
    assert answer.getheader("cross-origin-resource-policy") == "same-origin"


@pytest.mark.parametrize("path", ["record?r=8", "records?panels=[{}]", "figure?format=gif", "photo", "model", "health"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
def test_a_page_of_another_site_starts_no_work(get, path, headers):
    answer = get(path, **headers)
    assert (answer.status, json.loads(answer.content)["errors"][0]["rule"]) == (
        403,
        "pages of other sites are not answered",
    )


def test_own_pages_external_links_and_programs_are_answered(get, host):
    for headers in (
        {"Origin": f"http://{host}"},
        {"Origin": f"https://{host}"},  # behind a proxy that speaks TLS
        {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "cors"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"},
        {},
    ):
        assert get("photo?sample=dog", **headers).status == 200


def test_a_record_counts_the_tokens_after_every_block(get):
    answer = get("record?sample=dog&model=embedded&size=224&r=16")
    assert answer.status == 200
    record = json.loads(answer.content)
    assert [layer["tokens"] for layer in record["layers"]] == list(range(267, 74, -16))
    assert record["class_cosine"] == pytest.approx(0.9924, abs=1e-3)
    assert record["plain"]["gflops"] > record["figures"]["gflops"]
    Record.model_validate(record)


def test_a_configuration_is_named_by_the_fields_of_a_merge_config(get):
    first, second = (json.loads(get(f"record?r=8&{more}").content) for more in ("", "metric=dot&feature=query"))
    assert first["layers"][1]["labels"] != second["layers"][1]["labels"]
    decreasing = json.loads(get("record?r=8,-1").content)["layers"]
    assert decreasing[0]["tokens"] - decreasing[1]["tokens"] == 16
    listed = json.loads(get("record?r=[4,0,2]").content)["layers"]
    assert [a["tokens"] - b["tokens"] for a, b in pairwise(listed)] == [4, 0, 2] + [0] * 9


@pytest.mark.parametrize(
    ("bad", "parameter", "rule", "got"),
    [
        ("r=-3", "r", "at least 0", "-3"),
        ("r=x", "r", "must be a number", "x"),
        ("metric=cos", "metric", "one of cosine", "cos"),
        ("seed=-1", "seed", "between 0", "-1"),
        ("size=9", "size", "greater than or equal to 56", "9"),
        ("sample=unicorn", "sample", "one of dog", "unicorn"),
        ("crop=round", "crop", "'whole' or 'square'", "round"),
        ("clip=bunny&sound=jfk", "sound", "left out beside clip", "jfk"),
        ("text=tale", "text", "one of sea", "tale"),
        ("clip=bunny&frames=3", "frames", "greater than or equal to 4", "3"),
        ("clip=dolphin", "clip", "one of bunny", "dolphin"),
        ("clip=bunny&attention=global", "attention", "'framewise'", "global"),
        ("clip=bunny&algorithm=evit", "algorithm", "class token", "evit"),
        ("clip=bunny&start=-1", "start", "greater than or equal to 0", "-1"),
        ("clip=" + 64 * "0", "clip", "open session", 64 * "0"),
        ("photo=" + 64 * "0", "photo", "open session", 64 * "0"),
        ("model=resnet18", "model", "ResNet", "resnet18"),
        ("colour=red", "colour", "not permitted", "red"),
        ("proportional_attention=perhaps", "proportional_attention", "boolean", "perhaps"),
    ],
)
def test_an_error_names_the_parameter_the_rule_and_the_value(get, bad, parameter, rule, got):
    answer = get(f"record?{bad}")
    assert answer.status == 422
    (error,) = json.loads(answer.content)["errors"]
    assert (error["parameter"], error["got"]) == (parameter, got)
    assert rule in error["rule"]


def test_a_record_has_an_etag_compression_and_public_caching(get):
    plain, zipped = get("record?r=7"), get("record?r=7", accept_encoding="gzip")
    assert gzip.decompress(zipped.content) == plain.content
    assert len(zipped.content) < 0.7 * len(plain.content)
    assert plain.getheader("cache-control").startswith("public")
    tag = plain.getheader("etag")
    for known in (tag, f"W/{tag}", "*", f'"older", {tag}', f'W/"older",W/{tag}'):
        assert get("record?r=7", if_none_match=known).status == 304
    for other in ('"older"', tag.strip('"'), "", '"*"'):
        assert get("record?r=7", if_none_match=other).status == 200
    assert get("record?r=9").getheader("etag") != plain.getheader("etag")


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True), ("br, GZIP;q=0.5", True), ("*", True), ("gzip;q=0", False), ("gzip; q=0.000", False),
        ("*;q=0, gzip", True), ("*, gzip;q=0", False), ("identity", False), ("", False),
    ],
)  # fmt: skip
def test_an_answer_is_compressed_only_for_clients_that_accept_it(get, accepted, packed):
    for path in ("record?r=7", panels({}, r=6)):
        assert (get(path, accept_encoding=accepted).getheader("content-encoding") == "gzip") == packed


@pytest.mark.parametrize("path", ["nonsense", "records/", "record/7", "", "openapi", "%2e%2e/record"])
def test_what_is_no_route_is_answered_404_in_json(get, path):
    answer = get(path)
    assert (answer.status, answer.getheader("content-type")) == (404, "application/json")
    assert json.loads(answer.content)["errors"][0]["rule"].endswith("/api/v1/openapi.json lists them all")


def test_an_uploaded_photo_is_private_and_ends_with_its_session(get):
    pixels = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    mine = Picture(pixels=pixels, digest=64 * "a", name="mine.png", note="")
    hold(mine)
    record = get(f"record?photo={mine.digest}&size=112")
    assert record.getheader("cache-control").startswith("private")
    photo = get(json.loads(record.content)["picture"]["src"].removeprefix("api/v1/"))
    assert photo.content[:3] == b"\xff\xd8\xff"
    assert photo.getheader("cache-control").startswith("private")
    del mine
    gone_by = time.monotonic() + 10  # the answer's own thread may hold it for a moment after the last byte
    while (status := get(f"photo?photo={64 * 'a'}").status) == 200 and time.monotonic() < gone_by:
        gc.collect()  # what was computed from it hangs in cycles
    assert status == 422


def test_a_clip_has_a_record_with_frames(get):
    answer = get("record?clip=bunny&frames=4&size=112&r=10")
    record = Record.model_validate_json(answer.content)
    patches = 4 * record.grid[0] * record.grid[1]
    assert [layer.tokens for layer in record.layers] == [patches + 4 - 10 * layer for layer in range(13)]
    assert len(record.frames.times) == 4
    assert answer.getheader("cache-control").startswith("public")
    sheet = get(record.picture.src.removeprefix("api/v1/"))
    assert (sheet.status, sheet.content[:3]) == (200, b"\xff\xd8\xff")
    with Image.open(BytesIO(sheet.content)) as image:
        assert image.size == (record.picture.width, 4 * record.picture.height)


def test_an_uploaded_clip_is_private(get):
    mine = File.of(clips.FILES.named("dog-pan").content + b"\0", "mine.mp4")
    clips.FILES.hold(mine)
    for path in (f"record?clip={mine.digest}&frames=4&size=56", f"frames?clip={mine.digest}"):
        answer = get(path)
        assert answer.status == 200
        assert answer.getheader("cache-control").startswith("private")


@pytest.mark.parametrize("sample", ["clip=bunny", "sound=jfk", "text=sea"])
def test_panels_are_of_photos(get, sample):
    answer = get(f"records?{sample}&panels=[{{}}]")
    assert answer.status == 422
    (error,) = json.loads(answer.content)["errors"]
    assert error["rule"] == "panels must be of a photo"


def test_a_sound_is_served_whole_in_ranges_and_as_a_spectrogram(get):
    whole = get("sound?sound=jfk")
    part = get("sound?sound=jfk", range="bytes=100-199")
    assert (whole.status, whole.content[:4], part.status) == (200, b"RIFF", 206)
    assert part.content == whole.content[100:200]
    assert part.getheader("content-range") == f"bytes 100-199/{len(whole.content)}"
    assert get("sound?sound=jfk", range="bytes=-10").content == whole.content[-10:]
    beyond = get("sound?sound=jfk", range="bytes=99999999-")
    assert (beyond.status, beyond.getheader("content-range")) == (416, f"bytes */{len(whole.content)}")
    for no_range in ("bytes=9-2", "bytes=-", "bytes=0-1,4-5", "lines=1-2"):
        assert get("sound?sound=jfk", range=no_range).content == whole.content
    assert get("spectrogram?sound=jfk").content[:4] == b"\x89PNG"
    assert get("sound?sound=whale").status == 422


def test_a_full_queue_answers_with_retry_after(get, monkeypatch):
    def full(*args, **options):
        raise Busy("64 runs are waiting already. Please try again in a moment.")

    monkeypatch.setattr(service().tasks, "ask", full)
    answer = get("record?r=99")
    assert answer.status == 503
    assert int(answer.getheader("retry-after")) > 0
    assert "64 runs" in json.loads(answer.content)["errors"][0]["rule"]


@pytest.fixture
def endless(monkeypatch):
    """Runs that end only when nobody wants them any more; gives what has begun and what was let go."""
    begun, ended = [], threading.Event()

    def run(source, config, task):
        begun.append(config.r)
        try:
            while config.r > 100:
                task.check()
                time.sleep(0.005)
        except BaseException:
            ended.set()
            raise
        return stored()

    monkeypatch.setattr(service(), "run", run)
    monkeypatch.setattr(service(), "_records", Shelf(megabytes=4))
    return begun, ended


def test_closing_the_request_ends_its_run_between_two_blocks(host, get, endless):
    begun, ended = endless
    get("record?r=7")
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", "/api/v1/record?r=101")
    while 101 not in begun:
        time.sleep(0.005)
    connection.sock.close()
    assert ended.wait(10)


def test_the_newest_request_of_a_client_takes_the_place_of_its_older_one(host, get, endless):
    begun, ended = endless
    older = []
    thread = threading.Thread(target=lambda: older.append(get("record?r=102", x_client="ada").status))
    thread.start()
    while 102 not in begun:
        time.sleep(0.005)
    assert get("record?r=11", x_client="ada").status == 200
    thread.join(10)
    assert older == [409]
    assert ended.is_set()


def test_a_shared_run_continues_without_its_first_client(host, get, endless):
    begun, ended = endless
    both = []
    for client in ("ada", "ben"):
        thread = threading.Thread(target=lambda c=client: both.append(get("record?r=103", x_client=c).status))
        thread.start()
        while 103 not in begun:
            time.sleep(0.005)
    time.sleep(0.1)
    assert begun.count(103) == 1
    assert get("record?r=12", x_client="ada").status == 200
    assert not ended.wait(0.2)
    assert get("record?r=13", x_client="ben").status == 200
    assert ended.wait(10)


def panels(*configs: dict, **query) -> str:
    return "records?" + urlencode({"panels": json.dumps(configs), **query})


def lines(answer) -> list[dict]:
    return [json.loads(line) for line in answer.content.splitlines()]


def test_several_configurations_come_as_lines_the_input_first_and_each_panel_once(get):
    told = lines(get(panels({}, {"metric": "dot"}, {"algorithm": "greedy"}, {}, r=6)))
    assert [layer["tokens"] for layer in told[0]["input"]["layers"]] == [267]
    assert told[-1] == {"end": True}
    found = {line["panel"]: line for line in told if "panel" in line}
    assert sorted(found) == [0, 1, 2, 3]
    assert next(line["panel"] for line in told if "panel" in line) == 0
    assert [found[i]["record"]["layers"][-1]["tokens"] for i in range(4)] == [267 - 12 * 6] * 4
    assert (found[0]["tag"] == found[3]["tag"], found[0]["tag"] == found[1]["tag"]) == (True, False)
    single = json.loads(get("record?r=6").content)
    assert found[0]["record"]["layers"] == single["layers"]
    Record.model_validate(found[0]["record"])


def test_the_first_panel_comes_as_far_as_the_layer_that_is_asked_for_and_then_whole(get):
    told = [line for line in lines(get(panels({}, {"metric": "dot"}, r=5, layer=4))) if line.get("panel") == 0]
    part, whole = (line["record"] for line in told)
    assert (part["depth"], len(part["layers"]), "tag" in told[0]) == (12, 5, False)
    assert part["layers"] == whole["layers"][:5]


def test_every_panel_has_the_similarities_of_the_requested_patch(get):
    told = lines(get(panels({}, {"metric": "dot"}, r=6, patch=17)))
    close = [line["similarity"] for line in told if "panel" in line]
    assert [each[0] for each in close] == [None, None]
    assert close[0][1]["high"] == pytest.approx(1, abs=0.01)
    assert close[1][1]["high"] != pytest.approx(1, abs=0.01)


def test_a_patch_is_compared_with_those_of_another_photo(get):
    answer = get("similarity?sample=dog&beside=owl&r=6&patch=17")
    told = json.loads(answer.content)
    assert (answer.status, answer.getheader("cache-control")) == (200, "public, max-age=300")
    assert (told["patch"], told["layers"][0], told["beside"][0]) == (17, None, None)
    assert told["layers"][1]["high"] == pytest.approx(1, abs=0.01)
    records = [json.loads(get(f"record?sample={name}&r=6").content) for name in ("dog", "owl")]
    for layers, record in zip((told["layers"], told["beside"]), records, strict=True):
        assert len(layers) == len(record["layers"])
        assert len(base64.b64decode(layers[12]["values"])) == record["grid"][0] * record["grid"][1]
    alone = json.loads(get("similarity?sample=dog&beside=dog&r=6&patch=17").content)
    assert alone["layers"] == alone["beside"]
    panel = next(line for line in lines(get(panels({}, r=6, patch=17))) if "panel" in line)
    assert alone["layers"] == panel["similarity"]


@pytest.mark.parametrize(
    ("bad", "parameter", "rule"),
    [
        ("sample=dog&patch=3", "beside", "required"),
        ("sample=dog&beside=owl", "patch", "required"),
        ("sample=dog&beside=owl&patch=266", "patch", "below the 266 patches"),
        ("sample=dog&beside=owl&patch=-1", "patch", "greater than or equal to 0"),
        ("sample=dog&beside=unicorn&patch=3", "beside", "must be one of"),
        (f"sample=dog&beside={'0' * 64}&patch=3", "beside", "an open session holds"),
        ("clip=bunny&beside=owl&patch=3", "beside", "must be a photo beside a photo"),
        ("sample=dog&beside=owl&patch=3&metric=cos", "metric", "must be one of"),
    ],
)
def test_a_bad_request_for_another_photo_is_refused_by_name(get, bad, parameter, rule):
    answer = get(f"similarity?{bad}")
    (error,) = json.loads(answer.content)["errors"]
    assert (answer.status, error["parameter"]) == (422, parameter)
    assert rule in error["rule"]


def test_the_similarity_to_an_upload_is_for_its_reader_only(get):
    hold(picture := Picture(np.zeros((40, 60, 3), np.uint8), "b" * 64, "mine.png", ""))
    answer = get(f"similarity?sample=dog&beside={'b' * 64}&r=6&patch=17")
    assert (answer.status, answer.getheader("cache-control")) == (200, "private, max-age=300")
    assert picture.name.encode() not in answer.content


def test_a_panel_that_fails_fails_alone(get, monkeypatch):
    from tome.matching import greedy

    def fail(scene):
        raise ValueError("no pair was found")

    monkeypatch.setattr(greedy, "match", fail)
    told = {line["panel"]: line for line in lines(get(panels({}, {"algorithm": "greedy"}, r=31))) if "panel" in line}
    assert told[1]["error"] == "Greedy matching failed: no pair was found."
    assert "record" in told[0]


def test_each_compressed_line_can_be_read_on_arrival(get):
    plain, packed = get(panels({}, r=6)), get(panels({}, r=6), accept_encoding="gzip")
    assert gzip.decompress(packed.content) == plain.content
    assert packed.getheader("content-encoding") == "gzip"


@pytest.mark.parametrize(
    ("bad", "parameter", "rule"),
    [
        ({"panels": "x"}, "panels", "JSON list"),
        ({"panels": "[]"}, "panels", "at least 1"),
        ({"panels": json.dumps([{}] * 13)}, "panels", "at most 12"),
        ({"panels": '[{}, {"metric": "cos"}]'}, "panels", "panel 1: metric must be one of cosine"),
        ({"panels": '[{"sample": "cat"}]'}, "panels", "panel 0 names sample"),
        ({"panels": "[{}]", "patch": "266"}, "patch", "below the 266 patches"),
        ({"panels": "[{}]", "layer": "x"}, "layer", "integer"),
        ({"panels": "[{}]", "clip": "bunny"}, "panels", "must be of a photo"),
        ({}, "panels", "required"),
    ],
)
def test_a_bad_request_for_several_is_refused_by_name(get, bad, parameter, rule):
    answer = get("records?" + urlencode(bad))
    (error,) = json.loads(answer.content)["errors"]
    assert (answer.status, error["parameter"]) == (422, parameter)
    assert rule in error["rule"]


def test_a_full_queue_answers_panels_with_retry_after(get, monkeypatch):
    def full(*args, **options):
        raise Busy("64 runs are waiting already. Please try again in a moment.")

    monkeypatch.setattr(service().tasks, "ask", full)
    answer = get(panels({}, r=98))
    assert (answer.status, answer.getheader("retry-after")) == (503, "2")


@pytest.fixture
def slow(monkeypatch):
    """Of several configurations only the first is ever there; gives what has begun and what was let go."""
    from explorer.engine import compare

    plainly, begun, ended = compare.trials, threading.Event(), threading.Event()

    def endless(backbone, start, configs, check, on_trial, **more):
        plainly(backbone, start, configs[:1], check, on_trial, **more)
        begun.set()
        try:
            while True:
                check(3)
                time.sleep(0.005)
        except BaseException:
            ended.set()
            raise

    monkeypatch.setattr(compare, "trials", endless)
    monkeypatch.setattr(service(), "results", Shelf(megabytes=64))
    return begun, ended


def opened(host: str, path: str, **headers: str):
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", f"/api/v1/{path}", headers={k.replace("_", "-"): v for k, v in headers.items()})
    return connection, connection.getresponse()


def until(answer, name: str) -> dict:
    while name not in (line := json.loads(answer.readline())):
        pass
    return line


def test_the_first_panel_arrives_early_and_closing_cancels_the_others(host, slow):
    _, ended = slow
    connection, answer = opened(host, panels({}, {"metric": "dot"}, r=14))
    assert until(answer, "record")["panel"] == 0
    assert until(answer, "progress")["progress"] == {"done": 1, "total": 2, "note": "layer 4 of 12"}
    assert not ended.is_set()
    answer.close()
    connection.close()
    assert ended.wait(10)


def test_a_client_may_repeat_a_request_that_it_has_just_closed(host, slow):
    _, ended = slow
    first = opened(host, panels({}, {"metric": "dot"}, r=14), x_client="eve")
    until(first[1], "record")
    again = opened(host, panels({}, {"metric": "dot"}, r=14, patch=3), x_client="eve")
    until(again[1], "record")
    for each in reversed(first):
        each.close()
    assert not ended.wait(0.5)
    for each in reversed(again):
        each.close()
    assert ended.wait(10)


def test_a_newer_request_for_several_takes_the_place_of_the_clients_older_one(host, get, slow):
    _, ended = slow
    older = opened(host, panels({}, {"metric": "dot"}, r=14), x_client="kim")
    until(older[1], "record")
    newer = opened(host, panels({}, r=15), x_client="kim")
    assert "newer request" in until(older[1], "error")["error"]
    assert ended.is_set()
    for each in (*reversed(older), *reversed(newer)):
        each.close()


def test_loading_progress_ends_with_ready(get):
    answer = get("model?model=embedded")
    assert json.loads(answer.content.splitlines()[-1]) == {"ready": True}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_of_the_docs_do_what_they_say(host):
    commands = re.findall(r"^curl .*$", DOCS.read_text(), re.MULTILINE)
    assert len(commands) >= 2
    for command in commands:
        shown = subprocess.run(
            ["bash", "-c", command.replace("localhost:8501", host)], capture_output=True, check=True, text=True
        ).stdout
        assert shown.strip() in DOCS.read_text()


def test_a_model_without_memory_is_a_state_of_the_server_and_loads_once_there_is_some(get, monkeypatch):
    model = "random:test_vit2"
    for name in ("record?", "records?panels=[{}]&", "figure?format=txt&", "similarity?beside=cat&patch=0&"):
        with monkeypatch.context() as patched:
            patched.setattr(models, "short_of_memory", lambda size: "The server is short of memory. Please wait.")
            short = get(f"{name}model={model}&r=2")
        assert (short.status, short.getheader("retry-after")) == (503, "2")
        assert json.loads(short.content)["errors"] == [
            {"rule": "test_vit2 was not loaded. The server is short of memory. Please wait."}
        ]
    assert get(f"record?model={model}&r=2").status == 200


def test_a_request_for_a_model_that_waits_for_others_is_answered_in_its_turn(get, monkeypatch):
    engine, asked = service().engine, []

    def crowded(key):
        asked.append(key)
        return Loading(key) if len(asked) < 3 else loads(key)  # the first two have not begun

    loads = engine.model
    monkeypatch.setattr(engine, "model", crowded)
    assert get("record?model=random:test_vit&r=2&size=56").status == 200
    asked.clear()
    assert json.loads(get("model?model=random:test_vit").content.splitlines()[-1]) == {"ready": True}
