"""The container that replaces a model's blocks and merges in each."""

from collections.abc import Iterator
from functools import partial
from typing import Any, NoReturn, Self

import torch
from torch import Tensor, fx, nn

from tome.config import MergeConfig, check_config
from tome.forward.plan import MergePlan
from tome.forward.state import ForwardState
from tome.forward.surgery import part
from tome.forward.walk import Carried, Step, Walk, as_given
from tome.hosts.protocol import Entry, Host

__all__ = ["MergingBlocks"]


class MergingBlocks(nn.ModuleList):
    """A model's blocks with a merge in each.  Holds the original block objects and no state of a forward."""

    plan: MergePlan
    host: Host
    container: tuple[Any]
    """the module whose place this takes"""
    model: tuple[nn.Module]
    """the model whose settings are asked in each forward"""

    def __init__(self, container: nn.Module, model: nn.Module, host: Host, plan: MergePlan):
        super().__init__()
        self.plan, self.host = plan, host
        # In tuples, so that neither is a part of this.
        self.container = container.container if isinstance(container, MergingBlocks) else (container,)
        self.model = (model,)
        self._modules = container._modules  # type: ignore[assignment]
        self.training = container.training

    @classmethod
    def of(cls, model: nn.Module, host: Host, config: MergeConfig) -> Self:
        """Return the blocks of ``model`` under ``config``.

        Raises TypeError or ValueError for a model that cannot be merged correctly.
        """
        check_config(config)
        host.check(model)
        container: Any = part(model, host.blocks_path(model))
        return cls(container, model, host, MergePlan.of(host, model, config, len(container)))

    def begin(
        self, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any], track: bool | None = None
    ) -> ForwardState:
        """Return the state of a forward before its first block, from the input of that block.

        ``x`` is [B, N, C], or [B, H, W, C] for models that keep tokens as a grid.
        """
        (model,) = self.model
        if not torch.compiler.is_compiling():
            if len(self) > len(self.plan.r):
                raise ValueError(
                    f"model must have the {len(self.plan.r)} blocks that it was patched with; got {len(self)}: "
                    "call tome.patch again"
                )
            self.host.check_blocks(self)
        pooled, restored = self.follows
        entry = self.host.entry(model, x, *args, **kwargs)
        if not isinstance(entry, Entry):
            raise TypeError(f"entry of {type(self.host).__name__} must return a tome.Entry; got {type(entry).__name__}")
        track = pooled or restored if track is None else track
        return ForwardState(self.host, self.plan, x.flatten(1, -2), entry, track=track)

    @property
    def follows(self) -> tuple[bool, bool]:
        """Return whether the head pools over patches and needs the full grid; read again in each forward."""
        (model,) = self.model
        pooled = self.host.pooled(model)
        if self.plan.algorithm.kind != "merge" and pooled and type(self) is MergingBlocks and self._needs_all(model):
            raise _drops(self.plan.config.algorithm, model)
        return pooled, self.host.restored(model)

    def restored(self, state: ForwardState) -> Tensor:
        """Return the tokens of ``state`` as a model that runs its blocks one by one takes them: the full grid."""
        (model,) = self.model
        ended = state.layer == len(self)
        if ended and self.plan.algorithm.kind != "merge" and self.host.shortens(model):
            return state.survivors()
        return state.unmerge()

    def _needs_all(self, model: nn.Module) -> bool:
        walks = self.host.walks(model) or self.host.checkpoints(model)
        return walks and not self.host.shortens(model)

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        """Run every block on ``x`` [B, N, C] and return the merged tokens.

        A model that pools over patches gets each patch's token back at the patch's place: the model's own pool
        then weighs every token by its size, whether it is a mean or an attention pool.
        """
        if isinstance(x, fx.Proxy):  # a symbolic trace: merging depends on values, so all blocks are one node
            return x.tracer.create_proxy("call_module", x.tracer.path_of_module(self), (x, *args), kwargs)
        state = self.begin(x, args, kwargs)
        for block in self.children():
            state.advance(block)
        return self.host.block_output(as_given(x, state.result(*self.follows)))

    def __iter__(self) -> Iterator[nn.Module]:
        # Some models walk the blocks themselves, and forward_intermediates always: that must merge too, and must see
        # the full grid.
        walk = Walk(self)
        if torch.compiler.is_compiling():  # which does not follow attributes of our own making
            return (partial(walk.step, block, layer) for layer, block in enumerate(self.children()))  # type: ignore[misc]
        return (Step(block, layer, walk) for layer, block in enumerate(self.children()))  # type: ignore[misc]

    def __getitem__(self, index: int | slice) -> Any:
        if not isinstance(index, slice):  # some models call their blocks by number
            block, layer = super().__getitem__(index), range(len(self))[index]
            if torch.compiler.is_compiling():  # as in __iter__
                return partial(Carried(self).step, block, layer)
            return Step(block, layer, Carried(self))
        if index.start not in (None, 0) or index.step not in (None, 1):
            raise ValueError(
                f"index must be a slice from the first block on, without steps, of a patched model; got {index}"
            )
        return type(self)(self.container[0][index], self.model[0], self.host, self.plan)

    def __prepare_scriptable__(self) -> NoReturn:
        # torch.jit.script asks this of every module before it compiles the first.
        raise TypeError(
            "model must be unpatched for torch.jit.script, which cannot compile merging: "
            "use torch.export or torch.jit.trace, or call tome.unpatch first"
        )

    def __repr__(self) -> str:
        config = self.plan.config
        return f"Merging(r={config.r}, algorithm={config.algorithm!r}, {self.host.name}): {self.container[0]!r}"


def _drops(algorithm: str, model: nn.Module) -> ValueError:
    return ValueError(
        f"algorithm must keep every patch while {type(model).__name__} is patched, as it pools over all of them; "
        f"{algorithm!r} may drop tokens: use tome.trace"
    )
