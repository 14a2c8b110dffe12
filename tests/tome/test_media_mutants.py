"""2,000 damaged clips and sounds through one worker: frames, samples or one sentence, in bounded time."""

import re
import sys
import time

import pytest

pytest.importorskip("av")

from media_files import clip, level_frames, mutants, sound, tone

from tome.media.decode import BadMedia, Limits, Worker, read_clip, read_sound
from tome.media.worker import DIED

LIMITS = Limits(cpu_seconds=5, wall_seconds=20)


def through(kind: str, count: int, seed: int) -> tuple[int, int, int, float]:
    """Return how many mutants were read, how many were refused, how many crashed the worker, and the slowest in seconds."""
    if kind == "clip":
        contents = [
            clip(level_frames(12, 32, 48), sound=True),
            clip(level_frames(12, 32, 48), format="webm", codec="libvpx-vp9"),
        ]
    else:
        contents = [
            sound(tone(0.5, 16_000)[None], 16_000, format=format, codec=codec, layout="mono")
            for format, codec in (("ipod", "aac"), ("mp3", "libmp3lame"), ("flac", "flac"), ("ogg", "libopus"))
            if codec != "libopus"
        ] + [sound(tone(0.5, 48_000)[None], 48_000, format="ogg", codec="libopus", layout="mono")]
    read = refused = ended = 0
    slowest = 0.0
    with Worker(LIMITS) as worker:
        for content in contents:
            for mutant in mutants(content, count // len(contents), seed):
                start = time.monotonic()
                try:
                    if kind == "clip":
                        got = read_clip(mutant, 2, worker=worker)
                        assert got.frames.shape[0] == len(got.times) == 2
                    else:
                        assert abs(read_sound(mutant, worker=worker).waveform).max() <= 100
                    read += 1
                except BadMedia as error:
                    assert re.fullmatch(r"The [^\n]{10,170}\.", str(error)), error
                    refused += 1
                    ended += str(error) == DIED
                slowest = max(slowest, time.monotonic() - start)
    return read, refused, ended, slowest


@pytest.mark.parametrize("kind", ["clip", "sound"])
def test_mutants_end_as_a_result_or_as_one_sentence(kind):
    read, refused, ended, slowest = through(kind, 2000, seed=1)
    assert read + refused == 2000
    assert read > 100, "some are hardly damaged"
    assert refused > 100
    assert ended == 0
    assert slowest < LIMITS.wall_seconds + 2


if __name__ == "__main__":  # python tests/tome/test_media_mutants.py 50000
    for kind in ("clip", "sound"):
        for seed in range(2, 2 + max(1, int(sys.argv[1]) // 2000)):
            print(kind, seed, *through(kind, 2000, seed))  # noqa: T201 - a command prints
