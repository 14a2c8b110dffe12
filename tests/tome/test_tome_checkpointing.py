"""Gradient checkpointing of patched models: blocks run again in backward, from the tokens of their forward."""

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.checkpoint import checkpoint
from vits import FAMILIES, build, pictures

import tome

TRAINABLE = [family for family in FAMILIES if family != "sapiens2"]  # refused in training


def gradients(model: nn.Module, r: int = 2, algorithm: str = "bipartite") -> list[Tensor]:
    """Gradients of all parameters after one forward and backward, and the output at the end."""
    torch.manual_seed(3)
    tome.patch(model, r=r, algorithm=algorithm)
    output = model(pictures(model))
    output.pow(2).sum().backward()
    return [*(parameter.grad for parameter in model.parameters() if parameter.grad is not None), output]


def checkpointed(family: str = "plain", **options) -> nn.Module:
    model = build(family, **options).train()
    model.set_grad_checkpointing()
    return model


@pytest.mark.parametrize("family", TRAINABLE)
def test_gradients_are_those_without_checkpointing(family):
    plain, again = gradients(build(family).train()), gradients(checkpointed(family))
    assert len(plain) == len(again)
    assert all(torch.equal(one, other) for one, other in zip(plain, again, strict=True))


def test_random_parts_of_a_block_are_the_same_when_it_runs_again():
    options = {"drop_path_rate": 0.5, "proj_drop_rate": 0.3}
    plain, again = gradients(build(**options).train()), gradients(checkpointed(**options))
    assert all(torch.equal(one, other) for one, other in zip(plain, again, strict=True))


def test_every_block_runs_twice_and_merges_as_before():
    model, seen = checkpointed(), []
    for block in model.blocks:
        block.mlp.register_forward_hook(lambda _, given, __: seen.append(given[0].shape[1]))
    gradients(model, r=3)
    assert seen == [14, 11, 8, 8, 11, 14]


def test_less_is_kept_for_backward():
    kept = {}
    for again in (False, True):
        model = checkpointed() if again else build().train()
        sizes: list[int] = []
        with saved_tensors_hooks(lambda part, sizes=sizes: sizes.append(part.nbytes) or part, lambda part: part):
            tome.patch(model, r=2)(pictures(model))
        kept[again] = sum(sizes)
    assert kept[True] < 0.5 * kept[False]


def test_forward_intermediates_under_checkpointing_are_those_without():
    model = tome.patch(build().train(), r=3)
    plain = model.forward_intermediates(pictures(model), intermediates_only=True)
    model.set_grad_checkpointing()
    again = model.forward_intermediates(pictures(model), intermediates_only=True)
    assert all(torch.equal(one, other) for one, other in zip(plain, again, strict=True))


def test_blocks_that_run_again_on_other_tokens_are_refused():
    model = tome.patch(checkpointed(), r=3)
    x = model.patch_embed(pictures(model)).requires_grad_()
    x = model._pos_embed(x)
    for block in model.blocks:
        x = checkpoint(block, x, use_reentrant=True)
    with pytest.raises(
        RuntimeError, match=r"block 2 of a patched model .* Gradient checkpointing must have use_reentrant=False"
    ):
        x.sum().backward()


def test_dropped_tokens_are_not_averaged_under_checkpointing_either():
    model = checkpointed("register, mean")
    with pytest.raises(ValueError, match="may drop tokens"):
        tome.patch(model, r=2, algorithm="random_prune")(pictures(model))


def test_a_trace_under_checkpointing_is_refused_with_gradients_and_equal_without():
    model = checkpointed().eval()
    images = pictures(model)
    with pytest.raises(ValueError, match="must not use gradient checkpointing while it is traced"):
        tome.trace(model, images, tome.MergeConfig(r=3))
    with torch.no_grad():
        output, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    model.set_grad_checkpointing(False)
    expected, plain = tome.trace(model, images, tome.MergeConfig(r=3))
    assert torch.equal(output, expected)
    assert torch.equal(trace.source(), plain.source())


def test_a_clip_in_frames_refuses_checkpointing_by_name():
    with pytest.raises(ValueError, match="FrameModel runs its blocks as one"):
        tome.patch(tome.FrameModel(checkpointed(), 2), r=3)
