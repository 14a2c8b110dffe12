"""Run a model with merging and record every step, without touching the model."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.blocks import MergingBlocks
from tome.forward.state import ForwardState, LayerTrace
from tome.grouping import Grouping
from tome.hosts.timm_rope import Position, stand_in
from tome.matching.match_input import Matching, MatchInput

__all__ = ["LayerTrace", "Trace", "trace"]


@dataclass(frozen=True, eq=False)
class Trace:
    """What happened in one merged forward: plain data, O(N) per layer."""

    layers: tuple[LayerTrace, ...]
    tokens: Tensor
    """[B, N, C]: the final tokens after the model's last norm, prefix first"""
    prefix: int
    n_in: int
    """tokens before the first block, prefix included"""
    class_token: bool = True
    """whether the first of the prefix is one"""
    classes: int = 0
    """width of the head; 0 where the model gives features"""

    def source(self, layer: int = -1) -> Tensor:
        """Long [B, N0]: the token that each original token is part of after block ``layer``; −1 where pruned.

        ``layer`` counts from 0; negative numbers count from the end.  Raises IndexError outside the blocks.
        """
        if not -len(self.layers) <= layer < len(self.layers):
            raise IndexError(f"layer must be within the {len(self.layers)} blocks; got {layer}")
        first = self.layers[0].grouping.group
        steps = Grouping.identity(*first.shape, first.device)
        for step in self.layers[: layer % len(self.layers) + 1]:
            steps = steps.then(step.grouping)
        return steps.group


def trace(
    model: nn.Module,
    images: Tensor,
    config: MergeConfig | None = None,
    *,
    on_block: Callable[[int, LayerTrace], None] | None = None,
    on_match: Callable[[int, MatchInput, Matching], None] | None = None,
) -> tuple[Tensor, Trace]:
    """What ``model(images)`` returns under merging, and the record of every merge.

    ``images`` is [B, 3, H, W], normalised as the model wants it.  The model is not modified, so threads may share
    it.  ``on_block(layer, step)`` is called after each block and may raise to stop the run.
    ``on_match(layer, scene, matching)`` sees what the algorithm was shown and answered, where a block merges.
    Raises TypeError for a model that cannot be merged correctly, ValueError for images that it does not take.
    """
    blocks = _Recorder.of(model, config or MergeConfig())
    blocks.on_block, blocks.on_match = on_block, on_match
    check_images(model, images)
    # A shallow copy runs the host's own embedding, norm, pool and head around our blocks.
    twin = copy.copy(model)
    twin._modules = {**model._modules, "blocks": blocks}
    if getattr(model, "rope", None) is not None:
        twin._modules["rope"] = stand_in(model.rope)
    try:
        output = twin(images)
    except AssertionError as rule:  # timm's own, about the size
        raise ValueError(
            f"images of {images.shape[2]} × {images.shape[3]} pixels do not fit the model: {rule}"
        ) from rule
    return output, blocks.trace(model)


def check_images(model: nn.Module, images: Tensor) -> None:
    """Raise TypeError or ValueError unless ``images`` is a float batch on the model's device."""
    if not isinstance(images, Tensor) or not images.is_floating_point():
        raise TypeError(f"images must be a float tensor; got {getattr(images, 'dtype', type(images).__name__)}")
    if images.dim() != 4 or images.shape[1] != model.in_chans or not images.shape[0]:
        raise ValueError(f"images must be [batch, {model.in_chans}, height, width]; got shape {tuple(images.shape)}")
    device = next(model.parameters()).device
    if images.device != device:
        raise ValueError(f"images must be on the model's device, {device}; they are on {images.device}")


class _Recorder(MergingBlocks):
    """Blocks made for one call, so that what they see may be kept on them."""

    def forward(
        self, x: Tensor, rope: Position | None = None, attn_mask: Tensor | None = None, is_causal: bool = False
    ) -> Tensor:
        self.run, self.steps = ForwardState(self.plan, x, rope, track=self.plan.pooled), []
        for layer, block in enumerate(self.children()):
            self.steps.append(self.run.advance(block, self.on_match))
            if self.on_block:
                self.on_block(layer, self.steps[-1])
        return self.run.finish()

    def __iter__(self) -> Iterator[nn.Module]:
        # To a host that walks its blocks we are one block, and it gets the merged tokens.
        yield self

    def trace(self, model: nn.Module) -> Trace:
        return Trace(
            layers=tuple(self.steps),
            tokens=model.norm(self.run.x),
            prefix=self.plan.prefix,
            n_in=self.steps[0].grouping.n_in,
            class_token=model.cls_token is not None,
            classes=model.num_classes,
        )
