"""``python -m explorer.cli``: photos to web pages, figures and films without a browser."""

import re
from pathlib import Path

import pytest
from PIL import Image

from explorer import cli
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
    assert cli.main([str(SAMPLES_OF_CLIPS / "bunny.mp4"), *options, "--out", str(tmp_path)]) == 0
    (film,) = tmp_path.iterdir()
    with Image.open(film) as pictures:
        assert (pictures.n_frames, pictures.width) == (13, 320)


def test_a_layer_that_is_not_there_is_refused_by_name(tmp_path, capsys):
    _, path = sample_pictures()[0]
    asked = [str(path), "--svg", "--layer", "13", "--model", "random:test_vit", "--out", str(tmp_path)]
    assert cli.main(asked) == 2
    assert "--layer must be at most 6, the blocks of the model; got 13" in capsys.readouterr().err


SOUND = SAMPLES_OF_SOUNDS / "jfk.wav"


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
        whole = (SAMPLES_OF_CLIPS / "bunny.mp4" if name.endswith("mp4") else sample_pictures()[0][1]).read_bytes()
        contents = [whole + each for each in contents]
    files = two_folders(tmp_path, name, contents)
    assert cli.main([*files, "--r", "1", *options, "--out", str(tmp_path / "out")]) == 0
    told = [line.split(": ")[0] for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert len(set(told)) == 2
    stem = name.split(".")[0]
    assert all(re.fullmatch(rf"{stem}-[0-9a-f]{{8}}\b.*", Path(each).name) for each in told)
    assert all(Path(each).is_file() for each in told)
