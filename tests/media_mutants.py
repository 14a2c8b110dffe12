"""Read damaged clips and sounds in one worker: `python tests/media_mutants.py 50000`, six minutes or more."""

import argparse
import os
import re
import time
from datetime import date

from media_files import clip, level_frames, mutants, sound, tone

from tome.lab.table import Table
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


def main(argv: list[str] | None = None) -> None:
    """Read ``count`` damaged files of each kind, 2,000 from each seed; print and store the counts."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("count", type=int, help="files of each kind")
    parser.add_argument("--csv", metavar="FILE", help="append the counts to this table; skip seeds already in it")
    args = parser.parse_args(argv)
    with Table(args.csv, ("kind", "seed")) as table:
        for kind in ("clip", "sound"):
            for seed in range(2, 2 + max(1, args.count // 2000)):
                record: dict[str, object] = {"kind": kind, "seed": seed}
                if record in table:
                    continue
                load = f"{os.getloadavg()[0]:.1f}"
                read, refused, crashed, slowest = through(kind, 2000, seed)
                record |= {"files": read + refused, "read": read, "refused": refused, "crashed": crashed}
                record |= {"slowest_seconds": f"{slowest:.2f}", "date": date.today().isoformat(), "load": load}
                table.append(record)
                print(*record.values(), flush=True)  # noqa: T201 - a command prints


if __name__ == "__main__":
    main()
