"""Many readers at once: over the websocket without a browser, and in the pool."""

import http.client
import random
import statistics
import sys
import time
from pathlib import Path

import pytest
import sequence_models
import timm
import torch
from ceiling import peak
from sessions import Reader
from waiting import result
from websockets.exceptions import ConnectionClosedError

import tome
from explorer.engine.tasks import Tasks
from tome.models.audiomae import audiomae

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
from served import server

SETTINGS = [
    tome.MergeConfig(r=r, algorithm=algorithm, metric=metric)
    for r in (0, 3, 7, (4, -1.0))
    for algorithm, metric in (("bipartite", "cosine"), ("bipartite", "euclidean"), ("random_prune", "cosine"))
]


@pytest.fixture(scope="module")
def address():
    with server(STREAMLIT_SERVER_ALLOWED_HOSTS="127.0.0.1") as address:
        yield address


def status(address: str, path: str, host: str) -> int:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse().status
    connection.close()
    return answer


def test_a_host_that_is_not_allowed_is_answered_nowhere(address):
    for path in ("/", "/api/v1/model", "/api/v1/record?r=8", "/_stcore/host-config"):
        assert (status(address, path, "127.0.0.1"), status(address, path, "evil.example")) == (200, 400)


def test_the_body_of_an_answer_follows_its_head_at_once(address):
    connection, waits = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60), []
    for _ in range(20):
        connection.request("GET", "/api/v1/openapi.json", headers={"Host": "127.0.0.1"})
        answer = connection.getresponse()
        headed = time.perf_counter()
        answer.read()
        waits.append(time.perf_counter() - headed)
    connection.close()
    assert statistics.median(waits) < 0.02  # the least that Linux waits before it confirms a lone packet is 0.04


def test_a_message_beyond_what_a_browser_may_send_is_not_read():
    with server() as address, Reader(address) as reader:
        reader.run()
        before = peak()

        def send_much() -> None:
            reader.send(bytes(60_000_000))
            reader.read(30)

        with pytest.raises(ConnectionClosedError) as ended:
            send_much()
        # A server that hangs up while its client still sends may reset the wire before the reason is read.
        assert ended.value.rcvd is None or ended.value.rcvd.code == 1009
        assert peak() - before < 40
        with Reader(address) as another:
            assert another.run().texts("exception") == []


def test_the_server_tells_nobody_its_metrics(address):
    assert status(address, "/_stcore/metrics", "127.0.0.1") == 404
    assert status(address, "/_stcore/metrics/", "127.0.0.1") == 404
    assert status(address, "/_stcore/health", "127.0.0.1") == 200


def shared_model() -> torch.nn.Module:
    torch.manual_seed(0)
    return timm.create_model("test_vit").eval()


def mixed(model: torch.nn.Module, tasks: Tasks, count: int, seed: int) -> int:
    """Run ``count`` tasks of twelve sessions with mixed samples and settings; how many differ in one bit from serial.

    Photos, clips framewise and joint, and sounds through a model of classes and through Whisper.
    """
    dice = torch.Generator().manual_seed(seed)
    photos, sounds = torch.rand(4, 3, 160, 160, generator=dice), torch.rand(2, 1, 1, 128, 64, generator=dice)
    speech = [sequence_models.inputs("Whisper", batch=1), sequence_models.inputs("Whisper", batch=2)]
    classes = audiomae(image_size=(128, 64), classes=7, embed_dim=32, depth=3, num_heads=2)
    models = [model, *(tome.FrameModel(model, 4, attention) for attention in ("framewise", "joint"))]
    models += [classes, sequence_models.build("Whisper")]
    inputs = [(0, photos[i : i + 1]) for i in range(4)]
    inputs += [(kind, clip[None]) for kind in (1, 2) for clip in (photos, photos.flip(0))]
    inputs += [(kind, sound) for kind, kinds in ((3, sounds), (4, speech)) for sound in kinds]
    asked = [(number, config) for number in range(len(inputs)) for config in SETTINGS]

    def forward(number: int, config: tome.MergeConfig) -> tuple[torch.Tensor, ...]:
        kind, values = inputs[number]
        with torch.inference_mode():
            output, trace = tome.trace(models[kind], values, config)
        return output if isinstance(output, torch.Tensor) else output.logits, trace.tokens, trace.source(-1)

    expected = {choice: forward(*choice) for choice in asked}
    chance, wrong = random.Random(seed), 0
    for _ in range(count // 12):
        batch = [chance.choice(asked) for _ in range(12)]
        asked_for = [
            tasks.ask(str(i), object(), lambda task, c=choice: task.publish(forward(*c)))
            for i, choice in enumerate(batch)
        ]
        for choice, task in zip(batch, asked_for, strict=True):
            wrong += not all(map(torch.equal, result(task), expected[choice]))
    return wrong


@pytest.fixture
def one_thread():
    """Sums are taken in another order by another number of threads; what is bit-equal is one number of them."""
    torch.set_num_threads(1)


def test_threads_with_mixed_settings_get_bit_for_bit_what_serial_runs_get(one_thread):
    tasks = Tasks(workers=4, set_threads=lambda count: torch.set_num_threads(1))
    assert mixed(shared_model(), tasks, count=240, seed=0) == 0


def test_a_task_with_more_threads_differs_by_rounding_only(one_thread):
    model, photo = shared_model(), torch.rand(1, 3, 160, 160, generator=torch.Generator().manual_seed(1))

    def forward(threads: int) -> torch.Tensor:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            return tome.trace(model, photo, tome.MergeConfig(r=3))[0]

    torch.testing.assert_close(forward(1), forward(2), rtol=1e-5, atol=1e-5)


def test_sessions_keep_their_own_view_and_none_is_lost(address):
    links = [f"layer={layer}&fill={fill}" for layer in (2, 5, 9) for fill in ("region", "size")]
    readers = [Reader(address, link) for link in links]
    for reader in readers:
        reader.ask()
    for reader, link in zip(readers, links, strict=True):
        shown = reader.read().viewer()
        assert f"layer={shown['layer']}&fill={shown['fill']}" == link
    assert len({reader.session for reader in readers}) == len(links)
    for reader in readers:
        reader.drop()
    with Reader(address) as late:
        assert late.run().texts("exception") == []


HOSTILE = [
    "null", "[1]", '"x"', "3", "{}", '{"r": 4}', '{"r": [1]}', '{"r": {"a": 1}}', '{"r": [0, 5, 6]}', '{"r": ["x", 5]}',
    '{"r": [0, "x"]}', '{"r": [0, -1]}', '{"r": [0, 1e999]}', '{"r": [0, true]}', '{"layer": [0, "x"]}', '{"layer": [0, 99999]}',
    '{"layer": [0, null]}', '{"fill": [0, {}]}', '{"fill": [0, "x"]}', '{"pinned": [0, "x"]}', '{"pinned": [0, -1]}',
    '{"arrows": [0, 3]}', '{"reference": "x"}', '{"finished": [0, {"a": []}]}', '{"nonsense": 1}', '{"decreasing": [0, "yes"]}',
    '{"r": ' + "[" * 50 + "]" * 50 + "}",
]  # fmt: skip
"""what a browser may tell of the viewer"""


def test_whatever_a_browser_tells_of_the_viewer_breaks_no_page(address):
    with Reader(address, "layer=6") as reader:
        before = reader.until_ready().viewer()
        for told in HOSTILE:
            reader.tell(told)
            page = reader.run()
            assert page.texts("exception") == [], told
        reader.turn(5)
        page, record = reader.run(), reader.fetch(sample="dog", r=5)
    tokens = [layer["tokens"] for layer in record["layers"]]
    assert f"{tokens[0]} → {tokens[-1]}" in page.texts("metric")
    assert {name: page.viewer()[name] for name in ("fill", "pinned")} == {"fill": before["fill"], "pinned": None}


def test_nothing_that_a_page_sends_names_a_session_or_a_path(address):
    with Reader(address) as reader:
        page = reader.run()
    sent = b"".join(element.SerializeToString() for element in page.elements)
    assert reader.session
    assert reader.session.encode() not in sent
    assert str(Path(__file__).parents[2]).encode() not in sent


def test_uploads_beyond_the_cap_are_refused_by_the_server(address):
    with Reader(address) as reader:
        reader.run()
        statuses = [reader.put(str(number), bytes(16 * 2**20)) for number in range(5)]
        assert statuses == [204, 204, 204, 413, 413]  # the form around a file counts too
        assert reader.put("large", bytes(51 * 2**20)) == 413
        assert reader.delete("0", token=False) == 403
        assert reader.put("more", bytes(16 * 2**20)) == 413  # what was not taken back still counts
        assert reader.delete("0") == 204
        assert reader.put("more", bytes(15 * 2**20)) == 204
        assert reader.run().texts("exception") == []
