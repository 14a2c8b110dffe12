"""2,000 damaged clips and sounds through one worker: frames, samples or one sentence, in bounded time."""

import pytest

pytest.importorskip("av")

from media_mutants import LIMITS, through


@pytest.mark.parametrize("kind", ["clip", "sound"])
def test_mutants_end_as_a_result_or_as_one_sentence(kind):
    read, refused, ended, slowest = through(kind, 2000, seed=1)
    assert read + refused == 2000
    assert read > 100, "some are hardly damaged"
    assert refused > 100
    assert ended == 0
    assert slowest < LIMITS.wall_seconds + 2
