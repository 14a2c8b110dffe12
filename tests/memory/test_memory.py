"""The ceiling of memory: what is on its way counts, whatever it is, and what does not fit is refused in a sentence."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import corpus
import pytest
from routes import ask
from test_pages import APP, AppTest

from explorer.engine import media_models, models, packaged
from explorer.engine.media_weights import at_random
from explorer.engine.models import EMBEDDED, ModelError
from explorer.engine.task import Task
from explorer.media import clips, files, images
from explorer.media.files import File
from explorer.media.images import BadImage
from explorer.memory import guard
from explorer.memory.guard import Busy, room_for
from explorer.memory.shelf import Shelf
from explorer.records import clips as records_of_clips
from explorer.records.query import Query
from explorer.records.service import service
from tome.config import MergeConfig


@pytest.fixture
def room(monkeypatch):
    """Let the ceiling leave room for some bytes, and the process grow by none."""

    def leave(size: int) -> None:
        monkeypatch.setattr(guard, "resident", lambda: 1000)
        monkeypatch.setattr(guard, "ceiling", lambda: 1000 + size)

    return leave


def has_room(size: int) -> bool:
    try:
        with room_for(size):
            return True
    except Busy:
        return False


def test_reserved_memory_counts_until_it_is_allocated(room):
    room(100)
    with room_for(60):
        assert (has_room(40), has_room(41)) == (True, False)
    assert has_room(100)
    with pytest.raises(ZeroDivisionError), room_for(60):
        _ = 1 / 0
    assert has_room(100)


def test_of_simultaneous_requests_as_many_start_as_fit(room):
    room(350)
    decided, begun = threading.Barrier(16), []

    def begin(number: int) -> None:
        try:
            with room_for(100):
                begun.append(number)
                decided.wait(30)
        except Busy:
            decided.wait(30)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(begin, range(16)))
    assert len(begun) == 3


def test_work_that_takes_next_to_nothing_does_not_wait_for_what_is_on_its_way(room):
    room(100)
    with room_for(100):
        room(50)
        assert guard.short_of_memory() == ""
        assert guard.short_of_memory(1)


def test_a_model_counts_while_it_is_built(room, monkeypatch):
    made, left = models._created, []
    size = 4 * sum(p.numel() for p in models.load("random:test_vit").model.parameters())
    room(size + 2**20)
    monkeypatch.setattr(
        models, "_created", lambda *which: left.append((has_room(2**20), has_room(2**20 + 1))) or made(*which)
    )
    models.load("random:test_vit")
    assert left == [(True, False)]
    room(size - 1)
    with pytest.raises(ModelError, match=r"test_vit was not loaded\. The server is short of memory"):
        models.load("random:test_vit")


def test_a_model_that_waited_for_its_weights_is_refused_where_there_is_no_room_any_more(room, monkeypatch):
    room(2**40)
    monkeypatch.setattr(models, "_from_hub", lambda *_: room(0))
    with pytest.raises(ModelError, match=r"was not loaded\. The server is short of memory"):
        models.load("test_vit.r160_in1k")


@pytest.mark.parametrize("key", ["random:videomae_vit_small", "random:ast_small"])
def test_a_model_of_clips_or_sounds_counts_while_it_is_built(room, monkeypatch, key):
    size, left = 2 * 4 * 12 * 12 * 384**2, []
    room(size)
    monkeypatch.setattr(media_models, "at_random", lambda name: left.append(has_room(1)) or at_random(name))
    assert 0.8 < 2 * 4 * sum(p.numel() for p in models.load(key).model.parameters()) / size < 1.2
    assert left == [False]
    room(size - 1)
    with pytest.raises(ModelError, match=r"was not loaded\. The server is short of memory"):
        models.load(key)


@pytest.mark.parametrize("key", packaged.PACKAGED)
def test_a_packaged_model_counts_while_it_is_loaded(room, monkeypatch, key):
    known, left = packaged.PACKAGED[key], []
    monkeypatch.setitem(packaged.PACKAGED, key, replace(known, load=lambda: left.append(has_room(1))))
    room(known.nbytes)
    models.load(key)
    assert left == [False]
    room(known.nbytes - 1)
    with pytest.raises(ModelError, match=r"was not loaded\. The server is short of memory"):
        models.load(key)


def test_the_weights_of_a_file_are_kept_once():
    assert "state_dict" not in models.load(EMBEDDED).model.pretrained_cfg


def test_a_picture_counts_while_it_is_decoded(room, monkeypatch):
    content, size = corpus.jpeg(100, 50), 100 * 50 * images.PIXEL_BYTES
    eight_bit, left = images.eight_bit, []
    room(size)
    monkeypatch.setattr(images, "eight_bit", lambda image: left.append(has_room(1)) or eight_bit(image))
    images.load(content)
    assert left == [False]
    room(size - 1)
    with pytest.raises(BadImage, match="needs more memory than is free"):
        images.load(content)


@pytest.fixture
def fresh(monkeypatch):
    """Clips of which nothing is decoded yet."""
    monkeypatch.setattr(clips.FILES, "_decoded", Shelf(megabytes=8))
    assert service().engine.model(EMBEDDED).done.wait(300)


def test_a_clip_counts_while_it_is_decoded_and_is_refused_with_the_time_to_come_again(fresh, room, monkeypatch):
    file, left = clips.FILES.named("dog-pan"), []
    room(files.DECODER_BYTES)
    clips.FILES.decoded(file, "x", lambda worker: left.append(has_room(1)), lambda value: 1)
    assert left == [False]
    room(files.DECODER_BYTES - 1)
    status, body = ask("record", clip="dog-pan", frames=4, size=56)
    assert (status, b"short of memory" in body) == (503, True)


def test_a_clip_that_many_ask_for_is_decoded_once(fresh):
    file, decoded, all_there = File.of(b"clip", "mine.mp4"), [], threading.Barrier(8)

    def read(_: int) -> object:
        all_there.wait(30)
        return clips.FILES.decoded(file, "x", lambda worker: decoded.append(1) or "frames", lambda value: 1)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(8))) == {"frames"}
    assert decoded == [1]


def test_the_run_of_a_clip_counts_by_its_pairs_of_patches(fresh, room):
    asked = {"clip": "dog-pan", "frames": 4, "size": 56, "r": 3}
    pairs = service().source(Query(**asked), 300).patches ** 2
    room(records_of_clips.PAIR_BYTES * pairs - 1)
    status, body = ask("record", **asked)
    assert (status, b"short of memory" in body) == (503, True)
    room(records_of_clips.PAIR_BYTES * pairs)
    assert ask("record", **asked)[0] == 200


def test_the_run_of_a_model_of_clips_counts_too(fresh, room):
    key = "random:videomae_vit_small"
    assert service().engine.model(key).done.wait(300)
    source = service().source(Query(clip="dog-pan", model=key, r=3), 300)
    room(records_of_clips.PAIR_BYTES * 1568**2 - 1)
    with pytest.raises(Busy, match="short of memory"):
        source.record(MergeConfig(r=3), Shelf(megabytes=1), Task("test"))


def test_a_page_whose_clip_does_not_fit_says_so(fresh, room):
    room(1)
    at = AppTest.from_file(APP, default_timeout=240)
    for name, value in {"clip": "dog-pan", "frames": "5", "clip_side": "112"}.items():
        at.query_params[name] = value
    at.switch_page("_pages/video.py").run()
    assert not at.exception
    assert "short of memory" in at.warning[0].value
