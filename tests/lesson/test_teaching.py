"""The record of a lesson equals what tome computed, for every layer, family, photo and r."""

from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest
import torch
from timm.models.deit import VisionTransformerDistilled
from timm.models.eva import Eva
from timm.models.vision_transformer import VisionTransformer

import tome
from explorer.article.stops import STOPS
from explorer.engine.forward import pixels
from explorer.engine.models import Backbone, load
from explorer.engine.task import Task
from explorer.lesson.teaching import CHANNELS, STEPS, teach
from explorer.media.images import load as load_picture
from explorer.media.images import sample_pictures
from explorer.media.views import View, fit

JOB = Task("test")


@pytest.fixture(scope="module")
def dog():
    name, path = sample_pictures()[0]
    return load_picture(path.read_bytes(), name)


TINY = {"img_size": 40, "patch_size": 8, "embed_dim": 32, "depth": 4, "num_heads": 2, "num_classes": 0}
FAMILIES = {
    "class token": (VisionTransformer, {"qk_norm": True, "init_values": 0.1}, ["class token"]),
    "no prefix": (VisionTransformer, {"class_token": False, "global_pool": "avg"}, []),
    "registers": (VisionTransformer, {"reg_tokens": 3}, ["class token", "register 1", "register 2", "register 3"]),
    "distilled": (VisionTransformerDistilled, {}, ["class token", "distillation token"]),
    "rotary": (Eva, {"use_rot_pos_emb": True}, ["class token"]),
}


@pytest.fixture(scope="module", params=["random:test_vit", "random:test_vit2", *FAMILIES])
def backbone(request) -> Backbone:
    if request.param.startswith("random:"):
        return load(request.param)
    family, options, _ = FAMILIES[request.param]
    torch.manual_seed(0)
    model = family(**TINY, **options).eval().requires_grad_(False)
    return replace(load("random:test_vit"), model=model, patch=TINY["patch_size"], side=TINY["img_size"])


def square(picture, backbone: Backbone) -> View:
    return fit(picture, backbone.patch, (backbone.side // backbone.patch) ** 2, "square")


def numbers(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(b64decode(text), kind)


def edges(record: dict, r: int) -> list[tuple[int, int]]:
    return [(record["a"][row], record["b"][record["choice"][row]]) for row in record["order"][:r]]


def similarities(record: dict) -> np.ndarray:
    return numbers(record["similarity"], "<i2").reshape(len(record["a"]), len(record["b"])) / STEPS


def test_the_top_r_edges_are_those_that_tome_merges_at_every_layer_and_r(backbone, dog):
    view = square(dog, backbone)
    image, depth = pixels(backbone, dog, view), len(backbone.model.blocks)
    for before in (0, 2, 10_000):
        for layer in range(1, depth + 1):
            record = teach(backbone, dog, view, tome.MergeConfig(r=before), layer, JOB).record
            for r in sorted({0, 1, record["cap"] // 2, record["cap"]}):
                rates = [before] * (layer - 1) + [r]
                with torch.inference_mode():
                    step = tome.trace(backbone.model, image, tome.MergeConfig(r=rates))[1].layers[layer - 1]
                assert step.grouping.n_in == record["tokens"]
                assert edges(record, r) == list(zip(step.source[0].tolist(), step.destination[0].tolist(), strict=True))
                best = similarities(record).max(1, initial=-1)[record["order"][:r]]
                assert [f"{x:.4f}" for x in best] == [f"{x:.4f}" for x in step.similarity[0].tolist()]


def test_sizes_labels_and_prefix_are_those_of_the_trace(backbone, dog):
    view = square(dog, backbone)
    config = tome.MergeConfig(r=3)
    with torch.inference_mode():
        trace = tome.trace(backbone.model, pixels(backbone, dog, view), config)[1]
    for layer in range(2, len(trace.layers) + 1):
        record = teach(backbone, dog, view, config, layer, JOB).record
        assert len(record["prefix"]) == backbone.model.num_prefix_tokens
        assert record["r"] == trace.layers[layer - 1].r
        np.testing.assert_array_equal(numbers(record["sizes"], "<u2"), trace.layers[layer - 2].size[0])
        np.testing.assert_array_equal(numbers(record["labels"], "<u2"), trace.source(layer - 2)[0, trace.prefix :])
        assert not set(range(trace.prefix)) & {*record["a"], *record["b"]}


def test_the_mean_of_the_shown_channels_is_what_the_block_goes_on_with(backbone, dog):
    """The values are those before the merge: merged by tome's grouping, they are what the block's MLP is given."""
    view, config, layer = square(dog, backbone), tome.MergeConfig(r=3), 3
    image = pixels(backbone, dog, view)
    record = teach(backbone, dog, view, config, layer, JOB).record
    given: list[torch.Tensor] = []
    hook = backbone.model.blocks[layer - 1].norm2.register_forward_pre_hook(lambda module, args: given.append(args[0]))
    try:
        with torch.inference_mode():
            step = tome.trace(backbone.model, image, config)[1].layers[layer - 1]
    finally:
        hook.remove()
    values = torch.from_numpy(numbers(record["values"], "<f4").reshape(1, -1, CHANNELS).copy())
    size = torch.from_numpy(numbers(record["sizes"], "<u2").astype(np.float32))[None]
    torch.testing.assert_close(step.grouping.merge(values, size), given[0][..., :CHANNELS], rtol=1e-5, atol=1e-5)


def test_attention_adds_up_to_one_in_each_of_the_three_ways(backbone, dog):
    record = teach(backbone, dog, square(dog, backbone), tome.MergeConfig(r=3), 3, JOB).record
    for way in ("proportional", "unweighted", "unmerged"):
        assert numbers(record[way], "<f4").sum() == pytest.approx(1, abs=1e-5)
    assert not np.allclose(numbers(record["proportional"], "<f4"), numbers(record["unweighted"], "<f4"), atol=1e-4)


def test_before_any_merge_the_three_ways_are_one(backbone, dog):
    record = teach(backbone, dog, square(dog, backbone), tome.MergeConfig(r=3), 1, JOB).record
    for way in ("unweighted", "unmerged"):
        np.testing.assert_allclose(numbers(record["proportional"], "<f4"), numbers(record[way], "<f4"), atol=1e-6)


def test_the_model_is_as_it_was_after_a_block_was_watched(backbone, dog):
    before = {name: id(module) for name, module in backbone.model.named_modules()}
    teach(backbone, dog, square(dog, backbone), tome.MergeConfig(r=2), 2, JOB)
    assert {name: id(module) for name, module in backbone.model.named_modules()} == before


@pytest.mark.parametrize("family", FAMILIES)
def test_each_prefix_token_is_named(family, dog):
    kind, options, names = FAMILIES[family]
    model = kind(**TINY, **options).eval()
    tiny = replace(load("random:test_vit"), model=model, patch=TINY["patch_size"], side=TINY["img_size"])
    assert teach(tiny, dog, square(dog, tiny), tome.MergeConfig(r=1), 1, JOB).record["prefix"] == names


@pytest.mark.parametrize("layer", [0, 99])
def test_a_block_that_is_not_there_is_refused(backbone, dog, layer):
    with pytest.raises(IndexError, match=f"layer must be one of the {len(backbone.model.blocks)} blocks"):
        teach(backbone, dog, square(dog, backbone), tome.MergeConfig(), layer, JOB)


@pytest.mark.parametrize("name", [name for name, _ in sample_pictures()])
def test_every_sample_photo_has_a_lesson_at_every_layer_and_extreme_r(name):
    picture = load_picture(dict(sample_pictures())[name].read_bytes(), name)
    backbone = load("random:test_vit")
    view = fit(picture, backbone.patch, (backbone.side // backbone.patch) ** 2)
    for r in (0, 10_000, (5, -1.0)):
        for layer in range(1, len(backbone.model.blocks) + 1):
            record = teach(backbone, picture, view, tome.MergeConfig(r=r), layer, JOB).record
            assert len(record["order"]) == len(record["choice"]) == (len(record["a"]) if record["b"] else 0)
            assert 0 <= record["r"] <= record["cap"] <= len(record["a"])


def test_there_are_ten_stops_with_words_and_a_source():
    assert len(STOPS) == 10
    for stop in STOPS:
        assert all(text.strip() for text in (stop.title, stop.text, stop.source))
