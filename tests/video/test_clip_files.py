"""A clip through an image model: what the record and the contact sheet say is what the trace says."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tome
from explorer import cli
from explorer.engine.models import EMBEDDED, load
from explorer.engine.task import Task
from explorer.video.sheet import contact_sheet, painted
from explorer.video.write import run_clip
from tome.media.decode import read_clip
from tome.media.kinds import Clip

ROOT = Path(__file__).parents[2]
BUNNY = ROOT / "sample_clips" / "bunny.mp4"
JFK = ROOT / "sample_sounds" / "jfk.wav"
JOB = Task("test")


@pytest.fixture(scope="module")
def backbone():
    return load(EMBEDDED)


@pytest.fixture(scope="module")
def run(backbone):
    return run_clip(backbone, read_clip(BUNNY, 3), tome.MergeConfig(r=10), 112, "framewise", JOB)


def test_the_record_counts_tokens_patches_and_frames(run):
    record = run.record
    patches = 3 * record["rows"] * record["columns"]
    assert record["tokens"] == [patches + 3 - 10 * layer for layer in range(13)]
    assert len(run.sources) == 13
    for labels, count in zip(record["labels"], record["tokens"][1:], strict=True):
        assert np.shape(labels) == (3, record["rows"], record["columns"])
        assert len(np.unique(labels)) == count - 3
    assert json.loads(json.dumps(record)) == record


def test_merged_tokens_span_frames_where_the_frames_are_alike(backbone):
    frame = read_clip(BUNNY, 1).frames
    still = Clip(np.repeat(frame, 2, 0), (0.0, 1.0), *frame.shape[1:3], 1.0)
    same = run_clip(backbone, still, tome.MergeConfig(r=4), 112, "framewise", JOB).record
    assert same["spanning"][0] == 1.0
    assert same["class_cosine"] == pytest.approx(1, abs=1e-4)


def test_without_merging_nothing_spans_frames_and_framewise_is_the_image_model(backbone):
    plain = run_clip(backbone, read_clip(BUNNY, 3), tome.MergeConfig(r=0), 112, "framewise", JOB).record
    assert plain["spanning"] == [0.0] * 12
    assert plain["class_cosine"] == pytest.approx(1, abs=1e-6)
    joint = run_clip(backbone, read_clip(BUNNY, 3), tome.MergeConfig(r=0), 112, "joint", JOB).record
    assert joint["class_cosine"] < 0.999


def test_a_token_has_one_colour_in_all_frames(run):
    pictures = painted(run, 12)
    patch, source = run.view.patch, run.sources[12]
    centres = pictures[:, patch // 2 :: patch, patch // 2 :: patch]
    token = np.bincount(source.reshape(-1)).argmax()
    assert len(np.unique(centres[source == token], axis=0)) == 1
    assert len({frame for frame, *_ in np.argwhere(source == token)}) > 1


def test_dropped_patches_are_grey(backbone):
    run = run_clip(
        backbone, read_clip(BUNNY, 2), tome.MergeConfig(r=5, algorithm="random_prune"), 112, "framewise", JOB
    )
    assert (run.sources[12] == -1).sum() == 5 * 12
    assert (painted(run, 12)[:, 7::14, 7::14][run.sources[12] == -1] == 90).all()


def test_the_sheet_has_a_row_for_each_layer_and_a_column_for_each_frame(run):
    sheet = contact_sheet(run, [0, 12], "words")
    frames, height, width, _ = run.pixels.shape
    assert sheet.size == (frames * (width + 6) + 6, 2 * (height + 24) + 6 + 36)
    assert np.array_equal(np.asarray(sheet)[24 : 24 + height, 6 : 6 + width], run.pixels[0])


def test_the_command_writes_sheets_records_and_transcripts(tmp_path, capsys):
    bad = tmp_path / "note.mp4"
    bad.write_text("no clip")
    files = [str(BUNNY), str(JFK), str(bad)]
    assert cli.main([*files, "--r", "16", "--side", "112", "--frames", "4", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "tokens over 4 frames" in said.out
    assert "0 of 22 words changed" in said.out
    assert len(said.err.strip().splitlines()) == 2  # the model that is built, and the file that is none
    with Image.open(next(tmp_path.glob("bunny-*-frames.png"))) as sheet:
        assert sheet.width > 2 * 112
    assert (
        json.loads(next(tmp_path.glob("bunny-*-frames.json")).read_text())["image_model"] == "knows images, not motion"
    )
    speech = json.loads(next(tmp_path.glob("jfk-*-speech.json")).read_text())
    assert speech["plain"] == speech["merged"]
    assert len(speech["source"]) == 1500
