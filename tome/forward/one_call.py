"""The container that replaces a model's blocks for one call, such as a trace: all blocks run as one."""

from collections.abc import Callable, Iterator
from typing import Any, Self

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.between import between, check_output
from tome.forward.blocks import MergingBlocks
from tome.forward.state import ForwardState
from tome.forward.walk import Step, as_given
from tome.hosts.protocol import Host

__all__ = ["OneCall"]


class OneCall(MergingBlocks):
    """Blocks for one call: ``drive`` takes the state before the first block and returns the tokens after the last."""

    drive: Callable[[ForwardState], Any]
    track: bool | None
    state: ForwardState
    shown: Tensor
    """the tokens after the last block"""
    given: Tensor
    """what the last block that the model has run returned to it"""
    ran: int = 0
    """how many blocks the model has run"""

    @classmethod
    def driven(
        cls,
        model: nn.Module,
        host: Host,
        config: MergeConfig,
        drive: Callable[[ForwardState], Any],
        track: bool | None = None,
    ) -> Self:
        """Return the blocks of ``model`` under ``config``, driven by ``drive``."""
        blocks = cls.of(model, host, config)
        vars(blocks).update(drive=drive, track=track)
        return blocks

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        if torch.is_grad_enabled() and self.host.checkpoints(self.model[0]):
            raise ValueError(
                "model must not use gradient checkpointing while it is traced: a trace records blocks once"
            )
        self.state = self.begin(x, args, kwargs, self.track)
        self.shown, self.ran = as_given(x, self.drive(self.state)), len(self)
        return self.host.block_output(self.shown)

    def step(self, _: nn.Module, layer: int, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        """Run all blocks in place of the first; the others return what they are given."""
        if layer == 0:
            self(x, *args, **kwargs)
            self.ran = 0
        elif layer != self.ran or x is not self.given:
            raise self._not_in_turn(layer)
        self.ran += 1
        self.given = self.shown if self.ran == len(self) else between(self.shown, self._kept(layer))
        return self.host.block_output(self.given)

    def ended(self, output: Any) -> None:
        """Raise RuntimeError unless the model, which gave ``output``, has run every block, one right after another."""
        if self.ran != len(self):
            raise self._not_in_turn(self.ran)
        check_output(output)

    def _kept(self, layer: int) -> str:
        (model,) = self.model
        return (
            f"model must use what block {layer} gives in block {layer + 1} alone, as a trace runs all blocks as one; "
            f"{type(model).__name__}"
        )

    def _not_in_turn(self, layer: int) -> RuntimeError:
        (model,) = self.model
        kind, path = type(model).__name__, self.host.blocks_path(model)
        if not self.ran:
            return RuntimeError(
                f"model must run its blocks by its {path!r}, but the forward of {kind} called none there"
            )
        return RuntimeError(
            f"model must run its blocks one right after another, as a trace runs them as one; block {layer} of {kind} "
            f"did not run on what block {layer - 1} gave"
        )

    def __iter__(self) -> Iterator[nn.Module]:
        return (Step(block, layer, self) for layer, block in enumerate(self.children()))  # type: ignore[misc]

    def __getitem__(self, index: int | slice) -> Any:
        layers = range(len(self))[index]
        if isinstance(layers, int):
            return list(self)[layers]
        if len(layers) < len(self):
            raise RuntimeError(f"model must run all of its {len(self)} blocks while it is traced; got {index}")
        return self
