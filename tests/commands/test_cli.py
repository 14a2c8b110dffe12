"""``python -m explorer.cli``: photos to web pages, figures and films without a browser."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from explorer import cli
from explorer.export.fitting import FITS, misfit
from explorer.export.origin import origin_of_file
from explorer.media.clips import FOLDER as SAMPLES_OF_CLIPS
from explorer.media.images import sample_pictures
from explorer.media.sounds import FOLDER as SAMPLES_OF_SOUNDS


def test_a_photo_becomes_a_page_and_its_figures_are_said(tmp_path, capsys):
    name, path = sample_pictures()[0]
    assert cli.main([str(path), "--model", "random:test_vit", "--r", "3", "--out", str(tmp_path)]) == 0
    (page,) = tmp_path.iterdir()
    assert page.name.startswith(f"{name}-")
    assert page.suffix == ".html"
    said = capsys.readouterr().out
    assert f"{page}: 193 → 175 tokens" in said
    assert "class cosine 0.9" in said or "class cosine 1.0" in said


def test_a_photo_that_cannot_be_read_is_named_and_the_others_go_on(tmp_path, capsys):
    bad = tmp_path / "notes.png"
    bad.write_text("no picture")
    _, good = sample_pictures()[0]
    out = tmp_path / "pages"
    asked = [str(bad), str(tmp_path / "absent.jpg"), str(good), "--model", "random:test_vit", "--out", str(out)]
    assert cli.main(asked) == 1
    assert len(list(out.iterdir())) == 1
    said = capsys.readouterr().err
    assert "“notes.png” is not a picture" in said
    assert "absent.jpg" in said


def test_an_unavailable_model_is_one_sentence(tmp_path, capsys):
    assert cli.main(["any.png", "--model", "no_such_vit", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "There is no timm model called 'no_such_vit'.\n"


def test_a_wrong_r_is_refused_before_anything_is_loaded(capsys):
    with pytest.raises(SystemExit):
        cli.main(["any.png", "--r", "many"])
    assert "r must be a number like 13" in capsys.readouterr().err


FORMATS = ("svg", "pdf", "png", "gif", "webp", "mp4", "webm", "html", "json")


def test_a_photo_becomes_every_file_that_is_asked_for_and_no_other(tmp_path, capsys):
    name, path = sample_pictures()[0]
    asked = [f"--{kind}" for kind in FORMATS]
    options = ["--model", "random:test_vit", "--r", "3", "--beside", "8", "--layer", "4", "--width", "320"]
    assert cli.main([str(path), *asked, *options, "--out", str(tmp_path)]) == 0
    assert {file.suffix[1:] for file in tmp_path.iterdir()} == set(FORMATS)
    (figure,) = tmp_path.glob("*.svg")
    text = figure.read_text()
    assert ", layer 4 of 6. Each outline" in text
    assert "Panels: r = 3; r = 8." in text
    told = origin_of_file(figure.read_bytes())
    assert told.link == "", "no page shows two r side by side"
    assert cli.main([str(path), "--svg", *options[:4], "--layer", "4", "--out", str(tmp_path)]) == 0
    told = origin_of_file(figure.read_bytes())
    assert told.link.startswith(f"?photo={name}&side=224&model=other&timm=test_vit&random=true&r=3&layer=4")
    assert str(figure) in capsys.readouterr().out


def test_a_figure_has_the_width_on_paper_that_was_asked_for_and_no_caption(tmp_path):
    _, path = sample_pictures()[0]
    options = ["--model", "random:test_vit", "--r", "3", "--beside", "8", "--inches", "5.5", "--no-caption"]
    assert cli.main([str(path), "--svg", *options, "--out", str(tmp_path)]) == 0
    (figure,) = tmp_path.iterdir()
    text = figure.read_text()
    assert 'width="5.5in"' in text
    assert ">(b) r = 8</text>" in text
    assert "Bolya" not in "".join(re.findall("<text[^>]*>([^<]*)</text>", text))


@pytest.mark.parametrize("inches", ["1", "wide", "nan"])
def test_a_width_on_paper_that_is_none_is_refused(inches, capsys):
    with pytest.raises(SystemExit):
        cli.main(["any.png", "--inches", inches])
    assert f"must be a number from 2 to 20; got '{inches}'" in capsys.readouterr().err


def test_a_clip_becomes_a_film_where_one_is_asked_for(tmp_path):
    options = ["--gif", "--r", "16", "--side", "56", "--frames", "4", "--width", "320"]
    assert cli.main([str(BUNNY), *options, "--out", str(tmp_path)]) == 0
    (film,) = tmp_path.iterdir()
    with Image.open(film) as pictures:
        assert (pictures.n_frames, pictures.width) == (13, 320)


def test_a_layer_that_is_not_there_is_refused_by_name(tmp_path, capsys):
    _, path = sample_pictures()[0]
    asked = [str(path), "--svg", "--layer", "13", "--model", "random:test_vit", "--out", str(tmp_path)]
    assert cli.main(asked) == 2
    assert "--layer must be at most 6, the blocks of the model; got 13" in capsys.readouterr().err


SOUND = SAMPLES_OF_SOUNDS / "jfk.wav"
BUNNY = SAMPLES_OF_CLIPS / "bunny.mp4"


def two_folders(tmp_path, name, contents):
    files = [tmp_path / folder / name for folder in ("a", "b")]
    for file, content in zip(files, contents, strict=True):
        file.parent.mkdir()
        file.write_bytes(content)
    return [str(file) for file in files]


@pytest.mark.parametrize(
    ("name", "contents", "options"),
    [
        ("x.txt", (b"One text.", b"Another text."), []),
        ("x.txt", (b"a" * 4000 + b" end", b"a" * 4000 + b" other"), ["--svg"]),
        ("x.wav", (SOUND.read_bytes()[:20_000], SOUND.read_bytes()[:30_000]), []),
        ("猫.png", (b"", b"\0"), []),
        ("x.mp4", (b"", b"\0"), ["--frames", "4", "--side", "56"]),
    ],
)
def test_two_files_of_one_name_are_written_to_two(name, contents, options, tmp_path, capsys):
    if not contents[0]:  # trailing bytes make another file of the same picture or clip
        whole = (BUNNY if name.endswith("mp4") else sample_pictures()[0][1]).read_bytes()
        contents = [whole + each for each in contents]
    files = two_folders(tmp_path, name, contents)
    assert cli.main([*files, "--r", "1", *options, "--out", str(tmp_path / "out")]) == 0
    told = [line.split(": ")[0] for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert len(set(told)) == 2
    stem = name.split(".")[0]
    assert all(re.fullmatch(rf"{stem}-[0-9a-f]{{8}}\b.*", Path(each).name) for each in told)
    assert all(Path(each).is_file() for each in told)


def test_mae_models_run_as_on_their_pages(tmp_path):
    sounds = ["--sound-model", "audiomae_vit_small", "--r", "8", "--out", str(tmp_path)]
    assert cli.main([str(SOUND), *sounds]) == 0
    assert json.loads(next(tmp_path.glob("*-sound.json")).read_text())["proportional_attention"] is False
    seen = ["--model", "random:vit_base_patch16_224.mae", "--side", "64", "--r", "2", "--json"]
    assert cli.main([str(BUNNY), *seen, "--frames", "4", "--out", str(tmp_path / "clip")]) == 0
    assert cli.main([str(sample_pictures()[0][1]), *seen, "--beside", "1", "--out", str(tmp_path / "photo")]) == 0
    for kind in ("clip", "photo"):
        (record,) = (tmp_path / kind).iterdir()
        told = json.loads(record.read_text())
        assert all("proportional attention off" in each["caption"] for each in told.get("panels", [told]))


@pytest.mark.parametrize(
    ("options", "option", "purpose"),
    [
        ("x.jpg --weights none.pth", "--weights", "sounds with a --sound-model other than whisper"),
        ("x.wav --weights none.pth", "--weights", "sounds with a --sound-model other than whisper"),
        ("x.jpg --pretrained", "--pretrained", "sounds with a --sound-model other than whisper"),
        ("x.jpg --class-names n.csv", "--class-names", "sounds with a --sound-model other than whisper"),
        ("x.jpg x.txt --sound-model ast", "--sound-model", "sounds"),
        ("x.jpg --attention framewise", "--attention", "clips"),
        ("x.jpg --frames 6", "--frames", "clips"),
        ("x.txt --model embedded", "--model", "photos and clips"),
        ("x.wav --side 224", "--side", "photos and clips"),
        ("x.mp4 --crop square", "--crop", "photos, and figures and films of clips"),
        ("x.wav --svg", "--svg", "photos, clips and texts"),
        ("x.wav --layer 3", "--layer", "figures and pages"),
        ("x.jpg --gif --layer 3", "--layer", "figures and pages"),
        ("x.mp4 --layer 3", "--layer", "figures and pages"),
        ("x.jpg --inches 5", "--inches", "figures and films"),
        ("x.jpg --json --fill size", "--fill", "figures, films and pages"),
        ("x.txt --beside 8", "--beside", "figures, films, pages and records"),
        ("x.txt --arrows", "--arrows", "figures, films and pages"),
        ("x.jpg --svg --width 640", "--width", "--png and films"),
        ("x.jpg --no-caption", "--no-caption", "figures and films"),
    ],
)
def test_an_option_that_would_change_nothing_is_refused_by_name(options, option, purpose, tmp_path, capsys):
    assert cli.main([*options.split(), "--out", str(tmp_path / "out")]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"{option} must be left out: it is for {purpose}")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options",
    [
        "x.jpg x.mp4 x.wav x.txt --model m --frames 6 --sound-model ast --weights w --svg --layer 3 --fill size --inches 5",
        "x.jpg --layer 3 --beside 8 --crop square",
        "x.jpg --json --beside 8",
        "x.mp4 --crop square --gif --width 640",
        "x.wav --r 8 --algorithm tofu --out here",
    ],
)
def test_an_option_that_counts_for_one_of_the_files_is_taken(options):
    args = cli.arguments(options.split(), "export")
    assert misfit(args.given, cli._written([Path(file).suffix for file in map(str, args.files)], args)) == ""


def test_every_option_but_those_of_all_files_has_a_purpose():
    args = vars(cli.arguments(["x.jpg"], "export"))
    assert set(FITS) == set(args) - {"files", "r", "algorithm", "out", "given"}


@pytest.mark.parametrize("frames", ["3", "17"])
def test_a_clip_has_as_many_frames_as_in_the_app(frames, capsys):
    with pytest.raises(SystemExit):
        cli.main([str(BUNNY), "--frames", frames])
    assert f"must be a whole number from 4 to 16; got '{frames}'" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--svg"]])
def test_more_patches_than_a_clip_may_have_are_refused_before_the_run(options, tmp_path, capsys):
    asked = [str(BUNNY), "--frames", "16", "--side", "518", *options, "--out", str(tmp_path)]
    assert cli.main(asked) == 1
    assert re.search(r"must leave at most 4,200 patches in all frames; these are \d\d,\d{3}\.", capsys.readouterr().err)


def test_a_model_of_clips_gives_a_figure_and_a_record_of_a_clip(tmp_path, capsys):
    command = [str(BUNNY), "--model", "random:videomae_vit_small", "--r", "40", "--out", str(tmp_path)]
    assert cli.main(command) == 0
    assert {path.suffix for path in tmp_path.iterdir()} == {".png", ".json"}
    record = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert (record["layers"][0]["tokens"], record["layers"][1]["tokens"]) == (1568, 1528)
    assert record["caption"] == "VideoMAE ViT-S · 16 frames, 2 in a token · r = 40 · proportional attention off"
    capsys.readouterr()
    for option, value in (("frames", "8"), ("side", "112"), ("crop", "square"), ("attention", "joint")):
        assert cli.main([*command, f"--{option}", value, "--svg"]) == 2
        rule = f"--{option} must be left out: random:videomae_vit_small is a model of clips, which has its own"
        assert capsys.readouterr().err.splitlines()[-1] == rule
    assert cli.main([str(sample_pictures()[0][1]), *command[1:]]) == 2
    assert "--model must be one of photos for a photo" in capsys.readouterr().err
