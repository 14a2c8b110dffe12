"""Run a model with merging and record every step, without touching the model."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from tome.config import MergeConfig
from tome.grouping import Grouping
from tome.matching.scene import Matching, Scene
from tome.vit import LayerTrace, MergingBlocks

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
    on_match: Callable[[int, Scene, Matching], None] | None = None,
) -> tuple[Tensor, Trace]:
    """What ``model(images)`` returns under merging, and the record of every merge.

    ``images`` is [B, 3, H, W], normalised as the model wants it.  The model is not modified, so threads may share
    it.  ``on_block(layer, step)`` is called after each block and may raise to stop the run.
    ``on_match(layer, scene, matching)`` sees what the algorithm was shown and answered, where a block merges.
    """
    blocks = _Recorder.of(model, config or MergeConfig())
    blocks.on_block, blocks.on_match = on_block, on_match
    check_images(model, images)
    # A shallow copy runs the host's own embedding, norm, pool and head around our blocks.
    twin = copy.copy(model)
    twin._modules = {**model._modules, "blocks": blocks}
    output = twin(images)
    steps = tuple(blocks.steps)
    return output, Trace(steps, model.norm(blocks.x), model.num_prefix_tokens, steps[0].grouping.n_in)


def check_images(model: nn.Module, images: Tensor) -> None:
    """Raise TypeError or ValueError unless ``images`` is a float batch on the model's device."""
    if not isinstance(images, Tensor) or not images.is_floating_point():
        raise TypeError(f"images must be a float tensor; got {getattr(images, 'dtype', type(images).__name__)}")
    if images.dim() != 4:
        raise ValueError(f"images must be [batch, channels, height, width]; got shape {tuple(images.shape)}")
    device = next(model.parameters()).device
    if images.device != device:
        raise ValueError(f"images must be on the model's device, {device}; they are on {images.device}")


class _Recorder(MergingBlocks):
    """Blocks made for one call, so that what they see may be kept on them."""

    def forward(self, x: Tensor) -> Tensor:
        self.steps: list[LayerTrace] = []
        run = self.run(x, track=self.pooled, on_block=self._record, on_match=self.on_match)
        self.x = run.x
        return self.finish(run)

    def _record(self, layer: int, step: LayerTrace) -> None:
        self.steps.append(step)
        if self.on_block:
            self.on_block(layer, step)
