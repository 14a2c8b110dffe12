"""What shows itself in a notebook: traces, comparisons, the viewer."""

import json
import re
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image

import tome
from explorer.media.photos import sample
from explorer.notebook import view
from tome.forward.show import png, regions

ROOT = Path(__file__).parents[2]
LOADS = re.compile(r"<(script|link|iframe)|\b(src|href)=[\"'](?!data:)", re.IGNORECASE)


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    return timm.create_model("test_vit", img_size=64).eval()


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def test_a_picture_comes_back_from_its_png_as_it_was():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
    assert np.array_equal(np.asarray(Image.open(BytesIO(png(pixels)))), pixels)


def test_patches_of_one_token_have_one_colour_and_single_ones_are_light(model, images):
    _, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    picture, labels = regions(trace, 1), trace.source(0)[0, 1:].reshape(4, 4)
    scale = picture.shape[0] // 4
    middle = picture[scale // 2 :: scale, scale // 2 :: scale].reshape(16, 3)
    size = torch.bincount(labels.flatten())[labels.flatten()]
    assert {tuple(colour) for colour in middle[(size == 1).numpy()].tolist()} == {(232, 232, 228)}
    (together,) = (labels.flatten() == labels.flatten()[(size > 1).nonzero()[0]]).nonzero(as_tuple=True)
    assert len({tuple(middle[patch].tolist()) for patch in together}) == 1


def test_a_dropped_patch_is_dark(model, images):
    _, trace = tome.trace(model, images, tome.MergeConfig(r=3, algorithm="random_prune"))
    picture, dropped = regions(trace, 1), (trace.source(0)[0, 1:] < 0).numpy()
    scale = picture.shape[0] // 4
    middle = picture[scale // 2 :: scale, scale // 2 :: scale].reshape(16, 3)
    assert (middle[dropped] == 40).all()
    assert not (middle[~dropped] == 40).any()


def test_a_model_without_a_grid_has_no_picture(model, images):
    _, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    bare = replace(trace, grid=None)
    assert regions(bare, 1) is None
    assert "<img" not in bare._repr_html_()
    assert "<table" in bare._repr_html_()


def test_a_clip_shows_its_frames_side_by_side(model, images):
    clip = tome.FrameModel(model, frames=2)
    _, trace = tome.trace(clip, images[None], tome.MergeConfig(r=3))
    picture = regions(trace, 2)
    assert picture.shape[1] > 1.9 * picture.shape[0]


def test_a_trace_is_plain_html_that_loads_nothing(model, images):
    html = tome.trace(model, images, tome.MergeConfig(r=3))[1]._repr_html_()
    assert "17 → 2 tokens; image 0 of a batch of 2" in html
    assert not LOADS.search(html)


def test_a_comparison_shows_its_figures_and_escapes_names(model, images):
    asked = {"<b>plain</b>": tome.MergeConfig(r=0), "r = 3": tome.MergeConfig(r=3)}
    comparison = tome.compare(model, images, asked)
    assert [row.tokens for row in comparison.rows] == [17, 2]
    assert comparison.rows[0].class_cosine == pytest.approx(1)
    assert comparison.rows[0].agreement == comparison.rows[0].top1 == 1
    assert comparison.rows[1].gflops < comparison.rows[0].gflops
    html = comparison._repr_html_()
    assert "&lt;b&gt;plain" in html
    assert "<b>" not in html
    assert not LOADS.search(html)
    assert repr(comparison).splitlines()[2].startswith("r = 3")


def test_a_comparison_needs_a_configuration(model, images):
    with pytest.raises(ValueError, match="configs must name at least one"):
        tome.compare(model, images, {})


@pytest.fixture(scope="module")
def cell():
    return view("random:test_vit", "dog", r=8)


def test_a_view_draws_the_groups_of_the_trace(cell):
    assert cell.record["layers"][-1]["tokens"] < cell.record["layers"][0]["tokens"]
    assert len(cell.record["layers"]) == 7


def test_a_view_is_a_frame_of_its_own_origin_that_holds_the_saved_page(cell, tmp_path):
    html = cell._repr_html_()
    (page,) = re.findall(r'srcdoc="([^"]*)"', html)
    assert unescape(page) == cell.page == cell.save(tmp_path / "dog.html").read_text()
    assert 'sandbox="allow-scripts allow-downloads"' in html
    assert "default-src 'none'" in cell.page


def test_a_photo_comes_as_path_bytes_picture_or_array(cell, model, tmp_path):
    pixels = sample("dog").pixels
    image = Image.fromarray(pixels)
    image.save(tmp_path / "dog.png")
    for given in (tmp_path / "dog.png", str(tmp_path / "dog.png"), (tmp_path / "dog.png").read_bytes(), image, pixels):
        found = view("random:test_vit", given, r=8)
        assert [layer["labels"] for layer in found.record["layers"]] == [
            layer["labels"] for layer in cell.record["layers"]
        ]


def test_a_callers_own_model_is_viewed_unchanged(model):
    before = {name: type(part) for name, part in model.named_modules()}
    assert len(view(model, "cat", r=2, layer=3).record["layers"]) == 7
    assert {name: type(part) for name, part in model.named_modules()} == before


def test_a_clip_has_a_cursor_for_time(model):
    record = view(timm.create_model("test_vit").eval(), "bunny", r=20, size=64, frames=4).record
    assert len(record["frames"]["times"]) == 4
    assert record["picture"]["src"].startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("given", "message"),
    [((3, "dog"), "model must be a name or a ViT of timm"), ((torch.nn.Linear(1, 1), "dog"), "states no patches")],
)
def test_an_object_that_is_not_a_model_is_refused(given, message):
    with pytest.raises(TypeError, match=message):
        view(*given)


def test_an_object_that_is_not_a_picture_is_refused(model):
    with pytest.raises(TypeError, match="image must be a path, bytes, a PIL image or an array; got float"):
        view(model, 0.5)


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_its_outputs(path):
    cells = json.loads(path.read_text())["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.parametrize(
    "convert",
    [
        lambda pixels: pixels.astype(np.int64),
        lambda pixels: pixels / 255,
        lambda pixels: (pixels / 255).astype(np.float32),
        lambda pixels: pixels.astype(">u2"),
    ],
)
def test_an_array_of_floats_or_of_other_integers_is_the_same_photo(model, convert):
    pixels = convert(sample("dog").pixels)
    assert view(model, pixels, r=8).record["colours"] == view(model, sample("dog").pixels, r=8).record["colours"]


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.full((32, 32, 3), 256), ValueError, "integers from 0 to 255; got int64 from 256 to 256"),
        (np.full((32, 32, 3), 255.0), ValueError, "floats from 0 to 1; got float64 from 255 to 255"),
        (np.full((32, 32, 3), -0.1), ValueError, "floats from 0 to 1; got float64 from -0.1 to -0.1"),
        (np.full((32, 32, 3), np.nan), ValueError, "floats from 0 to 1; got float64 from nan to nan"),
        (np.full((32, 32, 3), True), TypeError, "must be of integers or floats; got bool"),
        (np.zeros((3, 32, 32)), ValueError, r"\[H, W\], \[H, W, 3\] or \[H, W, 4\]; got shape \(3, 32, 32\)"),
        ("unicorn", FileNotFoundError, "must be a file or one of the samples dog, .*bunny.*; got 'unicorn'"),
        ("none.jpg", FileNotFoundError, "must be a file or one of the samples"),
        ("jfk", TypeError, "must be a photo or a clip; 'jfk' is a sound"),
        (Path("talk.MP3"), TypeError, "must be a photo or a clip; 'talk.MP3' is a sound"),
        ("note.txt", TypeError, "must be a photo or a clip; 'note.txt' is a text"),
    ],
)
def test_what_is_no_photo_is_refused_with_what_would_be(model, image, error, message):
    with pytest.raises(error, match=message):
        view(model, image)


def test_an_unknown_setting_is_refused_by_name(model):
    with pytest.raises(
        TypeError, match=r"a setting of view must be size, .* or a field of MergeConfig: r, .*got 'foo'"
    ):
        view(model, "dog", foo=3)


def test_a_cell_of_an_mae_model_has_no_proportional_attention_unless_it_is_asked_for(model):
    model.pretrained_cfg["tag"] = "mae"
    try:
        assert "proportional attention off" in repr(view(model, "dog", r=1))
        assert "proportional" not in repr(view(model, "dog", r=1, proportional_attention=True))
    finally:
        model.pretrained_cfg.pop("tag")
