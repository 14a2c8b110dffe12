"""Changes to a patched model work or raise at the call; none gives wrong results silently."""

import copy

import pytest
import timm
import torch
from timm.layers import set_fused_attn
from timm.models.eva import Eva
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from torch.testing import assert_close
from vits import build, pictures

import tome
from tome.forward.blocks import MergingBlocks

two_ways = pytest.mark.parametrize("family", ["plain", "dinov3"])


# A head that changes


@pytest.mark.parametrize("family", ["plain", "siglip mean"])
@pytest.mark.parametrize("pool", ["avg", "token", "max"])
@torch.inference_mode()
def test_a_pool_changed_after_patch_is_the_one_that_counts(family, pool):
    if family == "siglip mean" and pool == "token":
        pytest.skip("this model has no class token")
    model = tome.patch(build(family), r=3)
    images = pictures(model)
    model.reset_classifier(5, pool)
    torch.nn.init.normal_(model.head.weight)
    assert_close(model(images), tome.trace(model, images, tome.MergeConfig(r=3))[0])
    assert_close(tome.patch(model, r=0)(images), tome.unpatch(model)(images))


@torch.inference_mode()
def test_a_pool_that_an_algorithm_cannot_serve_is_refused_in_the_forward():
    model = tome.patch(build("dinov3", global_pool="token"), r=2, algorithm="random_prune")
    images = pictures(model)
    model(images)
    model.reset_classifier(5, "avg")
    with pytest.raises(ValueError, match=r"while Eva is patched, .*; 'random_prune' may drop tokens"):
        model(images)


# Blocks that change


@two_ways
@torch.inference_mode()
def test_assignments_to_the_blocks_of_a_patched_model_take_effect(family):
    model = tome.patch(build(family), r=3)
    images = pictures(model)
    before = model(images)
    for block in model.blocks:
        block.mlp = nn.Identity()
        block.colour = "red"
    assert not torch.allclose(model(images), before)
    tome.unpatch(model)
    assert all(isinstance(block.mlp, nn.Identity) and block.colour == "red" for block in model.blocks)


@two_ways
def test_the_blocks_of_a_patched_model_are_modules_of_their_class(family):
    model = build(family)
    kinds = [type(block) for block in model.blocks]
    for block, kind in zip(tome.patch(model, r=3).blocks, kinds, strict=True):
        assert isinstance(block, nn.Module)
        assert isinstance(block, kind)
        assert repr(block).startswith(kind.__name__)


@two_ways
@torch.inference_mode()
def test_a_part_that_merging_does_not_know_is_refused_in_the_next_forward(family):
    model = tome.patch(build(family), r=3)
    model.blocks[1].attn = nn.MultiheadAttention(32, 2)
    with pytest.raises(TypeError, match="MultiheadAttention"):
        model(pictures(model))


@two_ways
@pytest.mark.parametrize("part", ["block", "attn"])
@torch.inference_mode()
def test_a_replaced_forward_is_refused_at_patch_and_in_the_forward(family, part):
    model = build(family)
    target = model.blocks[1] if part == "block" else model.blocks[1].attn
    replaced = type(target).__name__ + " with a forward of its own"
    tome.patch(model, r=3)
    target.forward = lambda x, **_: x
    with pytest.raises(TypeError, match=replaced):
        model(pictures(model))
    with pytest.raises(TypeError, match=replaced):
        tome.patch(tome.unpatch(model), r=3)


@two_ways
@torch.inference_mode()
def test_a_part_wrapped_as_lora_does_is_called(family):
    class Wrapped(nn.Module):
        def __init__(self, base: nn.Linear):
            super().__init__()
            self.base, self.added = base, nn.Linear(base.in_features, base.out_features)

        def forward(self, x):
            return self.base(x) + self.added(x)

    model = build(family)
    for block in model.blocks:
        block.attn.qkv, block.mlp.fc1 = Wrapped(block.attn.qkv), Wrapped(block.mlp.fc1)
    images = pictures(model)
    assert_close(tome.patch(model, r=0)(images), tome.unpatch(model)(images))


@torch.inference_mode()
def test_a_projection_with_its_bias_apart_is_called_where_timm_calls_it():
    model = build("eva")
    for block in model.blocks:
        block.attn.qkv_bias_separate = True
        block.attn.qkv.register_forward_hook(lambda module, given, gave: gave * 1.5)
    images = pictures(model)
    assert_close(tome.patch(model, r=0)(images), tome.unpatch(model)(images))


# Hooks


@two_ways
@pytest.mark.parametrize("when", ["before patch", "after patch"])
@torch.inference_mode()
def test_hooks_on_blocks_and_attention_fire_with_the_merged_tokens(family, when):
    model, seen = build(family), {"block": [], "attn": []}

    def watch() -> None:
        for block in model.blocks:
            block.register_forward_hook(lambda module, given, gave: seen["block"].append((given[0], gave)))
            block.attn.register_forward_hook(lambda module, given, gave: seen["attn"].append((given[0], gave)))

    images = pictures(model)
    _, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    counts = [trace.n_in, *(step.grouping.n_out for step in trace.layers)]
    if when == "before patch":
        watch()
    tome.patch(model, r=3)
    if when == "after patch":
        watch()
    model(images)
    assert [given.shape[1] for given, _ in seen["block"]] == counts[:-1]
    assert [gave.shape[1] for _, gave in seen["block"]] == counts[1:]
    assert [gave.shape[1] for _, gave in seen["attn"]] == counts[:-1]
    seen["block"].clear()
    tome.trace(model, images, tome.MergeConfig(r=3))
    assert len(seen["block"]) == len(model.blocks)


@two_ways
@torch.inference_mode()
def test_hooks_can_change_what_passes(family):
    model = build(family)
    images = pictures(model)
    handles = [
        model.blocks[0].register_forward_pre_hook(lambda module, given: (given[0] * 1.1,)),
        model.blocks[1].register_forward_hook(lambda module, given, gave: gave * 0.9),
        model.blocks[1].attn.register_forward_hook(lambda module, given, gave: gave * 2),
    ]
    plain = model(images)
    assert_close(tome.patch(model, r=0)(images), plain)
    for handle in handles:
        handle.remove()
    assert not torch.allclose(model(images), plain)


@two_ways
def test_backward_hooks_on_blocks_see_the_merged_gradients(family):
    model, seen = tome.patch(build(family), r=3), []
    for block in model.blocks:
        block.register_full_backward_hook(lambda module, entering, leaving: seen.append(leaving[0].shape[1]))
    images = pictures(model)
    _, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    seen.clear()
    model(images).sum().backward()
    assert seen == [step.grouping.n_out for step in reversed(trace.layers)]


@pytest.mark.parametrize("family", ["plain", "dinov3", "eva"])
@torch.inference_mode()
def test_unfused_attention_is_heard_and_shows_its_weights(family):
    model = build(family)
    images = pictures(model)
    fused = tome.patch(model, r=3)(images)
    shapes = []
    for block in model.blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_hook(lambda module, given, gave: shapes.append(gave.shape[-1]))
    assert_close(model(images), fused, rtol=1e-5, atol=1e-6)
    assert shapes == [model.patch_embed.num_patches + model.num_prefix_tokens - 3 * layer for layer in range(3)]


def test_set_fused_attn_is_followed_and_attention_differentiates_twice():
    set_fused_attn(False)
    try:
        model = timm.create_model("test_vit", img_size=64).eval().double()
    finally:
        set_fused_attn(True)
    images = torch.randn(1, 3, 64, 64, dtype=torch.double, requires_grad=True)
    (slope,) = torch.autograd.grad(tome.patch(model, r=0)(images).square().sum(), images, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), images)
    assert second.isfinite().all()
    assert second.any()


# Subclasses


class Named(VisionTransformer):
    """Add an attribute that no forward uses."""

    def classes_in_words(self) -> list[str]:
        return ["class"] * self.num_classes


class Doubled(VisionTransformer):
    def forward_features(self, x, **options):
        return 2 * super().forward_features(x, **options)


class Turned(Eva):
    pass


def as_kind(model: nn.Module, kind: type[nn.Module]) -> nn.Module:
    model = copy.deepcopy(model)
    model.__class__ = kind
    return model


@pytest.mark.parametrize(("family", "kind"), [("plain", Named), ("dinov3", Turned)])
@torch.inference_mode()
def test_a_subclass_that_overrides_nothing_of_the_forward_is_of_its_parents_family(family, kind):
    parent = build(family)
    images = pictures(parent)
    model = as_kind(parent, kind)
    assert_close(tome.patch(model, r=3)(images), tome.patch(parent, r=3)(images))
    assert type(tome.unpatch(model)) is kind


def test_a_subclass_that_overrides_the_forward_is_refused_with_the_methods():
    model = as_kind(build("plain"), Doubled)
    with pytest.raises(TypeError, match=r"must not override forward_features of VisionTransformer.*Doubled does"):
        tome.patch(model)
    replaced = build("plain")
    replaced.forward_head = lambda x, pre_logits=False: x
    with pytest.raises(TypeError, match="must not override forward_head of VisionTransformer"):
        tome.trace(replaced, pictures(replaced))


def test_what_has_no_host_is_refused_with_the_line_that_says_how_to_write_one():
    for enter in (tome.patch, tome.unpatch, tome.trace, tome.gflops):
        arguments = (nn.Linear(2, 2), torch.zeros(1, 2)) if enter is tome.trace else (nn.Linear(2, 2),)
        with pytest.raises(TypeError, match=r"got Linear: to write a host for it, see tome.register_host"):
            enter(*arguments)
    with pytest.raises(TypeError, match=r"model must be a torch\.nn\.Module; got str"):
        tome.patch("vit_tiny_patch16_224")


# Patched for a while


@two_ways
@torch.inference_mode()
def test_merging_ends_with_its_block_also_after_an_exception(family):
    model = build(family)
    images = pictures(model)
    plain, container = model(images), model.blocks
    with tome.merging(model, r=3) as merged:
        assert merged is model
        assert not torch.allclose(model(images), plain)
    assert model.blocks is container
    assert torch.equal(model(images), plain)
    with pytest.raises(ZeroDivisionError), tome.merging(model, tome.MergeConfig(r=3)):
        raise ZeroDivisionError
    assert model.blocks is container


@torch.inference_mode()
def test_merging_inside_a_patched_model_gives_back_its_patch():
    model = tome.patch(build("plain"), r=2)
    images = pictures(model)
    patched = model(images)
    with tome.merging(model, r=5):
        assert not torch.allclose(model(images), patched)
    assert isinstance(model.blocks, MergingBlocks)
    assert torch.equal(model(images), patched)


def test_a_wrapper_is_refused_with_the_name_of_the_part_to_give():
    wrapped = nn.DataParallel(build("plain"))
    with pytest.raises(TypeError, match=r"got DataParallel: its part 'module' has one; give that, and wrap"):
        tome.patch(wrapped, r=2)
    tome.patch(wrapped.module, r=2)


def test_a_block_added_after_patch_is_refused_until_the_model_is_patched_again():
    model = tome.patch(build("plain"), r=2)
    depth = len(model.blocks)
    model.blocks.append(copy.deepcopy(model.blocks[0]))
    with pytest.raises(ValueError, match=rf"the {depth} blocks that it was patched with; got {depth + 1}"):
        model(pictures(model))
    tome.patch(model, r=2)(pictures(model))


def test_merging_that_is_refused_changes_nothing():
    model = build("siglip")
    container = model.blocks
    with pytest.raises(ValueError, match="class token"), tome.merging(model, algorithm="evit"):
        pass
    assert model.blocks is container


@two_ways
def test_a_patched_model_prints_what_it_is(family):
    model = build(family)
    plain = repr(model)
    text = repr(tome.patch(model, r=3, algorithm="greedy"))
    assert "(blocks): Merging(r=3, algorithm='greedy', timm " in text
    assert "object at 0x" not in text
    assert repr(model.blocks.container[0]).splitlines()[1].strip() in text
    assert repr(tome.unpatch(model)) == plain


# Use in two lines


@torch.inference_mode()
def test_a_model_of_timm_built_by_name_is_patched_in_two_lines():
    model = timm.create_model("test_vit").eval()
    tome.patch(model, r=3)
    assert model(torch.zeros(1, 3, 160, 160)).shape == (1, 1000)
