"""AudioMAE and AST hear a sound: what they are given, where a patch lies, and what the commands write."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch.testing import assert_close
from torch.utils.data import TensorDataset

import tome
from tome.models.audiomae import audiomae
from tome.models.spectrograms import class_count, layout_of, logits

pytest.importorskip("av")
pytest.importorskip("transformers")

from explorer import cli
from explorer.sound.compute import Classifier, run_sound
from explorer.sound.sheet import painted, spectrogram_sheet
from tome.lab.benchmark.__main__ import main as benchmark
from tome.lab.evaluate import evaluate, mean_average_precision
from tome.lab.evaluate.__main__ import main as evaluate_command
from tome.lab.weights import build
from tome.models.ast import ast

JFK = Path(__file__).parents[2] / "sample_sounds" / "jfk.wav"
TINY = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
MODELS = {
    "audiomae": lambda: audiomae("vit_base", classes=7, embed_dim=32, depth=2, num_heads=2),
    "ast": lambda: ast(classes=7, **TINY),
}
every_model = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(autouse=True)
def _threads():
    threads = torch.get_num_threads()
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def classifier(name: str) -> Classifier:
    model = MODELS[name]()
    return Classifier(model, name, "random", layout_of(model), tuple(f"sound {i}" for i in range(7)))


@pytest.fixture
def small(monkeypatch):
    """Let the name ``ast`` be a small one."""
    monkeypatch.setattr("tome.lab.weights.ast", lambda source: ast(source, classes=7, **TINY))


@every_model
@torch.inference_mode()
def test_a_change_in_one_place_reaches_the_token_that_is_drawn_there(name):
    model = MODELS[name]()
    layout = layout_of(model)
    here = layout.on_places(torch.arange(int(np.prod(layout.grid))))
    seen = []

    class Watch(tome.Observer):
        def attended(self, layer, attended):
            if layer == 0:
                seen.append(attended.residual)

    plain = torch.zeros(1, 1, 1024, 128)
    for band, frame in ((0, 0), (70, 700), (125, 1023)):
        other = plain.clone()
        other[0, 0, frame, band] = 1
        seen.clear()
        for each in (plain, other):
            tome.trace(model, layout.inputs(each), tome.MergeConfig(r=0), observer=Watch())
        changed = (seen[0] != seen[1]).any(-1)[0].nonzero().flatten() - tome.trace(model, layout.inputs(plain))[
            1
        ].prefix
        if name == "ast" and frame == 1023:
            assert (int(here[band, frame]), changed.tolist()) == (-1, [])  # its last patch ends at frame 1,016
            continue
        assert int(here[band, frame]) in changed.tolist()
        assert len(changed) == 1 if name == "audiomae" else len(changed) in (1, 2, 4)


def test_where_patches_overlap_a_place_is_drawn_as_the_patch_with_the_nearest_middle():
    places = layout_of(MODELS["ast"]()).on_places(torch.arange(12 * 101))
    assert places[70, 700] == 6 * 101 + 69  # bands 60 to 75, frames 690 to 705
    assert places[72, 702] == 6 * 101 + 69
    assert places[73, 703] == 7 * 101 + 70


def test_what_takes_no_spectrogram_is_refused():
    with pytest.raises(ValueError, match="model must take spectrograms"):
        layout_of(build("test_vit", 64))
    with pytest.raises(ValueError, match="128 bands; it takes 64"):
        layout_of(audiomae("vit_base", image_size=(64, 64), embed_dim=32, depth=1, num_heads=2))


@every_model
def test_the_record_holds_the_classes_and_tokens_of_the_trace(name):
    heard = classifier(name)
    run = run_sound(heard, JFK, tome.MergeConfig(r=100))
    record = run.record
    patches = int(np.prod(heard.layout.grid))
    assert record["tokens"][0] == patches + (1 if name == "audiomae" else 2)
    assert record["seconds_heard"] == 10.24 < record["seconds"]
    for labels, tokens in zip(record["labels"], record["tokens"][1:], strict=True):
        assert np.size(labels) == patches
        assert len(np.unique(labels)) == tokens - record["tokens"][0] + patches
    assert record["gflops"]["merged"] < record["gflops"]["plain"]
    inputs = heard.layout.inputs(torch.from_numpy(run.spectrogram.T.copy())[None, None])
    with torch.inference_mode():
        scores = logits(heard.model(inputs))[0].sigmoid()
    best = int(scores.argmax())
    assert record["top5"]["plain"][0] == {"class": f"sound {best}", "probability": round(scores[best].item(), 4)}
    assert json.loads(json.dumps(record)) == record


@every_model
def test_at_r_0_plain_and_merged_classes_are_the_same(name):
    record = run_sound(classifier(name), JFK, tome.MergeConfig(r=0)).record
    assert record["top5"]["plain"] == record["top5"]["merged"]


def test_the_picture_is_grey_but_for_merged_tokens_which_have_one_hue_each():
    run = run_sound(classifier("audiomae"), JFK, tome.MergeConfig(r=100))
    assert spectrogram_sheet(run, [0, 2], ["words"]).size == (1024 + 12, 6 + 2 * (128 + 24) + 18 + 6)
    picture, source = painted(run, 2), run.sources[2]
    inside = picture[:-1:16, :-1:16]  # the corner of a patch, where no edge is
    labels = source[:-1:16, :-1:16]
    token = np.bincount(labels.reshape(-1)).argmax()
    assert len(np.unique(inside[labels == token], axis=0)) == 1
    single = np.flatnonzero(np.bincount(labels.reshape(-1)) == 1)[0]
    assert len(set(inside[labels == single][0].tolist())) == 1
    assert (painted(run, 0)[..., 0] == painted(run, 0)[..., 1]).all()


def test_dropped_patches_have_the_background_colour():
    heard = classifier("ast")
    run = run_sound(heard, JFK, tome.MergeConfig(r=200, algorithm="random_prune"))
    assert (run.sources[2] < 0).mean() > 0.2
    assert (painted(run, 2)[run.sources[2] < 0] == 255).all()


def test_the_command_writes_classes_by_a_checkpoint_with_names(tmp_path, capsys):
    model = audiomae("vit_small", classes=3)
    save_file(model.state_dict(), tmp_path / "audiomae.safetensors")
    (tmp_path / "names.csv").write_text('index,mid,display_name\n0,/m/a,"Speech, loud"\n1,/m/b,Dog\n2,/m/c,Rain\n')
    asked = [str(JFK), "--sound-model", "audiomae_vit_small", "--weights", str(tmp_path / "audiomae.safetensors")]
    asked += ["--class-names", str(tmp_path / "names.csv"), "--r", "20", "--out", str(tmp_path)]
    assert cli.main(asked) == 0
    said = capsys.readouterr().out
    assert "513 → 273 tokens" in said
    assert "the first 10.24 of 11.00 s" in said
    assert f"weights: {tmp_path / 'audiomae.safetensors'}" in said
    record = json.loads(next(tmp_path.glob("jfk-*-sound.json")).read_text())
    assert {each["class"] for each in record["top5"]["merged"]} == {"Speech, loud", "Dog", "Rain"}
    with Image.open(next(tmp_path.glob("jfk-*-sound.png"))) as sheet:
        assert sheet.width == 1024 + 12


def test_the_command_says_that_weights_are_random(tmp_path, capsys, small):
    assert cli.main([str(JFK), "--sound-model", "ast", "--r", "20", "--out", str(tmp_path)]) == 0
    assert "weights: random: the classes mean nothing" in capsys.readouterr().out
    assert json.loads(next(tmp_path.glob("jfk-*-sound.json")).read_text())["weights"].startswith("random")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--weights", "x.pth"], 2, "it is for sounds with a --sound-model other than whisper"),
        (["--sound-model", "test_vit"], 1, "model must take spectrograms"),
        (["--sound-model", "ast", "--weights", "nowhere"], 1, "weights must be a folder with config.json"),
        (["--sound-model", "ast", "--class-names", "{names}"], 1, "must hold 7 names"),
        (["--sound-model", "audiomae_vit_small", "--weights", "{other}"], 1, "Error(s) in loading state_dict"),
    ],
)
def test_an_unavailable_sound_model_is_one_sentence(options, code, said, tmp_path, capsys, small):
    (tmp_path / "names.txt").write_text("one\ntwo\n")
    save_file({"weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    options = [each.format(names=tmp_path / "names.txt", other=tmp_path / "other.safetensors") for each in options]
    assert cli.main([str(JFK), *options, "--out", str(tmp_path)]) == code
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1


def test_a_folder_of_transformers_is_the_model_that_was_saved(tmp_path):
    model = ast(classes=7, **TINY)
    model.save_pretrained(tmp_path / "mine")
    loaded = build("ast", weights=tmp_path / "mine")
    assert class_count(loaded) == 7
    spectrograms = torch.randn(1, 1024, 128)
    with torch.inference_mode():
        assert_close(loaded(spectrograms).logits, model(spectrograms).logits)


def test_ast_is_evaluated_by_its_logits(small):
    model = build("ast")
    spectrograms = torch.randn(4, 1, 1024, 128)
    labels = torch.zeros(4, 7)
    labels[[0, 1, 1], [3, 3, 6]] = 1
    *_, state = evaluate(model, None, TensorDataset(spectrograms, labels), tome.MergeConfig(r=0), head=True, batch=2)
    with torch.inference_mode():
        wanted = mean_average_precision(model(spectrograms[:, 0]).logits, labels)
    assert state.map == pytest.approx(100 * wanted)
    with pytest.raises(ValueError, match="train must be None"):
        next(evaluate(model, TensorDataset(spectrograms, labels), TensorDataset(spectrograms, labels)))


def test_the_commands_take_ast_by_name(tmp_path, capsys, small):
    (tmp_path / "val").mkdir()
    (tmp_path / "val" / "jfk.wav").write_bytes(JFK.read_bytes())
    (tmp_path / "val.csv").write_text("file,labels\njfk.wav,0 3\n")
    table = tmp_path / "scores.csv"
    options = ["--head", "--data", str(tmp_path), "--r", "0", "50", "--threads", "1", "--csv", str(table)]
    assert evaluate_command(["ast", *options]) == 0
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [(row["image_size"], row["r"], float(row["map"])) for row in rows] == [
        ("1024x128", "0", 100.0),
        ("1024x128", "50", 100.0),
    ]
    assert evaluate_command(["ast", "--head", "--data", str(tmp_path / "val")]) == 1
    assert benchmark(["ast", "--r", "50", "--batch", "1", "--rounds", "1", "--warmup", "0", "--threads", "1"]) == 0
    assert benchmark(["ast", "--r", "50", "--image-size", "224"]) == 1
    said = capsys.readouterr()
    assert "forward 1024x128 px x 1" in said.out + said.err
    assert "data must be a folder that holds val.csv" in said.err
    assert "image_size must be 1024x128 for ast" in said.err
