"""Hypothesis strategies for arbitrary bytes and damaged copies of valid files."""

from collections.abc import Callable

from hypothesis import strategies as some

__all__ = ["anything", "damaged"]

HEADER = 64
Bytes = some.SearchStrategy[bytes]


@some.composite
def damaged(draw: Callable, files: list[bytes]) -> bytes:
    """One of ``files`` with some bytes overwritten, deleted or inserted, mostly in the header, and possibly truncated."""
    content = bytearray(draw(some.sampled_from(files)))
    for _ in range(draw(some.integers(1, 4))):
        within = min(len(content), HEADER) if draw(some.booleans()) else len(content)
        at = draw(some.integers(0, max(within - 1, 0)))
        new = draw(some.binary(max_size=8) | some.sampled_from([b"\xff" * 4, b"\0" * 8, b"\x7f\xff\xff\xff"]))
        content[at : at + draw(some.sampled_from([0, len(new), 4, 64]))] = new
    return bytes(content[: draw(some.integers(0, len(content)))] if draw(some.booleans()) else content)


def anything(files: list[bytes]) -> Bytes:
    """Arbitrary bytes, with or without the start of a valid file, and damaged files."""
    start = some.sampled_from([each[:8] for each in files])
    return some.binary(max_size=300) | some.tuples(start, some.binary(max_size=300)).map(b"".join) | damaged(files)
