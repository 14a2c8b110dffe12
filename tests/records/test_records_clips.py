"""The record of a clip says what the trace of its frames says."""

from base64 import b64decode
from itertools import pairwise

import numpy as np
import pytest
import torch

import tome
from explorer.engine import clip_run
from explorer.engine.models import EMBEDDED, load
from explorer.engine.task import Superseded, Task
from explorer.media import clips
from explorer.media.files import File
from explorer.memory.shelf import Shelf
from explorer.records import clips as clip_records
from explorer.records import stored
from explorer.records.errors import BadQuery
from explorer.records.query import Query
from explorer.records.schema import DROPPED


def task():
    return Task("test")


@pytest.fixture(scope="module")
def backbone():
    return load(EMBEDDED)


@pytest.fixture(scope="module")
def told(backbone):
    kept = Shelf(megabytes=8)

    def tell(**asked):
        query = Query(**{"clip": "bunny", "frames": 4, "size": 112, "r": 20, **asked})
        source = clip_records.source(backbone, query)
        return source.record(query.config, kept, task()), source

    return tell


def labels(record):
    shape = (len(record.frames.times), *record.grid)
    return [np.frombuffer(b64decode(layer.labels), "<u2").reshape(shape) for layer in record.layers]


@pytest.mark.parametrize("attention", ["framewise", "joint", "frames-apart"])
def test_labels_edges_and_counts_of_a_clip_agree(told, attention):
    record, _ = told(attention=attention)
    assert [a.tokens - b.tokens for a, b in pairwise(record.layers)] == [20] * 12
    for layer, own in zip(record.layers, labels(record), strict=True):
        assert sorted(set(own.flat)) == list(range(layer.tokens - record.prefix))
    for before, after, here in zip(labels(record), labels(record)[1:], record.layers[1:], strict=False):
        assert len(here.source) == 20
        for source, destination in zip(here.source, here.destination, strict=True):
            (one,), (two,) = (set(after[before == token].flat) for token in (source, destination))
            assert one == two
        assert here.similarity == sorted(here.similarity, reverse=True)


def test_labels_are_the_sources_of_the_trace(told, backbone):
    record, source = told()
    pixels = clip_run.pixels(backbone, source.clip, source.view)
    mean, std = (torch.tensor(part) for part in (backbone.mean, backbone.std))
    images = ((torch.from_numpy(pixels).float() / 255 - mean) / std).permute(0, 3, 1, 2)
    with torch.inference_mode():
        _, trace = tome.trace(tome.FrameModel(backbone.model, 4), images[None], tome.MergeConfig(r=20))
    for layer in range(12):
        assert (
            labels(record)[layer + 1].ravel() == trace.source(layer)[0, trace.prefix :].numpy() - trace.prefix
        ).all()


def test_frames_apart_are_each_the_photo_merged_alone(told, backbone):
    record, source = told(attention="frames-apart")
    assert set(record.frames.spanning) == {0.0}
    pixels = clip_run.pixels(backbone, source.clip, source.view)[2]
    mean, std = (torch.tensor(part) for part in (backbone.mean, backbone.std))
    image = ((torch.from_numpy(pixels).float() / 255 - mean) / std).permute(2, 0, 1)
    with torch.inference_mode():
        _, trace = tome.trace(backbone.model, image[None], tome.MergeConfig(r=5))
    own = labels(record)[-1][2].ravel().astype(int)
    assert (own - own.min() == trace.source()[0, 1:].numpy() - 1).all()


def test_spanning_is_the_share_of_merged_tokens_in_several_frames(told):
    record, _ = told()
    own = labels(record)[-1]
    frames_of = [{frame for frame, *_ in np.argwhere(own == token)} for token in range(own.max() + 1)]
    merged = [frames for token, frames in enumerate(frames_of) if (own == token).sum() > 1]
    assert record.frames.spanning[-1] == pytest.approx(np.mean([len(f) > 1 for f in merged]), abs=1e-4)
    assert record.frames.spanning[0] == 0


def test_merging_nothing_frame_by_frame_is_the_plain_run(told):
    assert told(r=0)[0].class_cosine == pytest.approx(1, abs=1e-6)
    assert told(r=0, attention="frames-apart")[0].class_cosine == pytest.approx(1, abs=1e-6)
    joint, _ = told(r=0, attention="joint")
    assert joint.class_cosine < 0.999
    apart, _ = told(r=0, attention="frames-apart")
    assert apart.figures.gflops == pytest.approx(apart.plain.gflops)


def test_a_pruned_patch_of_a_clip_has_the_number_for_none(told):
    record, _ = told(algorithm="random_prune")
    assert (labels(record)[-1] == DROPPED).sum() == 12 * 20


def test_the_colours_are_those_of_the_patches(told, backbone):
    record, source = told()
    colours = np.frombuffer(b64decode(record.colours), np.uint8).reshape(4, *record.grid, 3)
    patch = clip_run.pixels(backbone, source.clip, source.view)[3, 14:28, 28:42]
    assert np.abs(colours[3, 1, 2] - patch.mean((0, 1))).max() <= 0.5


@pytest.mark.parametrize(
    ("asked", "parameter", "rule"),
    [
        ({"algorithm": "evit"}, "algorithm", "class token"),
        (
            {"algorithm": "threshold_merge", "attention": "frames-apart"},
            "algorithm",
            "equally many tokens in every frame",
        ),
        ({"frames": 16, "size": 336}, "frames", "at most 4,200 patches"),
        ({"clip": "dolphin"}, "clip", "one of bunny"),
        ({"start": 9}, "clip", "bunny.mp4"),
    ],
)
def test_what_cannot_be_run_on_a_clip_is_refused_by_name(backbone, asked, parameter, rule):
    with pytest.raises(BadQuery) as refused:
        clip_records.source(backbone, Query(**{"clip": "bunny", **asked}))
    assert refused.value.parameter == parameter
    assert rule in refused.value.rule


def test_a_model_that_takes_no_clips_is_refused(backbone):
    with pytest.raises(BadQuery, match="VisionTransformer"):
        clip_records.source(load("random:eva02_tiny_patch14_224"), Query(clip="bunny", model="eva02"))


def test_a_part_of_a_clip_has_the_times_of_the_part():
    file = clips.FILES.named("bunny")
    times = clips.frames(file, 4, 1.0, 1.0).times
    assert 1.0 <= times[0] < times[-1] < 2.0


def test_a_cancelled_clip_stops_between_blocks(backbone, told):
    _, source = told()
    cancelled = task()
    cancelled.cancel()
    with pytest.raises(Superseded):
        clip_run.run(backbone, source.clip, source.view, tome.MergeConfig(r=4), "framewise", cancelled)


def test_an_uploaded_clip_goes_with_its_session():
    mine = File.of(clips.FILES.named("bunny").content + b"\0", "mine.mp4")
    clips.FILES.hold(mine)
    digest = mine.digest
    assert clips.FILES.named(digest) is mine
    del mine
    with pytest.raises(KeyError):
        clips.FILES.named(digest)


@pytest.mark.parametrize("name", clips.SAMPLES)
def test_the_stored_clip_is_what_the_embedded_model_says_today(name):
    (query,) = (query for query in stored.STORED if query.clip == name)
    kept, now = stored.stored(query), stored.compute(query)
    assert (kept.version, kept.grid, kept.caption, kept.frames.times) == (
        now.version, now.grid, now.caption, now.frames.times,
    )  # fmt: skip
    assert kept.class_cosine == pytest.approx(now.class_cosine, abs=1e-2)
    assert [layer.tokens for layer in kept.layers] == [layer.tokens for layer in now.layers]
