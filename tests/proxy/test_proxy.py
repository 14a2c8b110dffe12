"""Behind nginx as deploy/ sets it up: what a class of readers relies on."""

import http.client
import json
import time
from contextlib import ExitStack, closing
from urllib.parse import urlencode, urlsplit

import pytest
from sessions import Reader, ask
from websockets.exceptions import ConnectionClosed

READERS = 6


def test_a_page_and_its_record_come_over_tls_under_a_path(place):
    with place.reader() as reader:
        assert reader.until_ready().viewer()
        assert reader.fetch(sample="cat", r=9)["name"] == "cat"
    assert ask(place.address, "/app/static/photos/cat.jpg").status == 200
    assert ask(place.address.removesuffix("/tome"), "/api/v1/health").status == 404


def test_a_record_of_a_sample_comes_from_the_cache(place):
    path = f"/api/v1/record?{urlencode({'sample': 'owl', 'r': 7})}"
    first, second = ask(place.address, path), ask(place.address, path)
    assert (first.header("x-cache"), second.header("x-cache")) == ("MISS", "HIT")
    assert first.content == second.content
    packed = ask(place.address, path, **{"Accept-Encoding": "gzip"})
    assert (packed.header("content-encoding"), len(packed.content) < len(first.content)) == ("gzip", True)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/ready", "/api/v1/record?r=-3", "/api/v1/record?photo=" + "0" * 64, "/api/v1/records?panels=[{}]&r=3"],
)
def test_what_is_not_a_record_of_a_sample_is_asked_for_each_time(place, path):
    for _ in range(2):
        assert ask(place.address, path).header("x-cache") in ("", "MISS")


def test_the_lines_of_a_streamed_answer_arrive_one_by_one(place):
    panels = [{"algorithm": name, "r": 11} for name in ("bipartite", "greedy", "optimal", "kmeans")]
    query = urlencode({"sample": "horses", "size": 224, "panels": json.dumps(panels)})
    address = urlsplit(place.address)
    with closing(http.client.HTTPSConnection(address.netloc, timeout=120)) as connection:
        connection.request("GET", f"{address.path}/api/v1/records?{query}")
        answer = connection.getresponse()
        came = [(time.perf_counter(), json.loads(line)) for line in answer]
    records = [at for at, line in came if "record" in line]
    assert len(records) >= len(panels)
    assert records[-1] - records[0] > 0.1, "all at once"


def test_an_upload_above_the_cap_is_refused(place):
    with place.reader() as reader:
        reader.run()
        assert reader.put("large", bytes(52 * 2**20)) == 413
        assert reader.put("small", bytes(2**20)) == 204


def test_readers_stay_with_the_process_that_has_their_session(place):
    with ExitStack() as stack:
        readers = [stack.enter_context(place.reader()) for _ in range(READERS)]
        for reader in readers:
            reader.run()
        assert {reader.cookie.partition("tome_process=")[2][:1] for reader in readers} == {"a", "b"}
        assert [reader.put("file", b"x") for reader in readers] == [204] * READERS


def test_the_proxy_says_who_may_embed_and_hides_the_metrics(place):
    page = ask(place.address, "/")
    policy = page.header("content-security-policy")
    assert policy.startswith("default-src 'self'; script-src 'self' blob: 'sha256-")
    assert policy.endswith("frame-ancestors 'self' https://lms.example")
    assert page.header("x-content-type-options") == "nosniff"
    assert ask(place.address, "/_stcore/metrics").status == 404
    (cookie,) = [value for name, value in page.headers if name == "set-cookie" and "tome_process" in value]
    assert cookie.partition("; ")[2] == "Path=/tome/; HttpOnly; SameSite=None; Secure; Partitioned"


def test_the_log_holds_nothing_personal(place, folder):
    with place.reader("photo=pig") as reader:
        reader.run()
        reader.put("name-of-a-file", b"x")
        session = reader.session
    text = (folder / "access.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"/tome/_stcore/upload_file", "/tome/"} <= {line["path"] for line in lines}
    assert all(word not in text for word in (session, "name-of-a-file", "pig", "127.0.0.1", "?", "python"))


def test_after_a_kill_every_reader_is_back_by_the_same_link_within_5_seconds(place):
    with ExitStack() as stack:
        readers = [stack.enter_context(place.reader("layer=6&fill=size")) for _ in range(READERS)]
        before = [reader.until_ready().viewer() for reader in readers]
        place.kill("a")
        start, moved = time.perf_counter(), 0
        for reader, view in zip(readers, before, strict=True):
            try:
                page = reader.run()
            except ConnectionClosed:
                moved += 1
                again = stack.enter_context(Reader(place.address, "layer=6&fill=size", cookie=reader.cookie))
                page = again.run()
                assert again.fetch(sample="dog", r=5)["name"] == "dog"
            assert page.viewer() == view
        assert time.perf_counter() - start < 5
        assert 0 < moved < READERS
        with place.reader() as late:  # who opens the page now is told the process that is left
            late.run()
            assert late.put("file", b"x") == 204
            place.start("a")
            assert late.put("file", b"x") == 204, "the reader stays where the session is"
