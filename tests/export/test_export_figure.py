"""Figures of a record: what is drawn where, in every format, and what a file says of itself."""

import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from explorer.engine.choices import schedule_name
from explorer.export.drawing import Drawing, Line, Regions, Words
from explorer.export.legend import legend
from explorer.export.make import write
from explorer.export.outline import between, loops, runs
from explorer.export.panel import Look, panel
from explorer.export.pdf import pdf
from explorer.export.raster import raster
from explorer.export.seconds import seconds_of
from explorer.export.settings import SOFTWARE, citation, settings
from explorer.export.sheet import Figure, figure
from explorer.export.tiles import FILLS, Story
from explorer.export.words import by_typeface, chinese_file, chinese_font, lines, printable, width_of
from explorer.media.photos import sample
from explorer.media.views import thumbnail
from explorer.records.schema import DROPPED, Heard, Record, Sound
from explorer.records.stored import CLIP, stored
from tome.config import MergeConfig

SVG = "{http://www.w3.org/2000/svg}"
MODEL = SimpleNamespace(label="DINOv2 ViT-S/14", weights="embedded", digest="1a2b3c4d")
TOLD = settings(MODEL, "224 px, whole photo, 14 × 19 patches", MergeConfig(r=16))


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(stored(), thumbnail(sample("dog"))[0])


def told(story: Story, layer: int = 8, **look) -> Figure:
    return Figure([story], Look(layer, **look), [TOLD], origin="{}")


def parsed(svg: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def area(loop: list[tuple[int, int]]) -> float:
    x, y = np.array(loop, float).T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


@pytest.mark.parametrize("seed", range(20))
def test_the_loops_around_a_region_enclose_its_cells_and_no_others(seed):
    inside = np.random.default_rng(seed).random((7, 9)) < 0.5
    assert sum(area(loop) for loop in loops(inside)) == inside.sum()


def test_a_ring_has_a_loop_around_its_hole():
    ring = np.ones((3, 3), bool)
    ring[1, 1] = False
    assert sorted(map(area, loops(ring))) == [-1, 9]


@pytest.mark.parametrize("seed", range(20))
def test_the_runs_of_borders_are_as_long_as_there_are_edges(seed):
    labels = np.random.default_rng(seed).integers(0, 3, (6, 8))
    upright, level = between(labels)
    pieces = runs(upright, level)
    assert np.abs(pieces[:, 2:] - pieces[:, :2]).sum() == upright.sum() + level.sum()
    assert upright.sum() == (labels[:, 1:] != labels[:, :-1]).sum()


def test_the_svg_has_a_path_for_each_token_of_several_patches(story):
    paths = parsed(write(told(story), "svg")).iter(f"{SVG}path")
    drawn = {int(path.get("class")[6:]) for path in paths if (path.get("class") or "").startswith("token-")}
    assert drawn == set(np.flatnonzero(story.sizes(8) > 1).tolist())


def test_the_svg_says_what_it_shows_and_with_which_settings(story):
    root = parsed(write(told(story), "svg"))
    assert root.find(f"{SVG}title").text == "dog: Token Merging"
    written = " ".join(text.text for text in root.iter(f"{SVG}text"))
    assert written.startswith("Layer 8 of 12: 139 of 267 tokens")
    for setting in ("DINOv2 ViT-S/14", "embedded weights, SHA-256 1a2b3c4d…", "224 px", "r = 16", "schedule constant", "Bipartite soft matching",
                    "layer 8 of 12", "seed = 0", SOFTWARE):  # fmt: skip
        assert setting in written
    assert root.find(f"{SVG}desc").text in written


def test_the_photo_is_named_as_svg_1_1_names_it(story):
    (image,) = parsed(write(told(story), "svg")).iter(f"{SVG}image")
    assert image.get("{http://www.w3.org/1999/xlink}href").startswith("data:image/jpeg;base64,")


@pytest.mark.skipif(shutil.which("inkscape") is None, reason="inkscape is not installed")
def test_inkscape_draws_the_svg_as_our_picture(story, tmp_path):
    (tmp_path / "dog.svg").write_bytes(write(told(story), "svg"))
    made = tmp_path / "dog.png"
    command = ["inkscape", str(tmp_path / "dog.svg"), "--export-type=png", f"--export-filename={made}"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    ours = Image.open(BytesIO(write(told(story), "png"))).convert("RGB")
    theirs = Image.open(made).convert("RGB").resize(ours.size, Image.Resampling.LANCZOS)
    assert (
        np.abs(np.asarray(theirs, float) - np.asarray(ours, float)).mean() < 12
    )  # of 255: letters and edges are 6.6, without the photo it is 42


def test_the_svg_asks_nobody_for_anything(story):
    svg = write(told(story), "svg").decode()
    assert [each[:11] for each in re.findall(r'(?:href|src)="([^"]*)"', svg)] == ["data:image/"]
    assert "url(" not in svg
    assert "<script" not in svg


@pytest.mark.parametrize("name", ["a<b>&amp;\"'", "]]>", "\x00\x1b[31m", "中文", "</svg><script>alert(1)</script>"])
def test_a_hostile_name_is_text_in_the_svg(story, name):
    named = Story(story.record.model_copy(update={"name": name}), story.jpeg)
    root = parsed(write(told(named), "svg"))
    assert root.find(f"{SVG}title").text.startswith("".join(letter for letter in name if letter >= " "))
    assert not list(root.iter(f"{SVG}script"))


def test_a_pdf_holds_its_typeface_and_the_text_in_it(story):
    pdf = write(told(story), "pdf")
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") == 1
    assert b"/FontFile2" in pdf
    assert b"dog: Token Merging" in pdf
    assert pdf == write(told(story), "pdf")


@pytest.mark.parametrize(("fill", "darker"), [("region", True), ("size", True), ("mean", False), ("photo", False)])
def test_everything_but_the_pinned_token_is_as_dark_as_in_the_viewer(story, fill, darker):
    plain, pinned = (
        np.asarray(raster(figure(told(story, fill=fill, **pin)), 1000)).astype(float) for pin in ({}, {"pinned": 100})
    )
    rows, cols = story.record.grid
    height, width = 960 * story.record.picture.height / story.record.picture.width, 960
    top, left = 49, 20  # where sheet.py puts the picture
    inside = story.labels[8] == story.labels[8].reshape(-1)[100]

    def share(row: int, col: int) -> float:
        y, x = int(top + (row + 0.5) * height / rows * 0.96), int(left + (col + 0.5) * width / cols * 0.96)
        return pinned[y - 2 : y + 3, x - 2 : x + 3].mean() / max(plain[y - 2 : y + 3, x - 2 : x + 3].mean(), 1)

    far = np.argwhere(
        ~inside & (np.abs(np.indices((rows, cols)) - np.array(divmod(100, cols))[:, None, None]).max(0) > 4)
    )
    assert np.median([share(*each) for each in far]) == pytest.approx(0.5 if darker else 1, abs=0.02)
    assert share(*divmod(100, cols)) == pytest.approx(1, abs=0.1)


def test_a_difference_is_the_jaccard_distance_of_the_groups(story):
    def with_labels(*layers: list[int]) -> Story:
        made = [
            SimpleNamespace(labels=b64encode(np.array(each, "<u2").tobytes()), tokens=max(e for e in each if e < 9) + 1)
            for each in layers
        ]
        return Story(SimpleNamespace(grid=(1, 4), layers=made, prefix=0, text=None, frames=None), b"")

    one = with_labels([0, 0, 1, 65535])
    there = replace(with_labels([0, 1, 1, 0]), rival=one)
    assert there.differences(0).tolist() == [[1 - 1 / 3, 1 - 1 / 3, 1 - 1 / 2, 1.0]]
    assert there.shades(0)[0].tolist() == [213, 94, 0, 174]
    assert not one.shades(0)[:, 3].any()


def test_a_difference_has_a_scale_of_its_colours_below_the_words(story):
    *words, before, bar, after = legend([story, story], Look(8, fill="difference", reference=0), 0, 20, 12, 400)
    assert (before.text, after.text) == ("Both groups share most patches", "this one alone")
    assert before.y == after.y > words[-1].y
    assert bar.x + bar.width < after.x
    red = bar.colours[:, 0].astype(int)
    assert (np.diff(np.abs(red - 213)) < 0).all(), "towards the colour of a patch that differs in full"


def test_the_scale_of_differences_has_the_colours_that_are_seen_on_the_photo(story):
    rows, cols = story.record.grid
    grey = np.full((rows * cols, 3), 64, np.uint8)
    jpeg = BytesIO()
    Image.new("RGB", (304, 224), (64, 64, 64)).save(jpeg, "JPEG", quality=100)
    plain = Story(story.record.model_copy(update={"colours": b64encode(grey.tobytes()).decode()}), jpeg.getvalue())
    last = plain.last
    shown = replace(plain, rival=replace(plain, record=_regrouped(plain.record)))
    look = Look(last, "difference", reference=0)
    *_, bar, _ = legend([plain, shown], look, 0, 20, 12, 400)
    marks = [mark for mark in panel(shown, look, 0, 0, 960) if not isinstance(mark, Line)]  # without borders
    seen = np.asarray(raster(Drawing(960, 720, [*marks, bar], "", ""), 960)).astype(int)
    row, col = divmod(int(shown.differences(last).argmax()), cols)
    assert shown.differences(last).max() == 1
    middle = seen[round((row + 0.5) * 720 / rows), round((col + 0.5) * 960 / cols)]
    assert np.abs(middle - bar.colours[-1, :3]).max() <= 2
    assert (bar.colours[:, 3] == 255).all(), "on white paper a tint would be paler than on the photo"


def _regrouped(record: Record) -> Record:
    """Return a record whose last layer has dropped the first patch."""
    *layers, last = record.layers
    labels = np.frombuffer(b64decode(last.labels), "<u2").copy()
    labels[0] = 65535
    return record.model_copy(
        update={"layers": [*layers, last.model_copy(update={"labels": b64encode(labels.tobytes()).decode()})]}
    )


def test_a_difference_marks_the_panel_that_it_is_from(story):
    other = {**TOLD, "r": "8"}
    both = Figure([story, replace(story, rival=story)], Look(8, "difference", reference=0), [TOLD, other])
    above = [mark.text for mark in figure(both).marks if isinstance(mark, Words) and mark.bold]
    assert above == ["r = 16 (reference)", "r = 8"]
    assert "Colours are differences from the reference." in both.caption
    assert "Panels: r = 16 (reference); r = 8." in both.caption
    assert "reference" not in replace(both, look=Look(8, "region", reference=0)).caption


@pytest.mark.parametrize("width", [320, 960, 1920])
def test_a_png_is_as_wide_as_it_was_asked_to_be(story, width):
    picture = Image.open(BytesIO(write(told(story), "png", width)))
    assert picture.width == width
    assert picture.text["Description"].startswith("dog, layer 8 of 12")


@pytest.mark.parametrize("fill", FILLS)
def test_the_pixels_of_a_token_have_its_colour(story, fill):
    look = Look(8, fill)
    layer, sizes = story.labels[8], story.sizes(8)
    token = int(sizes.argmax())
    row, col = np.argwhere(layer == token)[0]
    drawing = replace(figure(told(story, fill=fill)), marks=panel(story, look, 0, 0, 960))
    seen = np.asarray(raster(drawing, round(drawing.width)))
    rows, cols = story.record.grid
    middle = seen[round((row + 0.5) * 720 / rows), round((col + 0.5) * 960 / cols)].astype(int)
    *colour, alpha = story.colours(8, fill)[token].astype(int)
    assert (alpha == 0) == (fill == "photo")
    assert np.abs(middle - colour).max() <= (0 if fill == "mean" else 255 - alpha)


def test_no_border_reaches_beyond_the_picture(story):
    for mark in panel(story, Look(8), 100, 50, 960):
        if isinstance(mark, Line):
            half = mark.width / 2
            assert mark.pieces[:, ::2].min() - half >= 100 - 1e-9
            assert mark.pieces[:, ::2].max() + half <= 1060 + 1e-9
            assert mark.pieces[:, 1::2].max() + half <= 770 + 1e-9


def test_arrows_and_a_pin_are_lines_of_their_own(story):
    def count(**look) -> int:
        return sum(isinstance(mark, Line) for mark in panel(story, Look(8, **look), 0, 0, 960))

    assert count(arrows=True) == count() + 2
    assert count(pinned=100) == count() + 3
    marks = panel(story, Look(0, arrows=True), 0, 0, 960)
    assert sum(isinstance(mark, Line) for mark in marks) == count()


def test_two_panels_stand_side_by_side_under_what_they_differ_in(story):
    other = {**TOLD, "r": "8"}
    both = Figure([story, story], Look(8), [TOLD, other])
    assert both.panel_titles == ["r = 16", "r = 8"]
    assert "r = 16; r = 8" in both.caption
    assert "schedule constant" in both.caption
    drawing = figure(both)
    tops = [mark for mark in drawing.marks if isinstance(mark, Words) and mark.bold]
    assert [mark.text for mark in tops] == both.panel_titles
    assert tops[0].y == tops[1].y
    assert tops[0].x < tops[1].x


@pytest.mark.parametrize(("labels", "largest", "said"), [
    ([0, 1], 1, "A region keeps its hue over the layers; single patches show the photo. Hues repeat: borders tell tokens apart."),
    ([0, 0, -1], 2, "A region keeps its hue over the layers; single patches show the photo. Hues repeat: borders tell tokens apart. Hatched patches were dropped."),
    ([0, -1], 1, "Kept patches show the photo. Hatched patches were dropped."),
])  # fmt: skip
def test_the_legend_tells_merged_tokens_from_kept_ones(labels, largest, said):
    pruned = SimpleNamespace(
        labels=[np.array(labels)],
        held=np.ones(len(labels), bool),
        largest=largest,
        record=stored(),
        words=None,
        heat=None,
    )
    (words,) = legend([pruned], Look(8, fill="region"), 0, 20, 12)
    assert words.text == said


def dropping(story: Story, *patches: int, merged: bool = False) -> Story:
    """The story with these patches dropped, and the others each a token unless ``merged``."""
    count = story.record.grid[0] * story.record.grid[1]
    layers = []
    for layer in story.record.layers:
        labels = np.frombuffer(b64decode(layer.labels), "<u2").copy() if merged else np.arange(count).astype("<u2")
        labels[list(patches)] = DROPPED
        layers.append(layer.model_copy(update={"labels": b64encode(labels.tobytes()).decode()}))
    return Story(story.record.model_copy(update={"layers": layers}), story.jpeg)


def named(*algorithms: str, **fields) -> list[dict[str, str]]:
    return [dict(settings(MODEL, "224 px", MergeConfig(r=16, algorithm=each, **fields))) for each in algorithms]


def test_a_caption_states_the_settings_of_merges_for_the_panels_that_merge(story):
    pruned = dropping(story, 0, 1)
    said = Figure([story, pruned, pruned], Look(8), named("bipartite", "attention_prune", "random_prune")).caption
    assert (
        "; seed = 0; merging panels: feature key, metric cosine, heads mean, combine weighted, "
        "partition alternating, proportional attention on. " in said
    )
    assert said.count("metric") == 1
    assert said.endswith(
        "Panels: algorithm Bipartite soft matching; algorithm Attention pruning; algorithm Random pruning."
    )
    alone = Figure([pruned], Look(8), named("attention_prune", metric="dot")).caption
    assert "r = 16; schedule constant; algorithm Attention pruning. " in alone
    both = Figure(
        [story, story, pruned], Look(8), [*named("bipartite"), *named("bipartite", "random_prune", metric="dot")]
    )
    assert both.panel_titles[:2] == [f"algorithm Bipartite soft matching, metric {each}" for each in ("cosine", "dot")]
    assert "metric" not in both.panel_titles[2] + both.caption.split("Panels")[0]


@pytest.mark.parametrize(("panels", "marks"), [
    ("merged", "Each outline is one token; its patches need not touch."),
    ("pruned", "Hatched patches were dropped; each of the others is one token."),
    ("merged pruned", "Hatched patches were dropped; every other outline is one token, whose patches need not touch."),
    ("both", "Hatched patches were dropped; every other outline is one token, whose patches need not touch."),
])  # fmt: skip
def test_a_caption_calls_no_hatched_patch_a_token(story, panels, marks):
    drawn = {"merged": story, "pruned": dropping(story, 0), "both": dropping(story, 0, merged=True)}
    said = Figure([drawn[each] for each in panels.split()], Look(8)).caption
    assert f" {marks} " in said
    assert said.count("outline") == marks.count("outline")


def test_a_clip_has_a_picture_for_each_frame():
    record = stored(CLIP)
    jpeg = BytesIO()
    Image.new("RGB", (record.picture.width, 6 * record.picture.height)).save(jpeg, "JPEG")
    drawing = figure(Figure([Story(record, jpeg.getvalue())], Look(6)))
    assert sum(isinstance(mark, Regions) for mark in drawing.marks) == 6


def test_the_lines_of_a_caption_fit_and_lose_no_word():
    text = "Each outline is one token; its patches need not touch. " * 5
    broken = lines(text, 14, 300)
    assert " ".join(broken).split() == text.split()
    assert max(width_of(line, 14) for line in broken) <= 300
    assert printable("é 中") == "é ?"


def test_chinese_letters_stand_in_their_own_typeface_and_fill_a_square():
    assert by_typeface("é 我的狗.jpg") == [("é ", False), ("我的狗", True), (".jpg", False)]
    assert by_typeface("개") == [("개", False)]  # of no Chinese typeface: a question mark as before
    assert width_of("我的狗", 14) == 42
    assert width_of("a我", 14) == pytest.approx(width_of("a", 14) + 14)


def chinese_words() -> Drawing:
    return Drawing(200, 30, (Words(10, 20, "我的狗 dog", 14),), "t", "c", "{}")


def test_a_pdf_holds_a_chinese_typeface_of_the_machine_or_names_one(monkeypatch):
    from explorer.export import pdf as module

    for found, named in (
        (chinese_file(), b"WenQuanYi"),
        (None, b"STSong-Light"),
        ("no such typeface", b"STSong-Light"),
    ):
        if found == chinese_file() and "wqy" not in str(found):
            continue  # the first of them is not installed
        monkeypatch.setattr(module, "chinese_file", lambda found=found: found)
        module._chinese.cache_clear()
        assert named in pdf(chinese_words())
    module._chinese.cache_clear()


def test_pixels_take_a_chinese_typeface_where_there_is_one(monkeypatch):
    if chinese_font(14) is None:
        pytest.skip("no Chinese typeface is installed")
    drawn = raster(chinese_words(), 200)
    monkeypatch.setattr("explorer.export.raster.chinese_font", lambda size: None)
    marks = raster(chinese_words(), 200)
    assert np.any(np.asarray(drawn)[:, 30:50] != np.asarray(marks)[:, 30:50])


def test_the_citation_names_the_paper_and_this_software():
    entries = re.findall(r"^@(\w+)\{(\w+),$", citation(), re.MULTILINE)
    assert entries == [("inproceedings", "bolya2023tome"), ("software", "tome_explorer")]
    assert citation().count("{") == citation().count("}")
    newest = re.search(r"^## \d\S+ \((\d{4})-", (Path(__file__).parents[2] / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert citation().count(f"year = {{{newest[1]}}}") == 1


@pytest.mark.parametrize(
    ("r", "name"),
    [
        (8, "constant"), ((8, -1.0), "decreasing"), ((8, 0.0), "constant"), ((8, 1.0), "increasing"),
        ((8, 0.5), "increasing (inflection 0.5)"), ((8, -0.5), "decreasing (inflection −0.5)"), ([8, 4], "per layer"),
    ],
)  # fmt: skip
def test_a_schedule_has_one_name_in_captions_and_tables(r, name):
    told = settings(MODEL, "224 px", MergeConfig(r=r))
    assert told["schedule"] == schedule_name(r) == name


def heard(seconds: float, of_a_classifier: bool) -> Record:
    width = stored().grid[1] * 0.5
    sound = {
        "seconds": seconds,
        "step": 0.5,
        "plain": "",
        "merged": "",
        "words": 0,
        "changed": 0,
        "away": 0,
        "silent": 0,
    }
    part = {"seconds": seconds, "heard": width, "step": 0.5, "width": width, "overlap": False}
    made = {"heard": Heard(**part)} if of_a_classifier else {"sound": Sound(**sound)}
    return stored().model_copy(update=made)


@pytest.mark.parametrize("of_a_classifier", [False, True])
def test_seconds_are_marked_below_a_sound_and_where_it_has_ended(of_a_classifier):
    record = heard(4.0, of_a_classifier)
    width = record.grid[1] * 0.5
    line, *words = seconds_of(record, 20, 100, 900, 12)
    assert {1.0, 4.0} <= {round((piece[0] - 20) / 900 * width, 6) for piece in line.pieces}
    assert words[-1].text == "silence from 4.0 s"
    assert words[-1].x == pytest.approx(20 + 900 * 4 / width, abs=4)
    boxes = sorted((each.x, each.x + width_of(each.text, 12)) for each in words)
    assert all(one[1] < other[0] for one, other in pairwise(boxes))
    assert boxes[-1][1] <= 920


def test_a_figure_of_a_sound_makes_room_for_its_seconds_and_one_of_a_photo_has_none(story):
    photo, sound = figure(told(story)), figure(told(replace(story, record=heard(4.0, True))))
    assert sound.height > photo.height
    assert not [each for each in photo.marks if isinstance(each, Words) and "silence" in each.text]
    assert [each for each in sound.marks if isinstance(each, Words) and "silence" in each.text]
