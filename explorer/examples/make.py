"""Measure the stored examples of Speed, Training, Video, Sound and the labs again: `make examples`, on an idle machine.

Results of a busy machine are refused, by the same rule as readers' own measurements.
"""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psutil

from explorer.engine.clip_run import ATTENTION
from explorer.engine.engine import Engine
from explorer.engine.models import EMBEDDED
from explorer.engine.models import load as load_model
from explorer.engine.task import Task
from explorer.labs import order
from explorer.locale.language import mark
from explorer.measuring.examples import FOLDER, Example
from explorer.measuring.points import points, rates
from explorer.measuring.pruning import images
from explorer.measuring.rows import rows
from explorer.measuring.speed import sweep, time_parts
from explorer.measuring.steady import busy
from explorer.media.images import load, sample_pictures
from explorer.media.sounds import SAMPLES as SOUNDS
from explorer.records.clips import compared
from explorer.records.query import Query
from explorer.records.schema import Record
from explorer.records.service import Records
from explorer.records.sounds import SoundSource
from explorer.records.stored import CLIP, STORED
from explorer.sound import search
from explorer.training.courses import Course, Score, Step, time_step
from tome.config import MergeConfig
from tome.lab.measure import machine
from tome.matching import ALGORITHMS

__all__ = ["NAMES", "measure"]

NAMES = ("over_r", "algorithms", "parts", "step", "training", "crossing", "order", "limit")
SIDE, BATCH, R, EPOCHS, TRAINED_R, ROUNDS, TRIES = 224, 1, 16, 10, 4, 15, 6


def measure(name: str) -> Example:
    """Measure the example ``name``.  Raises RuntimeError if the machine stays too busy."""
    for _ in range(TRIES):
        load = round(psutil.getloadavg()[0], 1)
        found, plain = _TAKE[name]()
        if plain is None or not busy(plain):
            return Example(f"{datetime.now(UTC):%Y-%m-%d}", load, **found)
    raise RuntimeError(f"the machine was too busy for the example {name}: {busy(plain)}")


def _model_and_images(batch: int = BATCH):
    backbone = load_model(EMBEDDED)
    photos = [load(path.read_bytes(), name) for name, path in sample_pictures()]
    photos.sort(key=lambda photo: not photo.name.startswith("dog"))
    setting = {"model": backbone.label, "image_size": SIDE, "batch": batch}
    return backbone.model, images(backbone, photos[:batch], SIDE), setting


def _job():
    return Task("examples")


def _swept(configs: list):
    model, images, setting = _model_and_images()
    told: list[Any] = []
    sweep(model, images, configs, _job(), told.append, rounds=ROUNDS, seconds=300)
    found = points(told, model, SIDE, BATCH)
    setting["rounds"] = ROUNDS
    return {"machine": told[0], "setting": setting, "rows": rows(found)}, found[0].throughput


def _over_r():
    asked = sorted({*rates(257, 1, 12, 6), R})
    return _swept([MergeConfig(r=form) for r in asked for form in (r, (r, -1.0))])


def _algorithms():
    return _swept([MergeConfig(r=R, algorithm=name) for name in ALGORITHMS])


def _parts():
    model, images, setting = _model_and_images()
    told: list[Any] = []
    time_parts(model, images, MergeConfig(r=R), _job(), told.append, rounds=ROUNDS, seconds=300)
    names = ("attention", "matching", "merging", "mlp")
    blocks = [{name: round(1e3 * getattr(block, name).median, 4) for name in names} for block in told[-1]]
    return {"machine": told[0], "setting": {**setting, "r": R, "rounds": ROUNDS}, "rows": blocks}, told[-1][0].mlp


def _step():
    model, images, setting = _model_and_images(4)
    told: list[Any] = []
    time_step(model, images, MergeConfig(r=R), _job(), told.append, rounds=9, seconds=300)
    found = told[-1]
    row = {
        "plain_seconds": found.plain_seconds.median, "seconds": found.seconds.median, "predicted": found.predicted,
        **found.speed_up.columns("speed_up"),
    }  # fmt: skip
    setting |= {"r": R, "rounds": found.rounds}
    return {"machine": told[0], "setting": setting, "rows": [row]}, found.plain_seconds


def _training():
    course = Course.of_vits(TRAINED_R, EPOCHS)
    course.go(_job(), lambda event: None)
    steps = [
        {"trained_r": s.r, "epoch": s.progress.epoch, "step": s.progress.step, "loss": round(s.progress.loss, 4),
         "accuracy": s.progress.accuracy, "seconds": round(s.seconds, 4)}
        for s in course.told if isinstance(s, Step)
    ]  # fmt: skip
    tested = [vars(each) for each in course.told if isinstance(each, Score)]
    setting = {"model": mark("two tiny ViTs"), "r": TRAINED_R, "epochs": EPOCHS}
    # Loss and accuracy hang on no clock, and the seconds are not drawn.
    return {"machine": course.told[0], "setting": setting, "rows": steps, "tested": tested}, None


def _crossing():
    records, rows = Records(Engine()), []
    for query in STORED:
        if query.clip is None:
            continue
        source = records.source(query, wait=300)
        for kind in ATTENTION:
            record = records.run(replace(source, attention=kind), query.config, _job())
            rows.append({"clip": query.clip, "attention": kind, **compared(record)})
    setting = {"model": source.backbone.label, "image_size": CLIP.size, "frames": CLIP.frames, "r": CLIP.config.r}
    return {"machine": machine(), "setting": setting, "rows": rows}, None  # no times


def _order():
    setting, rows = {}, []
    for r in (13, R):
        label, lines = order.measured(r)
        setting = {"model": label, "image_size": order.SIDE}
        rows += [order.record(r, verdict) for verdict in order.verdicts(lines, MergeConfig(r=r))]
    return {"machine": machine(), "setting": setting, "rows": rows}, None  # no times


def _limit():
    records, rows = Records(Engine()), []
    for name in SOUNDS:
        source = records.source(Query(sound=name), wait=300)
        for decreasing in (False, True):
            told = {"sound": name, "decreasing": decreasing}
            rows += [{**told, **row} for row in _searched(records, source, decreasing)]
    return {"machine": machine(), "setting": {"model": source.whisper.label}, "rows": rows}, None  # no times


def _searched(records: Records, source: SoundSource, decreasing: bool) -> list[search.Row]:
    rows = []

    def run(config: MergeConfig) -> Record:
        record = records.run(source, config, _job())
        rows.append(search.row(config, record))
        return record

    search.search(run, decreasing)
    return rows


_TAKE = {
    "over_r": _over_r,
    "algorithms": _algorithms,
    "parts": _parts,
    "step": _step,
    "training": _training,
    "crossing": _crossing,
    "order": _order,
    "limit": _limit,
}


if __name__ == "__main__":
    for name in sys.argv[1:] or NAMES:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{name}.json").write_text(json.dumps(vars(measure(name)), separators=(",", ":")) + "\n")
        sys.stdout.write(f"{name}\n")
