"""A model of one's own in the commands: how it is named, built and asked for its size, and what is said otherwise."""

import csv
import sys
from argparse import Namespace
from pathlib import Path

import pytest
import timm
import torch
from PIL import Image
from test_own_host import Own

from tome import MergeConfig
from tome.hosts.registry import HOSTS
from tome.lab.benchmark.__main__ import main as benchmark
from tome.lab.boundary import BadArgument
from tome.lab.command import is_proportional
from tome.lab.evaluate import data_splits, digit_splits, folder_splits
from tome.lab.evaluate.__main__ import main as evaluate
from tome.lab.evaluate.look import reader
from tome.lab.own import is_own, own_model, own_size

BUNNY = Path(__file__).parents[2] / "sample_clips" / "bunny.mp4"
SOURCE = """\
import timm
import torch
import transformers
from hf_models import SMALL
from test_own_host import Own, OwnHost

import tome

timm_vit = lambda: timm.create_model("test_vit", num_classes=3, img_size=48, in_chans=2)
in_colour = lambda: timm.create_model("test_vit", num_classes=3, img_size=48)
patched = lambda: tome.patch(timm.create_model("test_vit"), r=3).train()
hf_vit = lambda: transformers.ViTForImageClassification(transformers.ViTConfig(**SMALL, num_labels=7))
bert = lambda: transformers.BertModel(transformers.BertConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2))
instance, number = torch.nn.Linear(2, 2), 7
linear = lambda: instance
nothing = lambda: None
wrapped = lambda: torch.nn.Sequential(timm_vit())


def asks(path):
    pass


def fails():
    raise KeyError("checkpoint")


class Mine(Own):
    image_size = 40

    @classmethod
    def sized(cls):
        return cls()


class Unsized(Own):
    pass


class Oblong(Own):
    image_size = [40, 32]


class Two(Mine):
    num_classes = 2

    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(16, 2)


class TwoHost(OwnHost):
    def classes(self, model):
        return model.num_classes


tome.register_host(OwnHost(), Mine, Unsized, Oblong)
tome.register_host(TwoHost(), Two)
"""
QUICK = ["--batch", "2", "--rounds", "1", "--warmup", "0", "--threads", "1", "--r", "2"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current directory, with the modules of the user's own."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "net.py").write_text(SOURCE)
    (tmp_path / "broken.py").write_text("import no_such_package\n")
    (tmp_path / "raising.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each not in ("", str(tmp_path))])
    yield tmp_path
    for name in ("mine.net", "mine", "broken", "raising"):
        sys.modules.pop(name, None)
    for kind in [kind for kind in HOSTS if issubclass(kind, Own) or kind.__module__ == "mine.net"]:
        del HOSTS[kind]


@pytest.mark.parametrize("name", ["vit_small_patch16_224", "hf-hub:timm/vit", "hf_hub:timm/vit", "local-dir:folder"])
def test_a_name_of_timm_is_no_callable(name):
    assert not is_own(name)


@pytest.mark.parametrize(("model", "known"), [("mae:build", True), ("vit_base_patch16_224.mae", False), ("vit", True)])
def test_the_name_of_a_callable_says_nothing_of_proportional_attention(model, known):
    assert is_proportional(Namespace(model=model, proportional_attention=None)) == known


def test_what_a_patched_model_in_training_mode_is_comes_out_plain_and_evaluating(here):
    model = own_model("mine.net:patched")
    assert not model.training
    assert type(model.blocks) is torch.nn.Sequential


def test_random_weights_of_ones_own_follow_the_seed(here):
    one, same, other = (own_model("mine.net:Mine.sized", seed).head.weight for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mine.net:", "model must be module:callable, such as my_model:build; got 'mine.net:'"),
        (
            "mine.other:build",
            "can be imported, here or from Python's path, before the colon; got 'mine.other': No module",
        ),
        ("absent.net:build", "before the colon; got 'absent.net': No module named 'absent'"),
        ("mine.net:builds", "model must name an attribute of mine.net after the colon; it has no 'builds'"),
        ("mine.net:Mine.builds", "it has no 'Mine.builds'"),
        ("mine.net:number", "mine.net:number must be a callable that returns the model; got int"),
        ("mine.net:instance", "mine.net:instance must be a callable that returns the model; got the model itself"),
        ("mine.net:nothing", "mine.net:nothing must return a torch.nn.Module; got NoneType"),
        (
            "mine.net:linear",
            "mine.net:linear must return a model that can be merged: model must be of a family that has",
        ),
        ("mine.net:wrapped", "its part '0' has one; give that"),
    ],
)
def test_a_name_that_leads_to_no_model_is_a_bad_argument(name, said, here, capsys):
    assert benchmark([name, *QUICK]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("broken:build", "broken raised ModuleNotFoundError: No module named 'no_such_package'"),
        ("raising:build", "raising raised ZeroDivisionError: division by zero"),
        (
            "mine.net:fails",
            "mine.net:fails must return a model when it is called without arguments; it raised KeyError",
        ),
        ("mine.net:asks", "it raised TypeError: asks() missing 1 required positional argument: 'path'"),
    ],
)
def test_an_error_of_ones_own_is_said_and_kept_as_the_cause(name, said, here, capsys):
    assert benchmark([name, *QUICK]) == 1
    assert said in capsys.readouterr().err
    with pytest.raises(ValueError) as found:
        own_model(name)
    assert not isinstance(found.value, BadArgument)
    assert type(found.value.__cause__).__name__ in said


@pytest.mark.parametrize(("name", "size"), [("timm_vit", 48), ("hf_vit", 64), ("Mine", 40)])
def test_a_model_says_the_size_of_its_images(name, size, here):
    assert own_size(name, own_model(f"mine.net:{name}")) == size


def test_a_model_that_says_no_size_needs_the_option(here, capsys):
    assert benchmark(["mine.net:Unsized", *QUICK]) == 2
    said = capsys.readouterr().err
    assert said.startswith("--image-size must be given for mine.net:Unsized: Unsized has no image_size, nor")
    assert benchmark(["mine.net:Unsized", *QUICK, "--image-size", "40"]) == 0


@pytest.mark.parametrize("task", [[], ["--limit"], ["--train"], ["--trace"], ["--tracing"], ["--parts"]])
@pytest.mark.parametrize("name", ["timm_vit", "hf_vit", "Mine"])
def test_every_measurement_is_of_a_model_of_ones_own_too(name, task, here, capsys):
    command = [f"mine.net:{name}", *QUICK, *task, "--csv", "speed.csv"]
    assert benchmark(command) == 0, capsys.readouterr().err
    first, *_ = csv.DictReader((here / "speed.csv").read_text().splitlines())
    assert (first["model"], first["weights"], first["r"]) == (f"mine.net:{name}", "own", "2")
    assert benchmark(command) == 0
    assert "is in speed.csv" in capsys.readouterr().out


def test_a_model_whose_cost_is_not_stated_is_timed_without_it(here, capsys):
    assert benchmark(["mine.net:Mine", *QUICK, "--csv", "speed.csv"]) == 0
    (row,) = csv.DictReader((here / "speed.csv").read_text().splitlines())
    assert (row["gflops"], row["predicted"], row["share"], row["image_size"]) == ("", "", "", "40")
    said = capsys.readouterr().out
    assert " im/s " in said
    assert "GFLOPs" not in said


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (
            ["--weights", "w.pth"],
            2,
            "--weights must not be given with mine.net:timm_vit: the callable builds the whole",
        ),
        (["--pretrained"], 2, "--pretrained must not be given with"),
        (["--frames", "8"], 2, "--frames must not be given with"),
        (
            ["--image-size", "50"],
            1,
            "mine.net:timm_vit must take an input of [1, 2, 50, 50]; it raised ValueError: images",
        ),
        (
            ["--in-chans", "3"],
            1,
            "must take an input of [1, 3, 48, 48]; it raised ValueError: images must be [batch, 2,",
        ),
    ],
)
def test_what_does_not_fit_a_model_of_ones_own_is_refused(options, code, said, here, capsys):
    try:
        found = benchmark(["mine.net:timm_vit", *QUICK, *options])
    except SystemExit as end:
        found = end.code
    assert found == code
    assert said in capsys.readouterr().err


def test_a_model_of_texts_takes_no_images(here, capsys):
    assert benchmark(["mine.net:bert", *QUICK, "--image-size", "32"]) == 1
    assert "mine.net:bert must take an input of [1, 3, 32, 32]; it raised" in capsys.readouterr().err


def test_a_model_without_logits_cannot_be_trained(here, capsys, monkeypatch):
    monkeypatch.setattr(Own, "forward", lambda self, images: self.walk(self.embed(images).flatten(2).transpose(1, 2)))
    assert benchmark(["mine.net:Mine", *QUICK, "--train"]) == 1
    assert "model must return logits [batch, classes] to be trained; got shape (2, 25, 16)" in capsys.readouterr().err


DIGITS = ["--train", "30", "--test", "20", "--batch", "10", "--k", "3", "--threads", "1", "--r", "0", "2"]


@pytest.fixture
def pictures(here):
    """Two grey levels, a folder of pictures for each."""
    for split in ("train", "val"):
        for shade, name in enumerate(("dark", "light")):
            (here / "data" / split / name).mkdir(parents=True)
            for number in range(3):
                grey = Image.new("RGB", (50, 60), (200 * shade + number,) * 3)
                grey.save(here / "data" / split / name / f"{number}.png")
    return here / "data"


@pytest.mark.parametrize("name", ["in_colour", "hf_vit", "Mine"])
def test_features_of_ones_own_are_scored_on_digits(name, here, capsys):
    command = [f"mine.net:{name}", *DIGITS, "--csv", "accuracy.csv"]
    assert evaluate([*command, "--seed", "3"]) == 0, capsys.readouterr().err
    rows = list(csv.DictReader((here / "accuracy.csv").read_text().splitlines()))
    assert [(row["model"], row["weights"], row["r"]) for row in rows] == [(f"mine.net:{name}", "own", r) for r in "02"]
    assert all(0 <= float(row["knn"]) <= 100 and 0 <= float(row["probe"]) <= 100 for row in rows)
    assert evaluate([*command, "--seed", "3"]) == 0
    assert capsys.readouterr().out.count("is in") == 2


@pytest.mark.parametrize("name", ["hf_vit", "Mine"])
def test_the_features_are_what_the_head_of_ones_own_reads(name, here):
    model, images = own_model(f"mine.net:{name}"), torch.randn(2, 3, 64, 64)
    features, scores = reader(model, MergeConfig(r=0), True)(images)
    head = model.classifier if name == "hf_vit" else model.head
    torch.testing.assert_close(head(features), scores)
    merged, scores = reader(model, MergeConfig(r=3), True)(images)
    assert not torch.allclose(merged, features)
    torch.testing.assert_close(head(merged), scores)


def test_the_head_of_ones_own_is_scored_by_folders(pictures, capsys):
    command = ["mine.net:Two", "--data", "data", "--head", "--threads", "1", "--r", "0", "2"]
    assert evaluate([*command, "--csv", "head.csv"]) == 0, capsys.readouterr().err
    said = capsys.readouterr().out
    assert "mine.net:Two: images of 40 px, mean 0.485 0.456 0.406, std 0.229 0.224 0.225, bicubic, crop 0.875" in said
    assert said.count("top1 ") == 2
    assert evaluate([*command, "--mean", "0.5", "0.5", "0.5", "--std", "1", "2", "3", "--csv", "head.csv"]) == 0
    said = capsys.readouterr().out
    assert "images of 40 px, mean 0.5 0.5 0.5, std 1 2 3, bicubic, crop 0.875" in said
    assert "is in" not in said, "other numbers are another setting"


def test_a_mean_and_deviation_that_are_given_replace_the_models_own(pictures):
    model = timm.create_model("test_vit")
    ours = {"mean": [0.5, 0.5, 0.5], "std": [2.0, 2.0, 2.0]}
    for digits in (folder_splits(model, 48, pictures, ours)[1], digit_splits(model, 48, 5, 5, 0, ours)[1]):
        assert digits[0][0].abs().max() <= 0.25
    assert folder_splits(model, 48, pictures)[1][0][0].abs().max() > 0.25


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["mine.net:in_colour", "--in-chans", "3"], 2, "--in-chans must not be given with mine.net:in_colour"),
        (
            ["mine.net:timm_vit"],
            1,
            "mine.net:timm_vit must take an input of [1, 3, 48, 48]; it raised ValueError: images",
        ),
        (["mine.net:Unsized"], 2, "--image-size must be given for mine.net:Unsized"),
        (["mine.net:Oblong"], 2, "--image-size must be given as a side for digits; mine.net:Oblong says (40, 32)"),
        (
            ["mine.net:Mine", "--head", "--data", "data"],
            1,
            "head must be False: this model has no classifier of its own",
        ),
        (["mine.net:in_colour", "--head", "--data", "data"], 1, "one folder for each of the head's 3 classes"),
        (["test_vit", "--mean", "1"], 2, "argument --mean: expected 3 arguments"),
        (["test_vit", "--std", "0", "1", "1"], 2, "must be a number from 0.001 to 1000; got '0'"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(command, code, said, pictures, capsys):
    try:
        found = evaluate([*command, "--threads", "1", "--r", "0"])
    except SystemExit as end:
        found = end.code
    assert found == code
    assert said in capsys.readouterr().err


def test_a_mean_of_sounds_is_refused(here):
    (here / "val.csv").write_text("file,labels\n")
    with pytest.raises(ValueError, match="mean and std must not be given for sounds"):
        data_splits(own_model("mine.net:in_colour"), "", 48, here, head=True, normal={"mean": [0.0, 0.0, 0.0]})


CLIPS = """\
def videomae():
    from transformers import VideoMAEConfig, VideoMAEForVideoClassification as Model
    sizes = dict(image_size=32, num_frames=4, hidden_size=48, num_hidden_layers=2, num_attention_heads=2)
    return Model(VideoMAEConfig(intermediate_size=96, num_labels=2, **sizes)).eval()

def vjepa2():
    from transformers import VJEPA2Config, VJEPA2ForVideoClassification as Model
    sizes = dict(crop_size=32, patch_size=16, frames_per_clip=4, hidden_size=48, num_hidden_layers=2, num_attention_heads=2)
    pooler = dict(num_pooler_layers=1, pred_hidden_size=48, pred_num_hidden_layers=1, pred_num_attention_heads=2)
    return Model(VJEPA2Config(num_labels=2, **sizes, **pooler)).eval()

def timms():
    from tome.models.mae_st import mae_st
    return mae_st("vit_small", frames=4, image_size=32, classes=2)
"""


@pytest.fixture
def clips(tmp_path, monkeypatch):
    """Own models of clips to import, and clips of two classes below the folder ``data``."""
    pytest.importorskip("transformers")
    pytest.importorskip("av")
    (tmp_path / "own_clips.py").write_text(CLIPS)
    for name in ("rabbit", "squirrel"):
        (tmp_path / "data" / "val" / name).mkdir(parents=True)
        (tmp_path / "data" / "val" / name / "0.mp4").write_bytes(BUNNY.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each not in ("", str(tmp_path))])
    yield tmp_path
    sys.modules.pop("own_clips", None)


@pytest.mark.parametrize(
    ("name", "said"),
    [("videomae", "4x3x32x32"), ("vjepa2", "4x3x32x32"), ("timms", "3x4x32x32")],
)
def test_a_model_of_clips_of_ones_own_is_measured_and_evaluated_on_clips(clips, capsys, name, said):
    assert benchmark([f"own_clips:{name}", "--r", "1", "--batch", "1", "--rounds", "1"]) == 0
    assert f"{said} px x 1" in capsys.readouterr().out
    asked = [f"own_clips:{name}", "--head", "--data", "data", "--r", "0", "1", "--csv", "table.csv"]
    assert evaluate([*asked, "--mean", "0.4", "0.4", "0.4"]) == 0
    assert "clips of 4x32x32 px, mean 0.4 0.4 0.4, std" in capsys.readouterr().out
    rows = list(csv.DictReader((clips / "table.csv").read_text().splitlines()))
    assert [(row["r"], row["test"], row["image_size"]) for row in rows] == [
        ("0", "2", "4x32x32"),
        ("1", "2", "4x32x32"),
    ]
    assert all(float(row["top1"]) == 50 for row in rows), "the clips of both classes are equal"


def test_a_model_of_clips_of_ones_own_is_not_evaluated_on_digits(clips, capsys):
    assert evaluate(["own_clips:timms"]) == 2
    assert "--data must be given for own_clips:timms, a model of clips" in capsys.readouterr().err
