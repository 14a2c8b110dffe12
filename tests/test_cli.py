"""``python -m explorer.cli``: photos to web pages without a browser."""

import pytest

from explorer import cli
from explorer.core.images import sample_pictures


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


def test_a_model_that_cannot_be_had_is_one_sentence(tmp_path, capsys):
    assert cli.main(["any.png", "--model", "no_such_vit", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "There is no timm model called 'no_such_vit'.\n"


def test_a_wrong_r_is_refused_before_anything_is_loaded(capsys):
    with pytest.raises(SystemExit):
        cli.main(["any.png", "--r", "many"])
    assert "r must be a number like 13" in capsys.readouterr().err
