"""Multiply-adds against the paper's printed figures and a counter on the patched model."""

import pytest
import timm
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from vits import FAMILIES, HYBRID, UNCOUNTED, build, pictures

import tome
from tome import MergeConfig, flops, gflops, r_for
from tome.metrics.cost import Shape, block_gflops, shape_of

VIDEO = Shape.plain(depth=24, width=1024, heads=16, patches=1568, patch_values=3 * 2 * 16 * 16, classes=400)
AUDIO = Shape.plain(depth=12, width=768, heads=12, patches=512, patch_values=16 * 16, classes=527)

PUBLISHED = [
    # Table 3
    ("vit_large_patch16_224", 0, "61.6"),
    ("vit_large_patch16_224", 8, "31.0"),
    ("vit_large_patch16_224", (8, -1.0), "22.3"),
    ("vit_huge_patch14_224", 0, "167.4"),
    ("vit_huge_patch14_224", 7, "92.9"),
    ("vit_huge_patch14_224", (7, -1.0), "72.6"),
    # Table 4: DeiT-S, plain and merged; AugReg's figure is the same model's
    ("deit_small_patch16_224", 0, "4.6"),
    ("deit_small_patch16_224", 13, "2.7"),
    # Tables 5 and 7
    (VIDEO, 0, "598"),
    (VIDEO, 65, "281"),
    (VIDEO, (65, -1.0), "184"),
    (VIDEO, 55, "325"),
    (AUDIO, 0, "48.6"),
    (AUDIO, 20, "36.3"),
    (AUDIO, 40, "24.7"),
    # paperswithcode: DeiT-S at 8 and 16, DeiT-Ti at 8, 12 and 16
    ("deit_small_patch16_224", 8, "3.4"),
    ("deit_small_patch16_224", 16, "2.3"),
    ("deit_tiny_patch16_224", 8, "0.9"),
    ("deit_tiny_patch16_224", 12, "0.8"),
    ("deit_tiny_patch16_224", 16, "0.6"),
]


@pytest.mark.parametrize(("model", "r", "printed"), PUBLISHED)
def test_the_published_figure_comes_out_to_the_printed_digit(model, r, printed):
    config = MergeConfig(r=r)
    got = flops(model, config) / 1e9 if isinstance(model, Shape) else gflops(model, config)
    assert f"{got:.{len(printed.partition('.')[2])}f}" == printed


def test_there_are_twenty_published_figures():
    assert len(PUBLISHED) == 20


def counted(model: nn.Module, images: torch.Tensor) -> int:
    """Return the operations of a forward: torch's counter, plus 5 for every element of a LayerNorm."""
    elements = []
    hooks = [
        part.register_forward_hook(lambda part, given, gave: elements.append(gave.numel()))
        for part in model.modules()
        if isinstance(part, nn.LayerNorm)
    ]
    # The fused kernels of a CPU are invisible to the counter.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(images)
    for hook in hooks:
        hook.remove()
    return counter.get_total_flops() // 2 + 5 * sum(elements)


@pytest.mark.parametrize("family", UNCOUNTED)
def test_a_family_whose_cost_is_not_known_is_refused_by_name(family):
    with pytest.raises(TypeError, match=r"model must have a known cost; timm \w+ states none"):
        shape_of(build(family))


@pytest.mark.parametrize("family", [family for family in FAMILIES if family not in (*UNCOUNTED, *HYBRID)])
def test_the_formula_counts_what_the_patched_model_does(family):
    model = build(family).requires_grad_(False)  # the counter's hooks fail on a parameter passed to a module
    image = pictures(model, 1)
    assert flops(shape_of(model)) == counted(model, image)
    for config in (MergeConfig(r=0), MergeConfig(r=3)):
        assert flops(shape_of(model), config) == counted(tome.patch(model, config), image)


@pytest.mark.parametrize(
    "choices",
    [{"heads": "concat"}, {"feature": "input"}, {"partition": "sequential"}, {"algorithm": "random_prune"}],
    ids=str,
)
def test_the_matching_costs_what_it_compares(choices):
    model, config = build(), MergeConfig(r=[4, 3, 20], **choices)
    assert flops(shape_of(model), config) == counted(tome.patch(model, config), pictures(model, 1))


def test_a_rectangle_costs_as_many_patches_as_it_has():
    model = build(dynamic_img_size=True)
    image, config = pictures(model, 1, (48, 96)), MergeConfig(r=2)
    assert gflops(model, config, (48, 96)) * 1e9 == pytest.approx(counted(tome.patch(model, config), image), rel=1e-12)
    assert gflops("vit_base_patch16_224", image_size=384) == pytest.approx(55.540, abs=5e-4)


def test_blocks_and_the_rest_add_up():
    shape = shape_of("vit_small_patch16_224")
    around = 196 * 384 * 768 + 5 * 197 * 384 + 384 * 1000
    assert sum(block_gflops(shape)) + around / 1e9 == pytest.approx(gflops("vit_small_patch16_224"), rel=1e-12)


def test_a_shape_by_its_numbers_is_the_models():
    by_hand = Shape.plain(depth=12, width=384, heads=6, patches=196, patch_values=768, classes=1000)
    assert by_hand == shape_of("vit_small_patch16_224")


def test_the_smallest_r_that_is_fast_enough():
    shape = shape_of("vit_small_patch16_224")
    for speed_up in (1.01, 1.5, 2.0):
        r = r_for("vit_small_patch16_224", speed_up)
        assert flops(shape) / flops(shape, MergeConfig(r=r)) >= speed_up
        assert flops(shape) / flops(shape, MergeConfig(r=r - 1)) < speed_up
    assert r_for("vit_small_patch16_224", 1.5) == 11
    assert r_for("vit_small_patch16_224", 1.0) == 0


def test_a_speed_up_out_of_reach_is_refused_with_the_best_there_is():
    with pytest.raises(ValueError, match=r"speed_up must be at most \d+\.\d\d for this model and size; got 50"):
        r_for("vit_small_patch16_224", 50)


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(ValueError, match=r"image_size must hold at least one patch of \(16, 16\); got 8"):
        gflops("vit_small_patch16_224", image_size=8)
    with torch.device("meta"):
        hybrid = timm.create_model("vit_tiny_r_s16_p8_224")
    with pytest.raises(TypeError, match="embed its patches by one convolution; it has a HybridEmbed"):
        gflops(hybrid)
    with pytest.raises(TypeError, match="got ResNet"):
        gflops("resnet18")
