"""Figures of texts: words on the colours of their tokens, every format, from the route and the command line."""

import re
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from routes import ask

from explorer import cli
from explorer.engine.packaged import MINILM
from explorer.engine.task import Task
from explorer.export.drawing import PAPER, Line, Regions, Shape, Words
from explorer.export.hues import TEXT_HUES, region_hues
from explorer.export.lettering import BLACK, _contrast, _ink, lettering
from explorer.export.make import figure_of
from explorer.export.origin import origin_of_file
from explorer.export.query import FORMATS, FigureQuery
from explorer.export.sheet import figure
from explorer.export.tiles import OVERLAY
from explorer.media import texts
from explorer.records.query import Query
from explorer.records.service import service

SVG = "{http://www.w3.org/2000/svg}"
READABLE = ("png", "gif", "webp", "svg", "html", "json")


@pytest.fixture(scope="module", autouse=True)
def prose():
    loading = service().engine.model(MINILM)
    assert loading.done.wait(300)


def drawn(**asked):
    query = FigureQuery(**{"text": "sea", "r": 8, **asked})
    source = service().source(Query(text=query.text))
    told = figure_of(source, query, [service().run(source, query.config, Task("test"))])
    return told, figure(told).marks


def words_of(marks) -> list[Words]:
    return [mark for mark in marks if isinstance(mark, Words)]


def test_a_figure_shows_every_word_in_its_cell_and_no_picture():
    told, marks = drawn()
    story = told.stories[0]
    written = [mark.text for mark in words_of(marks)]
    assert written[1 : len(story.words) + 1] == list(story.words)
    assert written[len(story.words) + 1].startswith("A token keeps its hue")
    cols = story.record.grid[1]
    for number, word in enumerate(words_of(marks)[1 : len(story.words) + 1]):
        assert int((word.x - 20) * cols // 920) == number % cols


def test_a_figure_of_a_text_says_its_settings():
    told, marks = drawn(r="4,-1")
    assert words_of(marks)[0].text == "Layer 6 of 6: 89 of 111 tokens"
    for part in ("its words need not touch", "all-MiniLM-L6-v2, packaged weights", "input 109 word pieces", "r = 4"):
        assert part in told.caption


def test_cells_after_the_last_word_are_paper_and_dropped_words_are_hatched():
    told, marks = drawn(algorithm="random_prune")
    story = told.stories[0]
    (blank,) = [mark for mark in marks if isinstance(mark, Shape)]
    (holes,) = [mark for mark in marks if isinstance(mark, Regions) and len(mark.colours) == 1]
    last = story.labels[-1].reshape(-1)[: len(story.words)]
    assert (holes.labels == 0).sum() == (last < 0).sum() == 6 * 8
    x, y = np.array(blank.loops[0]).T
    area = abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2
    cell = (920 / story.record.grid[1]) * (920 * 34 / 110 / story.record.grid[1])
    assert area / cell == pytest.approx(len(story.words))
    assert any("Hatched words were dropped." in mark.text for mark in words_of(marks))


def test_the_regions_of_a_sample_differ_in_hue_in_every_layer():
    for sample, r in (("sea", 8), ("bread", 8), ("sea", 4)):
        story = drawn(text=sample, r=r)[0].stories[0]
        for layer, hues in zip(story.labels, region_hues(story.labels, text=True), strict=True):
            several = np.bincount(layer[layer >= 0]) > 1
            assert len(set(hues[several])) == several.sum()


BLIND = {  # Machado and others, 2009, severity 1, on linear RGB
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


def lab(seen: np.ndarray, eye: object) -> np.ndarray:
    """CIELAB of colours as an eye sees them."""
    share = seen / 255
    linear = np.where(share > 0.04045, ((share + 0.055) / 1.055) ** 2.4, share / 12.92)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = np.clip(linear @ np.transpose(eye), 0, 1) @ to_xyz.T / (0.9505, 1, 1.089)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


@pytest.mark.parametrize("eye", BLIND)
def test_the_hues_of_a_text_are_told_apart_from_each_other_and_from_grey_by_every_eye(eye):
    grey = np.array((96, 104, 114))
    hues = lab(np.vstack([TEXT_HUES, [grey]]) * OVERLAY / 255 + grey * (1 - OVERLAY / 255), BLIND[eye])
    far = np.linalg.norm(hues[:, None] - hues[None], axis=2) + 1e9 * np.eye(len(hues))
    assert far.min() > (17 if eye == "normal" else 14)


@pytest.mark.parametrize("fill", [(*hue, OVERLAY) for hue in TEXT_HUES.tolist()] + [(0, 0, 0, 0)])
def test_letters_stand_out_on_every_hue(fill):
    *colour, alpha = fill
    seen = np.array(colour) * alpha / 255 + np.array((96, 104, 114)) * (1 - alpha / 255)
    ink = _ink(np.array(fill))
    assert ink in (BLACK, PAPER)
    assert _contrast(ink, seen) >= 4.5


def test_a_long_word_is_written_smaller_and_stays_in_its_cell():
    (word,) = lettering(["w" * 60], np.zeros((1, 1), int), np.zeros((1, 4), np.uint8), lambda cells: cells * 110.0)
    assert 0 <= word.x < 55
    assert word.size < 5


def test_the_arrows_of_a_layer_lead_from_word_to_word():
    _, plain = drawn(layer=1)
    _, arrows = drawn(layer=1, arrows=True)
    assert sum(isinstance(mark, Line) for mark in arrows) == sum(isinstance(mark, Line) for mark in plain) + 2


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_holds_a_text(kind):
    status, content = ask("figure", format=kind, width=320, text="bread", r=4)
    starts = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG", "gif": b"GIF89a", "webp": b"RIFF", "mp4": b"\0\0\0",
              "webm": b"\x1aE\xdf\xa3", "html": b"<!doctype html>", "json": b"{", "view": b"{", "txt": b"bread, layer 6 of 6", "bib": b"@"}  # fmt: skip
    assert (status, content[: len(starts[kind])]) == (200, starts[kind])


@pytest.mark.parametrize("kind", READABLE)
def test_a_file_of_a_text_names_the_link_of_its_view(kind):
    content = ask("figure", format=kind, width=320, text="bread", r="4,-1", algorithm="adjacent_merge", layer=3)[1]
    told = origin_of_file(content)
    assert told.link == "text?text=bread&text_r=4&text_decreasing=true&text_algorithm=adjacent_merge&layer=3&fill=mean"
    assert (told.name, told.own, told.digest) == ("bread", False, texts.named("bread").digest)


def test_a_film_of_a_text_has_a_picture_for_every_layer():
    with Image.open(BytesIO(ask("figure", format="gif", width=320, text="sea")[1])) as film:
        assert film.n_frames == 7


def test_a_patch_after_the_last_word_is_refused():
    status, content = ask("figure", text="sea", pinned=109)
    assert status == 422
    assert b"below the 109 words of the view" in content


def test_the_command_line_writes_figures_of_a_text_and_knows_a_sample(tmp_path, capsys):
    sea, own = tmp_path / "tide.txt", tmp_path / "own.txt"
    sea.write_text(texts.named("sea").content)
    own.write_text("The cat sat on the mat, and the dog sat on the log.")
    out = tmp_path / "out"
    asked = ["--svg", "--gif", "--r", "2", "--layer", "4", "--width", "320", "--out", str(out)]
    assert cli.main([str(sea), str(own), *asked]) == 0
    assert "tokens, cosine of the embedding" in capsys.readouterr().out
    links = {file.name.partition("-")[0]: origin_of_file(file.read_bytes()).link for file in out.glob("*.svg")}
    assert links == {"tide": "text?text=sea&text_r=2&layer=4&fill=mean", "own": "text?text_r=2&layer=4&fill=mean"}
    assert sorted(file.suffix for file in out.iterdir()) == [".gif", ".gif", ".svg", ".svg"]
    (figure_of_own,) = out.glob("own-*.svg")
    letters = [each.text for each in ElementTree.fromstring(figure_of_own.read_bytes()).iter(f"{SVG}text")]
    assert re.search(r"layer 4 of 6: 17 to \d+ tokens", " ".join(letters))


@pytest.mark.parametrize(("words", "cut"), [(254, False), (255, True), (3000, True)])
def test_a_text_that_was_cut_is_marked_in_its_figure_and_its_record(words, cut, tmp_path, capsys):
    (tmp_path / "long.txt").write_text("sea " * words)
    asked = [str(tmp_path / "long.txt"), "--r", "8", "--svg", "--json", "--out", str(tmp_path / "out")]
    assert cli.main(asked) == 0
    assert ("(the first 256 tokens of the text)" in capsys.readouterr().out) == cut
    drawn, record = (next((tmp_path / "out").glob(f"*.{kind}")).read_text() for kind in ("svg", "json"))
    assert re.search("<desc[^>]*>[^<]*input 254 word pieces(, the first of a longer text)?; r = 8", drawn)[1] == (
        ", the first of a longer text" if cut else None
    )
    assert f'"cut":{str(cut).lower()}' in record
    assert ("the first 254 word pieces" in record) == cut
    assert cli.main([str(tmp_path / "long.txt"), "--out", str(tmp_path / "words")]) == 0
    assert f'"cut": {str(cut).lower()}' in next((tmp_path / "words").iterdir()).read_text()
