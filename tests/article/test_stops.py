"""The moving pictures of the article."""

import re
from xml.etree import ElementTree

import pytest

from explorer.article.charts import bars, block, grids, round_up

PICTURES = {
    "grids": grids([("224 px", 16, 6.1), ("448 px", 32, 31.7), ("896 px", 64, 242.8)]),
    "block": block(6, 187, 171),
    "bars": bars([("a < b", 0.9, "0.9000"), ("c", 1.0, "1.0000")], 0.5, 1.0),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_whole_says_its_numbers_in_words_and_stands_still_on_request(name):
    picture = PICTURES[name]
    ElementTree.fromstring(picture.drawn(dark=True))
    assert "prefers-reduced-motion" in picture.svg
    assert "#e8eaed" in picture.drawn(dark=True)
    assert "#1d2126" in picture.drawn(dark=False)
    for number in re.findall(r"\d+\.\d+", picture.told):
        assert number in picture.svg


def test_a_wire_is_as_thick_as_there_are_tokens_on_it():
    heights = [float(each) for each in re.findall(r'height="([\d.]+)" fill="#0072B2"', block(6, 100, 50).svg)]
    assert heights[2] / heights[0] == pytest.approx(0.5, abs=0.01)


def test_each_grid_is_twice_as_wide_as_the_one_before():
    sides = [float(each) for each in re.findall(r'd="M10\.0 [\d.]+v([\d.]+)M', PICTURES["grids"].svg)]
    every = [float(each) for each in re.findall(r'd="M[\d.]+ [\d.]+v([\d.]+)M', PICTURES["grids"].svg)]
    assert sides == every[:1]
    assert every[1] / every[0] == pytest.approx(2, abs=0.02)
    assert every[2] / every[1] == pytest.approx(2, abs=0.02)


@pytest.mark.parametrize(("value", "end"), [(0.0325, 0.04), (0.04, 0.04), (1.98, 2.0), (0.0, 1.0)])
def test_a_scale_from_nought_ends_above_its_largest_value(value, end):
    assert round_up(value) == end


def test_a_value_beyond_the_scale_of_bars_extends_it():
    within, beyond = (bars([("a", value, "told")], 0, 2.5).svg for value in (2.0, 3.34))
    ends = [re.search(r'text-anchor="end">([\d.]+)<', svg)[1] for svg in (within, beyond)]
    assert ends == ["2.5", "4"]
    assert all(float(width) <= 300 for width in re.findall(r'<rect [^>]*width="([\d.]+)"', beyond))
