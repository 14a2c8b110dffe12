"""What arbitrary bytes and damaged headers do at each gate: the gate's own error in one sentence, and nothing else."""

import asyncio
import io
import re
import zipfile
from urllib.parse import quote

import corpus
import pytest
from damage import anything
from hypothesis import given, settings
from hypothesis import strategies as some
from test_folder import ending

from explorer.engine.task import Task
from explorer.export.origin import origin_of_file
from explorer.media import texts
from explorer.media.images import BadImage, load
from explorer.memory.shelf import Shelf
from explorer.records.query import Query
from explorer.records.service import service
from explorer.records.texts import source
from explorer.serving import EmbedAddress
from tome.config import MergeConfig


def says_one_sentence(error: Exception) -> bool:
    return str(error).endswith(".") and "\n" not in str(error) and len(str(error)) < 400


PHOTOS = corpus.small_files()


@settings(max_examples=300)
@given(anything(PHOTOS))
def test_any_bytes_as_a_photo_are_read_or_refused_in_a_sentence(content):
    try:
        assert load(content, "a.png").pixels.ndim == 3
    except BadImage as refused:
        assert says_one_sentence(refused)


ARCHIVES = corpus.small_archives()


@settings(max_examples=300)
@given(anything(ARCHIVES))
def test_any_bytes_as_an_archive_are_read_or_refused_in_a_sentence(content):
    for each in ending([("a.zip", content)]):
        assert isinstance(each, bytes) or each.endswith(".")


OURS = [
    corpus.png(16, 16, 8, 2, bytes(49 * 16), corpus.chunk(b"iTXt", b"tome-view\0\0\0\0\0{}")),
    corpus.huge_headers()["30000 x 30000 PNG"],
    b'<view xmlns="https://arxiv.org/abs/2210.09461">{"a": 1}</view>',
    b'<script type="application/json" id="record">{"panels": [{"origin": {}}]}</script>',
    b'{"origin": {"software": "x", "link": "?", "query": "", "name": "", "own": false, "digest": "", "settings": []}}',
    b'{"a":' * 9_999,
    b"GIF89a" + bytes(20),
]


@settings(max_examples=200)
@given(anything(OURS) | some.sampled_from(OURS))
def test_any_bytes_have_a_valid_origin_or_none(content):
    told = origin_of_file(content)
    assert told is None or isinstance(told.link, str)


@pytest.fixture(scope="module")
def minilm():
    loading = service().engine.model("minilm")
    assert loading.done.wait(300)
    return loading.backbone


@settings(max_examples=30)
@given(content=some.text(max_size=300) | some.text(alphabet="\0\u202e\ufeff\u2028 \tÀ́🐕字", max_size=300))
def test_any_text_has_a_record(minilm, content):
    text = texts.OwnText.of(content)
    texts.hold(text)
    assert "\0" not in text.content
    record = source(minilm, Query(text=text.digest, r=2)).record(MergeConfig(r=2), Shelf(megabytes=1), Task("test"))
    assert record.layers[-1].tokens >= 1


@pytest.fixture(scope="module")
def worker():
    pytest.importorskip("av")
    from tome.media.decode import Limits, Worker

    with Worker(Limits(cpu_seconds=5, wall_seconds=20)) as worker:
        yield worker


@pytest.mark.parametrize("kind", ["clip", "sound"])
def test_any_bytes_as_a_clip_or_sound_are_read_or_refused_in_a_sentence(worker, kind):
    from media_files import clip, level_frames, sound, tone, wav

    from tome.media.decode import BadMedia, read_clip, read_sound

    files = [clip(level_frames(6, 32, 48)), clip(level_frames(6, 32, 48), format="webm", codec="libvpx-vp9")]
    if kind == "sound":
        files = [wav(tone(0.1, 8000)[None], 8000)]
        files += [
            sound(tone(0.2, 16_000)[None], 16_000, format=format, codec=codec, layout="mono")
            for format, codec in (("mp3", "libmp3lame"), ("flac", "flac"), ("ipod", "aac"))
        ]

    @settings(max_examples=150)
    @given(anything(files))
    def check(content: bytes) -> None:
        try:
            if kind == "clip":
                assert len(read_clip(content, 2, worker=worker).frames) == 2
            else:
                assert abs(read_sound(content, worker=worker).waveform).max() <= 100
        except BadMedia as refused:
            assert says_one_sentence(refused)

    check()


@settings(max_examples=300)
@given(some.binary(max_size=60) | some.text(max_size=40).map(lambda text: quote(text).encode()))
def test_an_embedded_page_redirects_to_itself_only(query):
    told, passed = [], []

    async def page(scope, receive, send) -> None:
        passed.append(scope["query_string"])

    async def send(message: dict) -> None:
        told.append(message)

    asyncio.run(EmbedAddress(page)({"type": "http", "query_string": b"embed=1&" + query}, None, send))
    if not passed:
        location = dict(told[0]["headers"])[b"location"]
        assert told[0]["status"] == 307
        assert re.fullmatch(rb"\?[A-Za-z0-9%&=+._*~-]*", location)


def test_an_archive_of_anything_is_read_photo_by_photo():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.png", b"no photo")
    (content,) = ending([("a.zip", stream.getvalue())])
    with pytest.raises(BadImage):
        load(content, "a.png")
