"""Accuracy on clips and sounds: reading, preprocessing and counting."""

import csv
import wave
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.utils.data import TensorDataset

from tome import MergeConfig
from tome.lab.evaluate import (
    ClipReader,
    Sounds,
    clip_folder,
    data_splits,
    evaluate,
    mean_average_precision,
    media,
    prepared_clip,
    size_of,
)
from tome.lab.evaluate.__main__ import main
from tome.lab.weights import build
from tome.models.audiomae import audiomae
from tome.models.mae_st import mae_st

TINY = {"embed_dim": 32, "depth": 2, "num_heads": 2}
BUNNY = Path(__file__).parents[2] / "sample_clips" / "bunny.mp4"


def last(model, *splits, **options):
    *_, state = evaluate(model, *splits, **options)
    return state


def test_a_clip_is_covered_cropped_to_its_middle_and_normalised():
    frames = torch.zeros(2, 10, 40, 3, dtype=torch.uint8)
    frames[:, :, 15:25] = torch.tensor([255, 0, 51], dtype=torch.uint8)
    clip = prepared_clip(frames, (10, 10), (0.5, 0.0, 0.1), (0.5, 1.0, 0.1))
    assert clip.shape == (3, 2, 10, 10)
    torch.testing.assert_close(clip.mean((1, 2, 3)), torch.tensor([1.0, 0.0, 1.0]))
    assert prepared_clip(frames, (16, 8), (0.0,) * 3, (1.0,) * 3).shape == (3, 2, 16, 8)


def folder_of_clips(root: Path) -> None:
    for split in ("train", "val"):
        for shade, name in enumerate(("dark", "light")):
            (root / split / name).mkdir(parents=True)
            for number in range(2):
                (root / split / name / f"{number}.mp4").write_text(str(200 * shade + number))
            (root / split / name / "notes.txt").write_text("no clip")


def shade(path: str) -> Tensor:
    return torch.full((4, 40, 60, 3), int(Path(path).read_text()), dtype=torch.uint8)


def test_clips_are_labelled_by_their_folders_and_told_apart(tmp_path, monkeypatch):
    folder_of_clips(tmp_path)
    monkeypatch.setattr("tome.lab.evaluate.splits.ClipReader", lambda frames, seconds: shade)
    model = mae_st("vit_base", frames=4, image_size=(32, 48), classes=2, **TINY)
    train, test = data_splits(model, "mae_st_vit_base", size_of(model), tmp_path, head=False)
    assert [label for _, label in test] == [0, 0, 1, 1]
    torch.testing.assert_close(test[3][0], torch.full((3, 4, 32, 48), (201 / 255 - 0.45) / 0.225))
    assert last(model, train, test, config=MergeConfig(r=1), k=1).knn == 100
    assert data_splits(model, "mae_st_vit_base", size_of(model), tmp_path, head=True)[0] is None
    other = mae_st("vit_base", frames=4, image_size=(32, 48), classes=3, **TINY)
    with pytest.raises(ValueError, match=r"one folder for each of the head's 3 classes in .*val; it holds 2"):
        data_splits(other, "mae_st_vit_base", size_of(other), tmp_path, head=True)


def test_folders_of_other_classes_or_without_val_are_refused(tmp_path):
    folder_of_clips(tmp_path)
    with pytest.raises(ValueError, match="folder 'val' that has a folder of clips per class"):
        clip_folder(tmp_path / "train", shade, lambda frames: frames)
    (tmp_path / "train" / "light").rename(tmp_path / "train" / "grey")
    model = mae_st("vit_base", frames=4, image_size=32, **TINY)
    with pytest.raises(ValueError, match="same classes; only one of them has 'grey'"):
        data_splits(model, "mae_st_vit_base", 32, tmp_path, head=False)


@pytest.mark.skipif(find_spec("av") is None, reason="needs PyAV, the extra [video]")
def test_a_real_clip_is_read_around_its_middle():
    whole, middle = ClipReader(3)(BUNNY), ClipReader(3, seconds=1.0)(BUNNY)
    assert whole.shape == middle.shape == (3, 270, 480, 3)
    assert whole.dtype == torch.uint8
    # The rabbit moves all the time: three frames of one second are more alike than three of three seconds.
    change = [(clip[0].float() - clip[2].float()).abs().mean() for clip in (whole, middle)]
    assert change[1] < change[0]
    assert torch.equal(middle[1], whole[1])


@pytest.mark.skipif(find_spec("av") is None, reason="needs PyAV, the extra [video]")
def test_the_command_tells_the_accuracy_on_clips(tmp_path, capsys):
    for name in ("rabbit", "squirrel"):
        (tmp_path / "data" / "val" / name).mkdir(parents=True)
        (tmp_path / "data" / "val" / name / "0.mp4").write_bytes(BUNNY.read_bytes())
    table = tmp_path / "accuracy.csv"
    for frames in (2, 4):
        weights = mae_st("vit_small", frames=frames, image_size=32, classes=2).state_dict()
        torch.save(weights, tmp_path / f"{frames}.pth")
    more = ["--frames", "4", "--weights", str(tmp_path / "4.pth")]
    command = ["mae_st_vit_small", "--frames", "2", "--image-size", "32", "--head", "--data", str(tmp_path / "data")]
    command += ["--weights", str(tmp_path / "2.pth")]
    assert main([*command, "--r", "0", "1", "--seconds", "2", "--threads", "1", "--csv", str(table)]) == 0
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [(row["test"], row["r"]) for row in rows] == [("2", "0"), ("2", "1")]
    assert {row["algorithm"] for row in rows} == {"bipartite, plain attention"}, "the paper's setting for MAE"
    assert all(float(row["top1"]) == 50 for row in rows)
    assert "top1" in capsys.readouterr().out
    assert {(row["image_size"], row["data"]) for row in rows} == {("2x32x32", f"{tmp_path / 'data'}, 2 s")}
    # Another part of the clips, or more frames of them, is another setting.
    assert main([*command, "--r", "0", "--threads", "1", "--csv", str(table)]) == 0
    assert main([*command, "--r", "0", "--seconds", "2", *more, "--threads", "1", "--csv", str(table)]) == 0
    assert len(table.read_text().splitlines()) == 5


def test_mean_average_precision_is_that_counted_by_hand():
    scores = torch.tensor([[0.9, 0.1, 0.5], [0.8, 0.2, 0.6], [0.7, 0.9, 0.1]])
    labels = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    # First class: right at ranks 1 and 3; second: at rank 2; nobody has the third.
    assert mean_average_precision(scores, labels) == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)
    with pytest.raises(ValueError, match="labels must name at least one class"):
        mean_average_precision(scores, labels * 0)


def test_several_labels_are_scored_by_the_models_own_logits():
    model = build("test_vit", 64)
    images = torch.randn(6, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        logits = model(images)
    labels = torch.zeros(6, model.num_classes)
    labels[[0, 1, 1], [3, 3, 7]] = 1
    state = last(model, None, TensorDataset(images, labels), config=MergeConfig(r=0), head=True, batch=4)
    assert state.map == pytest.approx(100 * mean_average_precision(logits, labels))
    assert (state.top1, state.knn) == (None, None)


def test_sounds_have_the_labels_of_their_table(tmp_path):
    (tmp_path / "val.csv").write_text('file,labels\na.wav,0 2\n"b, c.wav",1\nd.wav,\n')
    sounds = Sounds(tmp_path / "val", tmp_path / "val.csv", 3, lambda path: torch.tensor(len(path.name)))
    assert len(sounds) == 3
    assert [sounds[i][1].tolist() for i in range(3)] == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert sounds[1][0] == len("b, c.wav")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,labels\na.wav,3\n", "labels must be numbers from 0 to 2; record val.csv, 1 has '3'"),
        ("file,labels\na.wav,-1\n", "has '-1'"),
        ("file\na.wav\n", "must have the columns file and labels; it lacks labels"),
        ("file,labels\n", "must name at least one sound"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(text, said, tmp_path):
    (tmp_path / "val.csv").write_text(text)
    with pytest.raises(ValueError, match=said):
        Sounds(tmp_path, tmp_path / "val.csv", 3, lambda path: torch.zeros(1))


def test_a_table_of_labels_makes_a_folder_one_of_sounds(tmp_path, monkeypatch):
    (tmp_path / "val.csv").write_text("file,labels\na.wav,0\nb.wav,1\n")
    monkeypatch.setattr(
        "tome.lab.evaluate.splits.read_spectrogram", lambda path, frames: torch.zeros(1, frames, 32) + len(path.stem)
    )
    model = audiomae("vit_base", image_size=(64, 32), classes=3, **TINY)
    train, test = data_splits(model, "audiomae_vit_base", size_of(model), tmp_path, head=True)
    assert train is None
    assert test[0][0].shape == (1, 64, 32)
    assert 0 < last(model, None, test, config=MergeConfig(r=2), head=True).map <= 100


@pytest.mark.skipif(find_spec("av") is None, reason="needs PyAV, the extra [video]")
def test_a_real_sound_becomes_what_audiomae_takes(tmp_path):
    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        tone = (torch.sin(torch.arange(8000) * 0.3) * 10_000).short()
        file.writeframes(tone.numpy().tobytes())
    spectrogram = media.read_spectrogram(tmp_path / "tone.wav", 200)
    assert spectrogram.shape == (1, 200, 128)
    assert spectrogram[0, :95].std() > 0.1
    assert len(spectrogram[0, 105:].unique()) == 1  # silence after the end
