"""Figures of a size on paper: the width in the file, letters of 7 points, rows, letters of panels, and the caption apart."""

import re
from base64 import b64encode
from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from routes import ask

from explorer.engine.models import EMBEDDED
from explorer.engine.task import Task
from explorer.export.drawing import Photo, Regions, Words
from explorer.export.heat import Heat
from explorer.export.make import figure_of, write
from explorer.export.panel import Look
from explorer.export.query import FigureQuery
from explorer.export.settings import settings
from explorer.export.sheet import Figure, figure
from explorer.export.tiles import Story
from explorer.export.words import lines, width_of
from explorer.media.photos import sample
from explorer.media.views import thumbnail
from explorer.records.service import service
from explorer.records.stored import stored
from tome.config import MergeConfig

SVG = "{http://www.w3.org/2000/svg}"
MODEL = SimpleNamespace(label="DINOv2 ViT-S/14", weights="embedded", digest="1a2b3c4d")
PAPERS = (3.25, 5.5, 6.75)
LONG = "vit_tiny_patch16_224.augreg_in21k_ft_in1k_of_a_long_name"


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(stored(), thumbnail(sample("dog"))[0])


def told(story: Story, panels: int, inches: float | None, **look) -> Figure:
    named = [settings(MODEL, "224 px", MergeConfig(r=r + 1)) for r in range(panels)]
    return Figure([story] * panels, Look(8, **look), named, origin="{}", inches=inches)


def heated(story: Story) -> Story:
    row = {"low": -0.00012, "high": 0.00012, "values": b64encode(np.arange(266).astype(np.uint8).tobytes()).decode()}
    return replace(story, heat=Heat(100, [None, *[row] * 12]))


def assert_readable(drawing) -> None:
    said = [mark for mark in drawing.marks if isinstance(mark, Words)]
    assert min(words.size * drawing.points for words in said) >= 7
    for words in said:
        assert words.x + width_of(words.text, words.size, words.bold) <= drawing.width, words.text
        assert words.y < drawing.height


@pytest.mark.parametrize("inches", PAPERS)
@pytest.mark.parametrize("panels", [1, 2, 3, 4, 5, 12])
@pytest.mark.parametrize("fill", ["mean", "size", "difference"])
def test_every_letter_has_seven_points_on_paper_and_stays_on_it(story, inches, panels, fill):
    figures = told(story, panels, inches, fill=fill, reference=0)
    for each in (figures, replace(figures, titles=[LONG] * panels)):
        assert_readable(figure(each))


@pytest.mark.parametrize("inches", PAPERS)
def test_a_scale_below_a_panel_ends_before_the_next_panel(story, inches):
    drawing = figure(told(heated(story), 4, inches, pinned=100))
    assert_readable(drawing)
    (wide,) = {mark.width for mark in drawing.marks if isinstance(mark, Photo)}
    lefts = sorted({mark.x for mark in drawing.marks if isinstance(mark, Photo)})
    bars = [mark for mark in drawing.marks if isinstance(mark, Regions) and mark.cells == "step"]
    high = [mark for mark in drawing.marks if isinstance(mark, Words) and mark.text == "0.00012"]
    low = [mark for mark in drawing.marks if isinstance(mark, Words) and mark.text == "−0.00012"]
    assert len(bars) == 4
    assert [words.y for words in high] == [words.y for words in low]
    for words in high:
        left = max(each for each in lefts if each <= words.x)
        assert words.x + width_of(words.text, words.size) <= left + wide


@pytest.mark.parametrize("inches", PAPERS)
def test_svg_pdf_and_png_say_their_width_on_paper(story, inches):
    figures = told(story, 3, inches)
    root = ElementTree.fromstring(write(figures, "svg"))
    assert root.get("width") == f"{inches:g}in"
    high = float(root.get("height").removesuffix("in"))
    _, _, *box = map(float, re.search(rb"/MediaBox \[ ([^]]*) \]", write(figures, "pdf"))[1].split())
    assert box == pytest.approx([72 * inches, 72 * high], abs=0.01)
    picture = Image.open(BytesIO(write(figures, "png", 600)))
    assert picture.width / picture.info["dpi"][0] == pytest.approx(inches, abs=0.01)


@pytest.mark.parametrize(("inches", "panels", "rows"), [
    (3.25, 2, [2]), (3.25, 4, [2, 2]), (3.25, 6, [2, 2, 2]), (5.5, 4, [4]), (5.5, 5, [3, 2]), (5.5, 6, [3, 3]), (6.75, 12, [4, 4, 4]),
])  # fmt: skip
def test_panels_stand_in_as_many_rows_as_the_width_asks_for_and_as_even_ones(story, inches, panels, rows):
    tops = [mark.y for mark in figure(told(story, panels, inches)).marks if isinstance(mark, Photo)]
    assert [tops.count(top) for top in sorted(set(tops))] == rows


def test_several_panels_on_paper_have_letters_in_picture_and_caption(story):
    lettered = told(story, 3, 5.5)
    tops = [mark.text for mark in figure(lettered).marks if isinstance(mark, Words) and mark.bold]
    assert tops == ["(a) r = 1", "(b) r = 2", "(c) r = 3"]
    assert lettered.caption.endswith("Panels: (a) r = 1; (b) r = 2; (c) r = 3.")
    for plain in (told(story, 1, 5.5), told(story, 3, None)):
        assert "(a)" not in " ".join(mark.text for mark in figure(plain).marks if isinstance(mark, Words))


@pytest.mark.parametrize("inches", [None, 5.5])
def test_a_caption_that_is_left_out_of_the_picture_stays_in_the_file(story, inches):
    def written(figures: Figure) -> str:
        return " ".join(text.text for text in ElementTree.fromstring(write(figures, "svg")).iter(f"{SVG}text"))

    whole = told(story, 2, inches)
    bare = replace(whole, captioned=False)
    assert "SHA-256" in written(whole)
    assert "SHA-256" not in written(bare)
    assert written(bare).endswith("single patches show the photo.")
    assert figure(bare).height < figure(whole).height
    assert ElementTree.fromstring(write(bare, "svg")).find(f"{SVG}desc").text == whole.caption
    assert write(bare, "txt").decode() == whole.caption


def test_a_word_that_is_wider_than_its_line_is_broken():
    broken = lines(f"the {LONG} model", 14, 150)
    assert "".join(broken).replace(" ", "") == f"the{LONG}model"
    assert max(width_of(line, 14) for line in broken) <= 150


@pytest.mark.parametrize("inches", PAPERS)
@pytest.mark.parametrize("panels", [None, [{}, {"r": 8}]])
def test_the_words_of_a_text_have_seven_points_and_keep_their_order_and_tokens(inches, panels):
    query = FigureQuery(text="bread", r=4, layer=3, inches=inches, panels=panels, fill="size")
    source = service().source(query, wait=300)
    records = [service().run(source, config, Task("test")) for config in query.configs]
    screen, paper = (figure_of(source, query.model_copy(update={"inches": each}), records) for each in (None, inches))
    drawing = figure(paper)
    assert_readable(drawing)

    def inside(told: Figure) -> list[tuple[str, tuple[int, int, int]]]:
        words = set(records[0].text.words)
        return [
            (mark.text, mark.colour) for mark in figure(told).marks if isinstance(mark, Words) and mark.text in words
        ]

    assert inside(paper) == inside(screen)


def test_the_route_and_its_names_know_width_and_caption():
    assert service().engine.model(EMBEDDED).done.wait(300)
    asked = {"sample": "cat", "r": 8, "layer": 7, "panels": '[{}, {"r": 4}]', "inches": 3.25}
    status, content = ask("figure", caption="false", **asked)
    root = ElementTree.fromstring(content)
    assert (status, root.get("width")) == (200, "3.25in")
    assert "SHA-256" not in " ".join(text.text for text in root.iter(f"{SVG}text"))
    assert ask("figure", format="txt", **asked)[1].decode().endswith("Panels: (a) r = 8; (b) r = 4.")
    status, answer = ask("figure", sample="cat", inches=1)
    assert (status, b"inches" in answer) == (422, True)
