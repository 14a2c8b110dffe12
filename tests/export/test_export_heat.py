"""Figures of the similarity to a pinned patch: colours, scales, outline and words, in every panel."""

import json
import re
from base64 import b64encode
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from routes import ask

from explorer.engine.models import EMBEDDED
from explorer.export.drawing import Line, Regions, Words
from explorer.export.heat import ALPHA, Heat
from explorer.export.hues import SIZE_STOPS
from explorer.export.layout import MOST_COLUMNS
from explorer.export.legend import scale_of
from explorer.export.make import write
from explorer.export.panel import Look, panel
from explorer.export.settings import settings
from explorer.export.sheet import Figure, figure
from explorer.export.tiles import Story
from explorer.media.photos import sample
from explorer.media.views import thumbnail
from explorer.records.service import service
from explorer.records.stored import stored
from tome.config import MergeConfig

MODEL = SimpleNamespace(label="DINOv2 ViT-S/14", weights="embedded", digest="1a2b3c4d")

SVG = "{http://www.w3.org/2000/svg}"
PATCH = 100
PLACE = "the patch in row 6 of 14, column 6 of 19"


@pytest.fixture(scope="module")
def story() -> Story:
    """The dog, with a dropped patch 0, patch 1 at the lowest and patch 2 at the highest similarity in each layer."""
    steps = np.full(14 * 19, 127, np.uint8)
    steps[:3] = 255, 0, 254
    row = {"low": -0.25, "high": 0.75, "values": b64encode(steps.tobytes()).decode()}
    return Story(stored(), thumbnail(sample("dog"))[0], Heat(PATCH, [None, *[row] * 12]))


def told(story: Story, panels: int = 1, layer: int = 8) -> Figure:
    settings_of = [settings(MODEL, "224 px", MergeConfig(r=r + 1)) for r in range(panels)]
    return Figure([story] * panels, Look(layer, pinned=PATCH), settings_of, origin="{}")


def test_every_patch_has_the_colour_of_its_similarity(story):
    (cover,) = (mark for mark in panel(story, Look(8, pinned=PATCH), 0, 0, 960) if isinstance(mark, Regions))
    assert cover.labels.tolist() == np.arange(266).reshape(14, 19).tolist()
    assert cover.colours[:3].tolist() == [
        [0, 34, 78, 0],
        [*SIZE_STOPS[0], ALPHA],
        [*SIZE_STOPS[-1], ALPHA],
    ]


def test_a_layer_that_compares_nothing_shows_the_photo(story):
    assert not [mark for mark in panel(story, Look(0, pinned=PATCH), 0, 0, 960) if isinstance(mark, Regions)]


def test_the_token_of_the_pinned_patch_is_outlined(story):
    def lines(of: Story) -> int:
        return sum(isinstance(mark, Line) for mark in panel(of, Look(8, pinned=PATCH), 0, 0, 960))

    assert lines(story) == lines(Story(story.record, story.jpeg)) > 3


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        (-0.001, 0.75, ["0.00", "0.75"]),
        (0.0012, 0.0311, ["0.001", "0.031"]),
        (4e-7, 2.1e-6, ["4.0e−07", "2.1e−06"]),
    ],
)
def test_the_ends_of_a_scale_are_short_and_a_zero_has_no_sign(story, low, high, ends):
    rows = [row and {**row, "low": low, "high": high} for row in story.heat.told]
    warm = Story(story.record, thumbnail(sample("dog"))[0], Heat(PATCH, rows))
    words = [mark.text for mark in scale_of(warm, 8, 0, 0, 9, 60) if isinstance(mark, Words)]
    assert words == ends


def test_every_panel_has_its_scale_with_both_ends_below_it(story):
    drawing = figure(told(story, 3))
    said = [mark for mark in drawing.marks if isinstance(mark, Words)]
    for end in ("−0.25", "0.75"):
        assert len([words for words in said if words.text == end]) == 3
    assert sum(isinstance(mark, Regions) and mark.cells == "step" for mark in drawing.marks) == 3


def test_legend_and_caption_name_the_pinned_patch(story):
    drawing = figure(told(story))
    written = " ".join(mark.text for mark in drawing.marks if isinstance(mark, Words))
    assert f"similarity to the pinned patch, {PLACE}" in written
    assert f"Colours are similarities to the pinned patch, {PLACE}" in drawing.caption
    assert "mean colour" not in written
    assert max(mark.x for mark in drawing.marks if isinstance(mark, Words)) < drawing.width


def test_a_pinned_patch_without_similarities_is_named_too(story):
    plain = Figure([Story(story.record, story.jpeg)], Look(8, pinned=PATCH))
    assert f"The blue outline is the token of {PLACE}." in plain.caption


def test_all_layers_of_a_film_are_equally_high(story):
    film = Figure([story], Look(0, pinned=PATCH), moving=True)
    assert len({figure(film.at(layer)).height for layer in range(13)}) == 1


def test_twelve_panels_stand_in_rows_of_four(story):
    drawing = figure(told(story, 12))
    titles = [mark for mark in drawing.marks if isinstance(mark, Words) and mark.bold]
    assert [mark.text for mark in titles] == [f"r = {r}" for r in range(1, 13)]
    assert len({mark.x for mark in titles}) == MOST_COLUMNS
    assert len({mark.y for mark in titles}) == 3
    assert f"r = {12}" in drawing.caption


def test_a_panel_alone_in_its_row_has_letters_as_small_as_the_others(story):
    titles = [mark for mark in figure(told(story, 5)).marks if isinstance(mark, Words) and mark.bold]
    assert len({mark.size for mark in titles}) == 1


@pytest.mark.parametrize("format", ["svg", "pdf", "png"])
def test_every_format_draws_it(story, format):
    plain = Figure([Story(story.record, story.jpeg)], Look(8, pinned=PATCH))
    assert write(told(story), format) != write(plain, format)


def test_the_svg_has_a_path_for_each_patch_that_is_left(story):
    paths = ElementTree.fromstring(write(told(story), "svg")).iter(f"{SVG}path")
    drawn = [path.get("class") for path in paths if (path.get("class") or "").startswith("patch-")]
    assert drawn == [f"patch-{patch}" for patch in range(1, 266)]


def test_the_route_draws_what_the_panels_of_the_app_show():
    assert service().engine.model(EMBEDDED).done.wait(300)
    panels = json.dumps([{}, {"feature": "query"}, {"metric": "dot"}, {"feature": "value"}, {"metric": "softmax"}])
    asked = {"sample": "cat", "r": 8, "panels": panels}
    status, svg = ask("figure", format="svg", layer=6, pinned=12, similarity=True, **asked)
    assert status == 200
    said = re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode())
    shown = [json.loads(line) for line in ask("records", patch=12, **asked)[1].splitlines()]
    rows = [line["similarity"][6] for line in shown if "similarity" in line]
    assert len(rows) == 5
    ends = [float(text.replace("−", "-")) for text in said if re.fullmatch(r"−?\d+\.\d+", text)]
    for row in rows:
        within = 0.05 * (row["high"] - row["low"])
        for end in ("low", "high"):
            assert min(abs(row[end] - written) for written in ends) < within


def test_a_page_keeps_the_similarities_of_the_pinned_patch():
    assert service().engine.model(EMBEDDED).done.wait(300)
    page = ask("figure", format="html", sample="cat", r=8, pinned=12, similarity=True)[1].decode()
    data = json.loads(page.split('id="record">')[1].split("</script>")[0])
    assert (data["pinned"], data["heat"]["patch"], len(data["heat"]["panels"][0])) == (12, 12, 13)


@pytest.mark.parametrize("there", [False, True])
def test_two_photos_are_one_figure_on_one_scale(there):
    assert service().engine.model(EMBEDDED).done.wait(300)
    asked = {"sample": "dog", "r": 8, "beside": "cow", "layer": 6, "similarity": True, "pinned": 12}
    status, svg = ask("figure", format="svg", pinned_beside=there, **asked)
    assert status == 200
    root = ElementTree.fromstring(svg)
    said = [text.text for text in root.iter(f"{SVG}text")]
    ends = [text for text in said if re.fullmatch(r"−?\d+\.\d+", text)]
    assert len(ends) == 4
    assert ends[:2] == ends[2:]
    assert root.find(f"{SVG}title").text == "dog and cow: Token Merging"
    caption = root.find(f"{SVG}desc").text
    assert f"of {'cow' if there else 'dog'}, both photos on one scale" in caption
    assert caption.startswith("dog and cow, layer 6 of 12")
    assert len(list(root.iter(f"{SVG}image"))) == 2
