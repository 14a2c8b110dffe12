"""What a reader's files and archives are taken for: photos, or one sentence."""

import bz2
import gc
import io
import struct
import time
import zipfile

import corpus
import pytest
from test_images import peak_growth

from explorer.media.folder import MOST_BYTES, MOST_DIRECTORY, entries
from explorer.media.images import BadImage

PHOTO = corpus.saved(corpus.Image.fromarray(corpus.asymmetric(8, 12)), "PNG")


def listing(count: int, name: bytes = b"", extra: bytes = b"") -> bytes:
    """An archive of a list of ``count`` members and nothing else."""
    fields = (b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, len(name), len(extra), 0, 0, 0, 0, 0)
    members = (struct.pack("<4s4B4HL2L5H2L", *fields) + name + extra) * count
    return (
        b"PK\3\4" + bytes(26) + members
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, len(members), 30, 0)
    )  # fmt: skip


def zipped(content: bytes, method: int = zipfile.ZIP_DEFLATED, name: str = "a.png") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def ending(files: list[tuple[str, bytes]]) -> list[bytes | str]:
    """What becomes of the files: contents and sentences."""
    try:
        found = entries(files)
    except BadImage as refused:
        return [str(refused)]
    endings = []
    for entry in found:
        try:
            endings.append(entry.read())
        except BadImage as refused:
            endings.append(str(refused))
    return endings


def test_a_million_members_are_refused_before_they_are_parsed():
    archive = listing(1_000_000)
    start = time.process_time()
    assert ending([("many.zip", archive)]) == ["“many.zip” lists too many files: pack 200 photos at most."]
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "archive",
    [
        listing(MOST_DIRECTORY // 46),
        listing(MOST_DIRECTORY // 60, b"__MACOSX/a.png"),
        listing(3, b"a.png", struct.pack("<HH", 0x9999, 0) * 16_000),
    ],
    ids=["empty names", "resource forks", "long extra fields"],
)
def test_the_longest_lists_that_are_parsed_take_a_moment_and_all_together_too(archive):
    start = time.process_time()
    entries([("long.zip", archive)])
    with pytest.raises(BadImage, match="more than 200 files"):
        entries([("long.zip", archive)] * 300)
    assert time.process_time() - start < 1.0


def test_members_without_a_name_are_left_out():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("", "a.png"):
            archive.writestr(zipfile.ZipInfo(name), PHOTO)
    assert ending([("odd.zip", stream.getvalue())]) == [PHOTO]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_unpacks_more_than_was_promised_is_not_read(method):
    (sentence,) = ending([("odd.zip", zipped(PHOTO, method))])
    assert sentence.startswith("“a.png” uses an unsupported compression method")


def test_a_bomb_that_promises_little_takes_no_memory():
    packed = bz2.compress(bytes(2 * MOST_BYTES))
    archive = bytearray(zipped(packed, zipfile.ZIP_STORED))
    for start in (archive.find(b"PK\3\4") + 8, archive.find(b"PK\1\2") + 10):
        archive[start : start + 2] = zipfile.ZIP_BZIP2.to_bytes(2, "little")
    assert peak_growth(lambda: ending([("bomb.zip", bytes(archive))])) < 20


def test_a_damaged_stream_is_one_sentence():
    archive = bytearray(zipped(PHOTO))
    start = archive.find(b"a.png") + 5
    archive[start : start + 8] = b"\xff" * 8
    assert ending([("torn.zip", bytes(archive))]) == ["“a.png” cannot be unpacked: it is damaged or encrypted."]


def test_ten_thousand_damaged_archives_end_as_photos_or_as_sentences():
    photos = sentences = 0
    slowest = 0.0
    gc.collect()  # what other tests left is not counted
    for archive in corpus.mutants(0, 10_000, corpus.small_archives()):
        start = time.process_time()
        for each in ending([("mutant.zip", archive)]):
            if isinstance(each, str):
                assert each.endswith((".", "archive.", "encrypted."))
                sentences += 1
            else:
                photos += 1
        slowest = max(slowest, time.process_time() - start)
    assert min(photos, sentences) > 2_000, (photos, sentences)
    assert slowest < 0.5
