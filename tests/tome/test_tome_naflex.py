"""Batches of patches for NaFlexVit and Gemma4Vit: grids of several shapes, and padding."""

import pytest
import torch
from timm.models.naflexvit import batch_patchify
from torch import Tensor, nn
from torch.testing import assert_close
from vits import build

import tome

BOTH = ["naflex", "naflex, factorized", "naflex, siglip", "gemma4"]


def patches(*grids: tuple[int, int]) -> list[dict[str, Tensor]]:
    """For each of ``grids`` a batch of one: patches of noise, their rows and columns, none of them padding."""
    generator = torch.Generator().manual_seed(2)
    found = []
    for rows, columns in grids:
        image = torch.randn(1, 3, rows * 16, columns * 16, generator=generator)
        at = torch.cartesian_prod(torch.arange(rows), torch.arange(columns))[None]
        valid = torch.ones(1, rows * columns, dtype=torch.bool)
        found.append({"patches": batch_patchify(image, (16, 16))[0], "patch_coord": at, "patch_valid": valid})
    return found


def together(parts: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """One batch of them all, padded at the end to the longest."""
    long = max(part["patches"].shape[1] for part in parts)
    pad = {"patches": 0.0, "patch_coord": 0, "patch_valid": False}

    def padded(part: dict[str, Tensor], name: str) -> Tensor:
        value = part[name]
        rest = value.new_full((1, long - value.shape[1], *value.shape[2:]), pad[name])
        return torch.cat([value, rest], 1)

    return {name: torch.cat([padded(part, name) for part in parts]) for name in pad}


@pytest.mark.parametrize("family", BOTH)
@torch.inference_mode()
def test_patches_merge_as_in_the_image_that_they_are_of(family):
    model, config = build(family), tome.MergeConfig(r=3)
    image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    of_image, _ = tome.trace(model, image, config)
    of_patches, trace = tome.trace(model, patches((4, 4))[0], config)
    assert_close(of_patches, of_image, rtol=0, atol=2e-5)
    assert trace.grid is None
    assert_close(tome.patch(model, config)(patches((4, 4))[0]), of_patches, rtol=0, atol=2e-5)


@pytest.mark.parametrize("family", BOTH)
@torch.inference_mode()
def test_grids_of_several_shapes_merge_in_one_batch_as_each_alone(family):
    model, config, parts = build(family), tome.MergeConfig(r=3), patches((4, 4), (2, 8), (8, 2))
    alone = torch.cat([tome.trace(model, part, config)[0] for part in parts])
    assert_close(tome.trace(model, together(parts), config)[0], alone, rtol=0, atol=2e-5)
    assert_close(
        tome.trace(model, together(parts), tome.MergeConfig(r=0))[0], model(together(parts)), rtol=0, atol=2e-5
    )


@pytest.mark.parametrize("algorithm", ["bipartite", "pitome", "kmeans"])
@pytest.mark.parametrize("r", [0, 3])
@pytest.mark.parametrize("family", BOTH)
@torch.inference_mode()
def test_a_padded_image_merges_as_it_does_alone(family, r, algorithm):
    model, config, parts = build(family), tome.MergeConfig(r=r, algorithm=algorithm), patches((4, 4), (2, 5), (3, 4))
    alone = torch.cat([tome.trace(model, part, config)[0] for part in parts])
    assert_close(tome.trace(model, together(parts), config)[0], alone, rtol=0, atol=2e-5)
    assert_close(tome.patch(model, config)(together(parts)), alone, rtol=0, atol=2e-5)


def test_padding_in_front_of_patches_is_refused():
    batch = together(patches((4, 4), (2, 5)))
    batch["patch_valid"] = batch["patch_valid"].flip(1)
    with pytest.raises(ValueError, match="mark padding only behind the patches"):
        tome.trace(build("naflex"), batch, tome.MergeConfig(r=3))


def test_a_mask_of_another_kind_is_refused():
    batch = patches((4, 4))[0]
    batch["attn_mask"] = torch.full((1, 1, 16, 16), float("-inf")).triu(1)
    with pytest.raises(TypeError, match="attn_mask must be made from patch_valid"):
        tome.trace(build("naflex"), batch, tome.MergeConfig(r=3))


def test_patches_without_their_places_are_refused():
    batch = patches((4, 4))[0]
    del batch["patch_coord"]
    with pytest.raises(ValueError, match="they lack patch_coord"):
        tome.trace(build("naflex"), batch, tome.MergeConfig(r=3))


@pytest.mark.parametrize("family", ["naflex, rotary", "naflex, rotary mixed"])
def test_patches_for_rotary_positions_are_refused(family):
    model: nn.Module = build(family)
    for run in (lambda batch: tome.trace(model, batch, tome.MergeConfig(r=3)), tome.patch(model, r=3)):
        with pytest.raises(TypeError, match="rotary positions"):
            run(patches((4, 4))[0])


@pytest.mark.parametrize("family", ["naflex", "qwen3", "gemma4", "sam"])
def test_an_algorithm_that_drops_is_refused_where_every_patch_is_needed(family):
    for enter in (tome.patch, lambda model, config: tome.trace(model, torch.zeros(1, 3, 64, 64), config)):
        with pytest.raises(ValueError, match=r"algorithm must keep every patch, .*; 'random_prune' may drop tokens"):
            enter(build(family), tome.MergeConfig(r=3, algorithm="random_prune"))
