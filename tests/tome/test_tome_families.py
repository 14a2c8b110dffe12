"""Every plain ViT of timm is exactly right or refused by name."""

from dataclasses import replace
from functools import partial

import pytest
import timm
import torch
from plain_halves import table
from plain_merge import plain_merge
from timm.layers import (
    RotaryEmbedding,
    RotaryEmbeddingCat,
    RotaryEmbeddingDinoV3,
    RotaryEmbeddingMixed,
    RotaryEmbeddingMRope,
)
from torch import nn
from torch.testing import assert_close
from vits import (
    FAMILIES,
    HYBRID,
    OTHER,
    PLAIN,
    ROPE,
    build,
    features,
    patch_side,
    pictures,
    prefix,
    sized,
    two_colours,
    without_positions,
)

import tome
from tome.forward.batched import batched_trace
from tome.hosts.position import RotaryPosition
from tome.hosts.registry import host_of
from tome.hosts.timm_rope import wrap

every_family = pytest.mark.parametrize("family", FAMILIES)
exactly = partial(assert_close, rtol=0, atol=2e-5)


def relative(got: torch.Tensor, wanted: torch.Tensor) -> float:
    return ((got - wanted).norm() / wanted.norm()).item()


@every_family
@torch.inference_mode()
def test_merging_nothing_is_the_plain_model(family):
    model = build(family)
    images = pictures(model)
    plain = model(images)
    output, trace = tome.trace(model, images, tome.MergeConfig(r=0))
    assert relative(output, plain) <= 1e-5
    assert relative(trace.tokens, features(model, images)) <= 1e-5
    assert relative(tome.patch(model, r=0)(images), plain) <= 1e-5


@every_family
@torch.inference_mode()
def test_a_merged_token_acts_as_copies_of_the_mean_of_its_patches(family):
    model = build(family)
    images = pictures(model)
    output, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    assert sum(step.r for step in trace.layers) > 0
    exactly(output, plain_merge(model, images, trace))
    exactly(tome.patch(model, r=3)(images), output)


@every_family
@torch.inference_mode()
def test_unpatch_leaves_nothing(family):
    model = build(family)
    images, modules = pictures(model), dict(model.named_modules(remove_duplicate=False))
    plain = model(images)
    assert relative(tome.patch(model, r=3)(images), plain) > 1e-4
    tome.unpatch(model)
    assert_close(model(images), plain, rtol=0, atol=0)
    assert dict(model.named_modules(remove_duplicate=False)).keys() == modules.keys()
    assert all(type(part) is type(modules[name]) for name, part in model.named_modules())


@pytest.mark.parametrize("family", OTHER)
@torch.inference_mode()
def test_token_maps_of_a_patched_model_have_the_full_grid(family):
    model = build(family)
    images = pictures(model)
    plain = model.forward_intermediates(images, intermediates_only=True)
    for r, same in ((0, True), (3, False)):
        maps = tome.patch(model, r=r).forward_intermediates(images, intermediates_only=True)
        assert [found.shape for found in maps] == [wanted.shape for wanted in plain]
        assert (max(relative(*pair) for pair in zip(maps, plain, strict=True)) <= 1e-5) == same


@pytest.mark.parametrize("family", OTHER)
@torch.inference_mode()
def test_several_configurations_in_one_batch_are_as_each_alone(family):
    model = build(family)
    image = pictures(model, 1)
    configs = [tome.MergeConfig(r=[0, *r], metric=metric) for r in ((4, 2), (2, 4)) for metric in ("cosine", "dot")]
    for entry in batched_trace(model, image, configs):
        alone, trace = tome.trace(model, image, configs[entry.index])
        exactly(entry.output, alone)
        assert_close(entry.trace.source(), trace.source())


@pytest.mark.parametrize("family", OTHER)
@torch.inference_mode()
def test_attention_without_a_fused_kernel_is_the_same(family):
    model = build(family)
    images, config = pictures(model), tome.MergeConfig(r=3)
    fused, _ = tome.trace(model, images, config)
    for part in model.modules():
        if hasattr(part, "fused_attn"):
            part.fused_attn = False
    exactly(tome.trace(model, images, config)[0], fused)


@pytest.mark.parametrize("family", [family for family in FAMILIES if family not in HYBRID])
@torch.inference_mode()
def test_merging_equal_tokens_changes_nothing(family):
    options = {"dynamic_img_size": True} if family in ROPE else {}
    model = without_positions(build(family, **options))
    picture = two_colours(model)
    plain, r = model(picture), [3, 2]  # few enough that every token finds an equal one
    assert relative(tome.trace(model, picture, tome.MergeConfig(r=r))[0], plain) <= 1e-5
    unweighted = tome.MergeConfig(r=r, proportional_attention=False)
    assert relative(tome.trace(model, picture, unweighted)[0], plain) > 1e-4


@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - {"sam, windows"}))
@torch.inference_mode()
def test_every_size_that_timm_accepts_merges(family):
    model = sized(family, 4, 6)
    side = patch_side(model)
    images = pictures(model, size=(4 * side, 6 * side))
    assert relative(tome.trace(model, images, tome.MergeConfig(r=0))[0], model(images)) <= 1e-5
    output, trace = tome.trace(model, images, tome.MergeConfig(r=2))
    exactly(output, plain_merge(model, images, trace))
    assert trace.layers[-1].size[:, trace.prefix :].sum(1).tolist() == [24, 24]


@torch.inference_mode()
def test_sam_takes_another_size_than_its_own_where_no_window_stands_in_the_way():
    images = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    model = build("sam")
    output, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    exactly(output, plain_merge(model, images, trace))
    for run in (tome.patch(build("sam, windows"), r=3), lambda images: tome.trace(build("sam, windows"), images)):
        with pytest.raises(TypeError, match="windows of 4 × 4"):
            run(images)


@every_family
@torch.inference_mode()
def test_prefix_tokens_stay_themselves_and_first(family):
    model = build(family)
    _, trace = tome.trace(model, pictures(model), tome.MergeConfig(r=8))
    assert trace.prefix == prefix(model)
    for layer, step in enumerate(trace.layers):
        own = torch.arange(trace.prefix).expand(2, -1)
        assert_close(trace.source(layer)[:, : trace.prefix], own)
        assert (step.size[:, : trace.prefix] == 1).all()
        assert (trace.source(layer)[:, trace.prefix :] >= trace.prefix).all()


@pytest.mark.parametrize("family", ["test_vit", "test_vit2", "test_vit3", "test_vit4"])
@torch.inference_mode()
def test_timms_own_test_models_trace_at_their_own_size(family):
    model = timm.create_model(family).eval()
    images = torch.randn(1, 3, 160, 160, generator=torch.Generator().manual_seed(0))
    assert relative(tome.trace(model, images, tome.MergeConfig(r=0))[0], model(images)) <= 1e-5


# Rotary positions


KINDS = {
    "cat": lambda: RotaryEmbeddingCat(16, in_pixels=False),
    "cat, kept table": lambda: RotaryEmbeddingCat(16, in_pixels=False, feat_shape=[3, 5]),
    "cat, columns first": lambda: RotaryEmbeddingCat(16, in_pixels=False, grid_indexing="xy", grid_offset=1.0),
    "cat, of another size": lambda: RotaryEmbeddingCat(16, in_pixels=False, ref_feat_shape=[4, 7], rotate_half=True),
    "dinov3": lambda: RotaryEmbeddingDinoV3(16),
    "dinov3, by the longer side": lambda: RotaryEmbeddingDinoV3(16, normalize_coords="max", grid_indexing="xy"),
    "dinov3, by the shorter side": lambda: RotaryEmbeddingDinoV3(16, normalize_coords="min", rotate_half=False),
    "dinov3, periods": lambda: RotaryEmbeddingDinoV3(16, None, min_period=0.5, max_period=90, grid_offset=0.1),
    "mixed": lambda: RotaryEmbeddingMixed(32, depth=3, num_heads=2),
    "mixed, rows first": lambda: RotaryEmbeddingMixed(32, depth=3, num_heads=2, grid_indexing="ij"),
    "mrope": lambda: RotaryEmbeddingMRope(16, mrope_section=(2, 3, 3)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_positions_reproduce_timms_table(kind):
    torch.manual_seed(0)
    rope = KINDS[kind]()
    wanted = rope.get_embed([3, 5])
    position = wrap(rope).get_embed([3, 5])
    layers = range(3) if kind.startswith("mixed") else [0]
    half = getattr(rope, "rotate_half", kind == "mrope")
    got = [torch.cat(position.sines_and_cosines(layer, half), -1) for layer in layers]
    exactly(torch.stack(got).view_as(wanted), wanted)


def test_the_angle_of_a_mean_coordinate_is_the_mean_angle_and_keeps_length():
    position = RotaryPosition(torch.tensor([[0.0, 0.0], [0.0, 3.0], [0.0, 1.5]]), torch.tensor([[5.0], [1.0]]))
    sine, cosine = position.sines_and_cosines(0, half=True)
    assert_close(torch.atan2(sine, cosine)[0, :, 0], torch.tensor([0.0, 3.0, 1.5]))
    assert_close(sine**2 + cosine**2, torch.ones(1, 3, 2))


def test_the_tests_own_table_is_timms():
    for family in ROPE:
        model = build(family)
        grid = model.patch_embed.grid_size
        place = torch.tensor([[(row, column) for row in range(grid[0]) for column in range(grid[1])]]).float()
        wanted = model.rope.get_embed(shape=grid) if hasattr(model.rope, "feat_shape") else model.rope.get_embed(grid)
        for layer in range(3):
            own = wanted[layer] if wanted.dim() == 4 else wanted[None]
            exactly(table(model.rope, place, layer, grid)[0], own)


@torch.inference_mode()
def test_keys_are_compared_before_they_are_turned():
    model = build("rope")
    images, matched = pictures(model), []
    tome.trace(model, images, tome.MergeConfig(r=1), on_match=lambda layer, given, _: matched.append(given))
    x, _ = model._pos_embed(model.patch_embed(images))
    attn, x = model.blocks[0].attn, model.blocks[0].norm1(x)
    key = attn.qkv(x).reshape(2, -1, 3, 2, 16)[:, :, 1]
    exactly(matched[0].feature, key.mean(2))


@pytest.mark.parametrize("family", ["plain", "q/k-norm", "dinov3", "sapiens2", "rope mixed"])
@torch.inference_mode()
def test_class_attention_is_the_row_of_the_class_token_as_the_model_has_it(family, monkeypatch):
    monkeypatch.setitem(tome.ALGORITHMS, "bipartite", replace(tome.ALGORITHMS["bipartite"], needs_class_token=True))
    model, matched, weights = build(family), [], []
    images = pictures(model)
    _, trace = tome.trace(model, images, tome.MergeConfig(r=3), on_match=lambda layer, given, _: matched.append(given))
    for block in model.blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_hook(lambda module, given, gave: weights.append(given[0]))
    plain_merge(model, images, trace)
    exactly(matched[0].attention, weights[0][:, :, 0].mean(1))
    for layer in (1, 2):
        # The attention of a token is the sum over its copies.
        copies = weights[layer][:, :, 0].mean(1)
        exactly(matched[layer].attention, tome.Grouping(trace.source(layer - 1), trace.n_in - 3 * layer).sum(copies))


# Dropped and padded tokens


DROPPING = ["plain", "dinov3", "rope mixed", "beit", "relpos, mlp", "relpos, class token", "parallel", "eva02 enormous"]


@pytest.mark.parametrize("proportional", [True, False])
@pytest.mark.parametrize("family", DROPPING)
@pytest.mark.parametrize("algorithm", ["random_prune", "attention_prune", "dynamic_prune"])
@torch.inference_mode()
def test_dropped_patches_and_padding_take_no_part_in_attention(algorithm, family, proportional):
    model = build(family, global_pool="token")
    for name, parameter in model.named_parameters():
        parameter *= (
            4 if name.endswith("qkv.weight") else 1
        )  # sharp attention of the class token, so images keep different numbers
    images = pictures(model, 3)
    images[0] = images[0, :, :1, :1]
    config = tome.MergeConfig(r=3, algorithm=algorithm, proportional_attention=proportional)
    output, trace = tome.trace(model, images, config)
    if algorithm == "dynamic_prune":
        assert (trace.layers[-1].size == 0).any()
    exactly(output, plain_merge(model, images, trace))


@pytest.mark.parametrize("family", ["mae", "siglip mean", "perception"])
@torch.inference_mode()
def test_a_model_that_pools_sees_what_was_not_dropped(family):
    model = build(family)
    images = pictures(model)
    output, trace = tome.trace(model, images, tome.MergeConfig(r=2, algorithm="random_prune"))
    exactly(output, model.forward_head(trace.tokens))
    assert trace.tokens.shape[1] == trace.n_in - 6


def test_a_model_that_pools_refuses_images_that_keep_different_numbers():
    model = build("mae")
    images = pictures(model, 3)
    images[0] = 0.5
    with pytest.raises(ValueError, match="images must keep equally many"):
        tome.trace(model, images, tome.MergeConfig(r=3, algorithm="dynamic_prune"))


# Refusals


def gated() -> nn.Module:
    model = build("plain")
    model.blocks[1].attn.gate = nn.Linear(32, 32)
    return model


def small(name: str, **options) -> nn.Module:
    with torch.device("meta"):
        return timm.create_model(name, **options)


def turned_otherwise() -> nn.Module:
    model = build("rope")
    model.rope = RotaryEmbedding(16)
    return model


def in_pixels() -> nn.Module:
    model = build("rope")
    model.rope = RotaryEmbeddingCat(16, in_pixels=True, feat_shape=[4, 4])
    return model


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (partial(small, "vit_base_patch16_xp_224", depth=2), "ParallelScalingBlock: attention and MLP run side by"),
        (
            partial(small, "vit_dpwee_patch16_reg1_gap_256", depth=2),
            "DiffParallelScalingBlock: attention and MLP run side by side",
        ),
        (partial(small, "samvit_base_patch16", depth=2), r"whole grid of 64 × 64 patches.* windows of 14 × 14"),
        (partial(small, "resnet18"), "ResNet"),
        (gated, "Attention with gate"),
        (turned_otherwise, "no RotaryEmbedding: merging was not tested"),
        (in_pixels, "linear in the coordinate; its RotaryEmbeddingCat does not"),
        (partial(build, "dinov3", patch_drop_rate=0.5), "no PatchDropoutWithIndices beside rotary"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_not_tried_is_refused_by_name(model, part):
    model = model()
    for enter in (lambda model: host_of(model).check(model), tome.patch):
        with pytest.raises(TypeError, match=part):
            enter(model)


def test_a_hook_on_one_of_several_attentions_is_refused_since_it_would_not_be_heard():
    model = build("parallel")
    hook = model.blocks[1].attns[0].attn.register_forward_hook(lambda *_: None)
    with pytest.raises(TypeError, match="hooks on the attentions of a ParallelThingsBlock"):
        tome.patch(model, r=2)
    hook.remove()
    tome.patch(model, r=2)


@pytest.mark.parametrize("family", ["qwen3", "gemma4", "deepseek"])
def test_an_encoder_with_a_forward_of_its_own_is_refused_inside_a_classifier(family):
    model = build(family)
    kind = type(model.encoder)
    model.encoder.__class__ = type("Mine", (kind,), {"forward_features": lambda encoder, x: x})
    with pytest.raises(TypeError, match=f"must not override forward_features of {kind.__name__}"):
        tome.patch(model, r=2)


def test_coordinates_that_move_in_training_stand_still_in_evaluation():
    model = build("dinov3", rope_jitter_coords=1.2)
    images = pictures(model)
    assert relative(tome.patch(model, r=0)(images), tome.unpatch(model)(images)) <= 1e-5
    tome.patch(model, r=0).train()
    with pytest.raises(TypeError, match="at random"):
        model(images)


@pytest.mark.parametrize("family", ["plain", "dinov3"])
@pytest.mark.parametrize("mask", [{"attn_mask": torch.ones(17, 17, dtype=torch.bool)}, {"is_causal": True}])
def test_a_mask_is_refused(family, mask):
    model = tome.patch(build(family), r=2)
    with pytest.raises(TypeError, match="attn_mask and is_causal"):
        model(pictures(model), **mask)


@pytest.mark.parametrize("family", ["siglip", "no class token"])
def test_an_algorithm_that_needs_a_class_token_says_so(family):
    model = build(family)
    for enter in (tome.patch, lambda model, config: tome.trace(model, pictures(model), config)):
        with pytest.raises(ValueError, match=r"'evit' scores tokens by the class token; this model has none"):
            enter(model, tome.MergeConfig(algorithm="evit"))


def test_every_family_is_named_once():
    assert len(PLAIN) + len(ROPE) + len(OTHER) + len(HYBRID) == len(FAMILIES)
