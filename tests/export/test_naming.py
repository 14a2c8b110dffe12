"""The file name of a figure says what it shows, and no two figures share one."""

import json
import re
from types import SimpleNamespace

import pytest

from explorer.export.naming import file_name
from explorer.export.query import FigureQuery

PANELS = json.dumps(
    [{"feature": feature, "metric": metric} for feature in ("key", "value") for metric in ("cosine", "dot")]
)
ALGORITHMS = json.dumps([{"algorithm": "bipartite"}, {"algorithm": "pitome"}])
DIGEST = "0123456789abcdef" * 4


def name(*samples: str, **asked: object) -> str:
    records = [SimpleNamespace(name=each, layers=[None] * 13) for each in samples or ("dog",)]
    return file_name(FigureQuery(**asked), records)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"layer": 6}, "dog-r16-layer-6.svg"),
        ({"layer": 6, "r": "8,-1", "fill": "size"}, "dog-r8-decreasing-layer-6-size.svg"),
        ({"pinned": 57, "similarity": True, "format": "png"}, "dog-r16-layer-12-similarity-patch-57.png"),
        ({"algorithm": "pitome", "size": 336}, "dog-pitome-336px-r16-layer-12.svg"),
        ({"format": "gif", "layer": 6}, "dog-r16.gif"),
        ({"format": "html", "fill": "region"}, "dog-r16-region.html"),
        ({"format": "json", "fill": "region"}, "dog-r16.json"),
        ({"panels": PANELS, "layer": 6}, "dog-by-feature-metric-r16-layer-6-######.svg"),
        ({"panels": ALGORITHMS}, "dog-by-algorithm-r16-layer-12-######.svg"),
        ({"panels": '[{"r": 4}, {"r": 8}]'}, "dog-by-r-layer-12-######.svg"),
        ({"model": "deit_small_patch16_224.fb_in1k"}, "dog-deit_small_patch16_224-r16-layer-12-######.svg"),
        ({"beside_model": "random:vit_tiny_patch16_224"}, "dog-random-vit_tiny_patch16_224-r16-layer-12-######.svg"),
        ({"r": "[8,8,4]"}, "dog-r-per-layer-layer-12-######.svg"),
        ({"layer": 6, "inches": 5.5, "caption": False}, "dog-r16-layer-6-5.5in-no-caption.svg"),
        ({"inches": 5.5, "caption": False, "format": "json"}, "dog-r16.json"),
        ({"photo": DIGEST}, "dog-r16-layer-12-######.svg"),
    ],
)
def test_a_name_says_what_the_figure_shows(asked, expected):
    assert re.fullmatch(expected.replace(".", r"\.").replace("######", "[0-9a-f]{6}"), name(**asked))


def test_two_photos_are_named_both():
    assert name("dog", "owl", beside="owl", layer=6) == "dog-and-owl-r16-layer-6.svg"


def test_a_picture_saved_by_the_browser_has_the_name_of_the_servers_figure():
    view = {"panels": PANELS, "layer": 6, "fill": "region"}
    assert name(format="view", **view) == name(format="png", **view).replace(".png", ".view")


def test_what_is_not_shown_changes_no_name():
    assert name(layer=6) == name(layer=6, lang="zh", width=1920, link="?layer=6", format="svg", model="embedded")


def test_whatever_is_shown_otherwise_has_another_name():
    views = [
        {}, {"layer": 3}, {"fill": "size"}, {"arrows": True}, {"pinned": 5}, {"pinned": 6}, {"r": 8}, {"r": "16,-1"},
        {"r": "[8,8,4]"}, {"r": "[8,8,5]"}, {"size": 336}, {"crop": "square"}, {"crop": "square", "offset": 0.2},
        {"model": "a" * 40}, {"model": "a" * 41}, {"seed": 1, "partition": "random"}, {"panels": PANELS}, {"photo": DIGEST},
        {"photo": DIGEST[::-1]}, {"panels": ALGORITHMS}, {"panels": PANELS, "fill": "difference", "reference": 0},
        {"panels": PANELS, "fill": "difference", "reference": 1}, {"clip": DIGEST}, {"clip": DIGEST[::-1]},
    ]  # fmt: skip
    assert len({name(**view) for view in views}) == len(views)


@pytest.mark.parametrize(
    "hostile", ["../../etc/passwd", 'a"; filename="b', "\r\nSet-Cookie: x", "…", "狗", "a" * 300, "."]
)
def test_a_name_is_valid_on_every_file_system(hostile):
    told = name(hostile, hostile[::-1], model=hostile[:120], beside_model="hf:o/" + hostile[:100])
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,250}\.svg", told)
