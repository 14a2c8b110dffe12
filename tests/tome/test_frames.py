"""An image model on the frames of a clip: itself where nothing merges, and merging across frames where it does."""

import math

import pytest
import torch
from torch.testing import assert_close
from vits import build

import tome
from tome import FrameModel
from tome.grouping import Grouping
from tome.hosts.occupancy import Occupancy
from tome.metrics.shape import shape_of
from tome.testing import HOST_RULES, check_host

FAMILIES = ("plain", "dinov2 registers", "siglip mean", "mae", "distilled")
every_family = pytest.mark.parametrize("family", FAMILIES)


def clips(model: torch.nn.Module, frames: int = 3, batch: int = 2) -> torch.Tensor:
    side = model.patch_embed.img_size[0]
    return torch.randn(batch, frames, 3, side, side, generator=torch.Generator().manual_seed(0))


@every_family
@torch.inference_mode()
def test_without_merging_framewise_is_the_image_model_frame_by_frame(family):
    image_model = build(family)
    model, clip = FrameModel(image_model, 3).eval(), clips(image_model)
    apart = image_model(clip.flatten(0, 1)).unflatten(0, (2, 3)).mean(1)
    assert torch.equal(model(clip), apart)
    assert_close(tome.trace(model, clip, tome.MergeConfig(r=0))[0], apart, rtol=0, atol=1e-5)


@every_family
@pytest.mark.parametrize("attention", ["framewise", "joint"])
@pytest.mark.usefixtures("unchecked_shapes")
def test_every_rule_for_hosts_holds(family, attention):
    model = FrameModel(build(family), 3, attention).eval()
    assert check_host(model, clips(model.model)) == list(HOST_RULES)


@torch.inference_mode()
def test_joint_attention_mixes_the_frames_and_framewise_does_not():
    image_model = build("plain")
    clip = clips(image_model, batch=1)
    other = clip.clone()
    other[:, 2] += 1
    for attention, same in (("framewise", True), ("joint", False)):
        model = FrameModel(image_model, 3, attention).eval()
        tokens = [tome.trace(model, each, tome.MergeConfig(r=0))[1].tokens[0, -48:-16] for each in (clip, other)]
        assert torch.equal(*tokens) == same


@torch.inference_mode()
def test_equal_frames_merge_across_frames():
    model = FrameModel(build("plain"), 2).eval()
    clip = clips(model.model, 1).repeat(1, 2, 1, 1, 1)
    plain = model(clip)
    output, trace = tome.trace(model, clip, tome.MergeConfig(r=[10, 4], partition="sequential"))
    assert_close(output, plain)
    source = trace.source()[:, trace.prefix :].unflatten(1, (2, 16))
    assert (source[:, 0] == source[:, 1]).sum().item() == 2 * 14


def test_a_token_attends_to_the_patches_that_lie_in_its_frames():
    # Three patches in frame 0, two in frame 1; the second of frame 0 and the first of frame 1 become one token.
    position = Occupancy(torch.tensor([[1.0, 0], [1, 0], [1, 0], [0, 1], [0, 1]]))
    merged = position.merge(Grouping(torch.tensor([[0, 1, 2, 1, 3]]), 4), torch.ones(1, 5))
    assert merged.patches.tolist() == [[[1, 0], [1, 1], [1, 0], [0, 1]]]
    assert merged.counts()[0, 0].tolist() == [[1, 1, 1, 0], [1, 2, 1, 1], [1, 1, 1, 0], [0, 1, 0, 1]]
    assert merged.spanning.tolist() == [[False, True, False, False]]


@torch.inference_mode()
def test_proportional_attention_counts_patches_and_without_it_tokens():
    seen = {}
    for proportional in (True, False):
        model = FrameModel(build("plain"), 3).eval()

        class Watch(tome.Observer):
            def attended(self, layer, attended, proportional=proportional):
                seen[proportional, layer] = attended.mask

        config = tome.MergeConfig(r=8, proportional_attention=proportional)
        tome.trace(model, clips(model.model), config, observer=Watch())
    counted, flat = seen[True, 2].exp(), seen[False, 2].exp()
    assert counted.max() > 1
    assert set(flat.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(counted > 0, flat > 0)
    # Attention within a frame covers its 16 patches and its class token, however they are merged.
    assert_close(counted[:, :, :3].sum(-1), torch.full((2, 1, 3), 17.0))
    assert math.isinf(seen[True, 0].min())


def test_a_wrong_model_attention_count_or_clip_is_refused():
    image_model = build("plain")
    with pytest.raises(ValueError, match="attention must be one of framewise, joint; got 'causal'"):
        FrameModel(image_model, 3, "causal")
    with pytest.raises(ValueError, match="frames must be a count of at least 1; got 0"):
        FrameModel(image_model, 0)
    with pytest.raises(TypeError, match="model must be a timm VisionTransformer for clips; got Eva"):
        FrameModel(build("dinov3"), 3)
    model = FrameModel(image_model, 3).eval()
    with pytest.raises(
        ValueError, match=r"clip must be \[batch, 3 frames, 3, height, width\]; got \(1, 2, 3, 64, 64\)"
    ):
        tome.trace(model, clips(image_model, 2, 1))
    with pytest.raises(ValueError, match="'evit' scores tokens by the class token"):
        tome.patch(model, algorithm="evit")
    tome.patch(FrameModel(image_model, 3, "joint"), algorithm="evit")


def test_the_cost_is_that_of_one_sequence_of_all_frames():
    image_model = build("plain")
    model, shape = FrameModel(image_model, 3), shape_of(image_model)
    whole = shape_of(model)
    assert (whole.patches, whole.prefix, whole.head) == (3 * shape.patches, 3 * shape.prefix, 3 * shape.head)
    assert tome.gflops(model) > 3 * tome.gflops(image_model)


@torch.inference_mode()
def test_the_grid_of_a_trace_names_the_frames_first():
    model = FrameModel(build("plain"), 3).eval()
    assert tome.trace(model, clips(model.model))[1].grid == (3, 4, 4)
