"""The state of one forward: tokens, sizes, positions, and the steps of a block on them."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from tome.combine import combine
from tome.forward.attended import Attended, reordered, select
from tome.forward.hooks import call, hooked
from tome.forward.observer import LayerTrace, Observer
from tome.forward.plan import MergePlan
from tome.grouping import Grouping
from tome.hosts.protocol import Entry, Heads, Host
from tome.matching import match
from tome.matching.match_input import MatchInput
from tome.matching.padding import empty_matching
from tome.schedule import cap
from tome.similarity import pool_heads

__all__ = ["ForwardState", "attention"]

_UNOBSERVED = Observer()


class ForwardState:
    """State of one forward: the current tokens, their sizes, and the source map.

    ``track`` keeps the source map that ``unmerge`` needs.
    """

    def __init__(self, host: Host, plan: MergePlan, x: Tensor, entry: Entry, track: bool = True):
        self.order = entry.order
        """long [B, N]: the place that each token of this forward has in the model's own order; None for the same"""
        x = reordered(x, self.order)
        self.host, self.plan, self.x, self.layer = host, plan, x, 0
        ones = x.new_ones(x.shape[:2], dtype=torch.float32)
        valid = entry.valid
        if valid is not None and self.order is not None:
            valid = valid.gather(1, self.order)
        self.size = ones if valid is None else valid.to(torch.float32)
        """float32 [B, N]: patches per token; 0 for padding"""
        self.source = Grouping.identity(x.shape[0], x.shape[1], x.device) if track else None
        self.weighted = self.padded = entry.valid is not None
        self.position = None if entry.position is None else entry.position.with_prefix(plan.prefix, x.shape[0])

    def advance(self, block: nn.Module, observer: Observer | None = None) -> LayerTrace:
        """Run the next block, merge, and return the step; hooks on the block fire."""
        watcher = _UNOBSERVED if observer is None else observer
        if hooked(block):
            step = self._advance_hooked(block, watcher)
        else:
            step = self._attend_and_merge(block, watcher)
            self.x = self.host.add_mlp(block, self.x)
        watcher.finished(self.layer - 1, step)
        return step

    def _advance_hooked(self, block: nn.Module, watcher: Observer) -> LayerTrace:
        shown, steps = self._shown(), list[LayerTrace]()

        def forward(x: Tensor, *_: Any, **__: Any) -> Tensor:
            nonlocal shown
            self._take(x, shown)
            steps.append(self._attend_and_merge(block, watcher))
            self.x = self.host.add_mlp(block, self.x)
            shown = self._shown()
            return shown

        after = call(block, forward, shown)
        self._take(after, shown)
        return steps[0]

    def _shown(self) -> Tensor:
        """Return the tokens in the form that hooks on a block receive."""
        return self.x if self.source is None or not self.host.hooks_see_grid else self.unmerge()

    def _take(self, x: Tensor, shown: Tensor) -> None:
        """Continue with ``x``, the output of hooks on ``shown``: a token becomes the mean over its patches."""
        if x is shown:
            return
        if self.source is not None and self.host.hooks_see_grid:
            x = self.source.merge(reordered(x, self.order), torch.ones_like(self.source.group, dtype=torch.float32))
        self.x = x

    def _attend_and_merge(self, block: nn.Module, watcher: Observer) -> LayerTrace:
        # Apart from the MLP, so that heads and residual are freed before it allocates: 5 % of a forward at batch 1.
        layer = self.layer
        watcher.started(layer)
        attended = attention(self.host, block, [self])
        watcher.attended(layer, attended)
        step = self.merge(attended, watcher)
        watcher.merged(layer, step)
        return step

    def merge(self, attended: Attended, observer: Observer | None = None) -> LayerTrace:
        """Merge the tokens after the attention of the next block; its MLP remains to be run."""
        x = attended.x
        r = min(self.plan.r[self.layer], cap(x.shape[1], self.plan.prefix))
        if r:
            with torch.no_grad() if torch.is_grad_enabled() else nullcontext():
                inputs = self._match_input(attended, r)
                matching = match(self.plan.algorithm, inputs)
            if observer is not None:
                observer.matched(self.layer, inputs, matching)
            size = matching.grouping.sum(self.size)
            x = combine(matching, x, self.size, self.plan.config.combine, size)
            self._regroup(matching.grouping, size)
        else:
            matching = empty_matching(x)
        self.x = x
        self.layer += 1
        return LayerTrace(matching.grouping, self.size, matching.source, matching.destination, matching.similarity, r)

    def size_bias(self) -> Tensor | None:
        """Return the log sizes to add to the logits of the keys, [B, 1, 1, N], or None."""
        # A token for s patches counts s times (section 3.1), padding never.
        if not self.weighted:
            return None
        if self.plan.config.proportional_attention:
            # log() rounds otherwise; add() and view() are done sooner than a subtraction and an index of slices.
            return self.size.add(-1).log1p().view(-1, 1, 1, self.size.shape[1])
        if not self.padded:
            return None
        return torch.zeros_like(self.size).masked_fill(self.size == 0, float("-inf"))[:, None, None]

    def unmerge(self) -> Tensor:
        """Return the value of every original token, [B, N0, C]; 0 for dropped ones.  Needs ``track``."""
        if self.source is None:
            raise RuntimeError("tokens cannot be unmerged: this forward did not keep its sources")
        return reordered(self.source.unmerge(self.x), None if self.order is None else self.order.argsort(1))

    def survivors(self) -> Tensor:
        """Return the values of the original tokens without the dropped ones.  Needs ``track``."""
        if self.source is None:
            raise RuntimeError("tokens cannot be unmerged: this forward did not keep its sources")
        alive = self.source.group >= 0
        if self.order is not None:
            alive = alive.gather(1, self.order.argsort(1))
        kept = alive.sum(1)
        if not (kept == kept[0]).all():
            raise ValueError("images must keep equally many patches, since the model pools over them; these do not")
        return self.unmerge()[alive].view(len(kept), -1, self.x.shape[2])

    def result(self, pooled: bool, restored: bool) -> Tensor:
        """Return the tokens for the head: see ``Host.pooled`` and ``Host.restored``."""
        if pooled and self.plan.algorithm.kind != "merge":
            return self.survivors()
        return self.unmerge() if pooled or restored else self.x

    def _regroup(self, grouping: Grouping, size: Tensor) -> None:
        if self.position is not None:
            self.position = self.position.merge(grouping, self.size)
        if self.source is not None:
            self.source = self.source.then(grouping)
        self.size = size
        self.weighted = True
        self.padded = self.padded or self.plan.algorithm.ragged

    def _match_input(self, attended: Attended, r: int) -> MatchInput:
        config, block_input = self.plan.config, {"input": attended.residual, "output": attended.x}
        feature = {**attended.heads, **block_input}[config.feature]
        asked = self.plan.algorithm.needs_class_token
        return MatchInput(
            feature=pool_heads(feature, config.heads) if feature.dim() == 4 else feature.detach(),
            size=self.size,
            r=r,
            prefix=self.plan.prefix,
            metric=config.metric,
            partition=config.partition,
            seed=config.seed,
            layer=self.layer,
            depth=len(self.plan.r),
            attention=attended.class_attention() if asked else None,
            padded=self.padded,
        )


def attention(host: Host, block: nn.Module, states: Sequence[ForwardState]) -> Attended:
    """Run the first half of ``block`` on the tokens of ``states``, equally many in each, as one batch.

    Matrix products are shared; positions and sizes are not.
    """
    residual = states[0].x if len(states) == 1 else torch.cat([state.x for state in states])
    attn = host.attn(block)
    seen: dict[str, Any] = {}

    def forward(x: Tensor, *_: Any, **__: Any) -> Any:
        heads = host.heads(attn, x)
        rotated, mask = _for_each(host, attn, heads, states)
        seen.update(heads=heads, rotated=rotated, mask=mask, scale=host.scale(attn, heads))
        return host.attend(attn, rotated, mask)

    given = host.attention_input(block, residual)
    # A block that is its own attention module has hooks as a block.
    attended = forward(given) if attn is block else call(attn, forward, given)
    return Attended(residual, host.add_attention(block, residual, attended), **seen)


def _for_each(host: Host, attn: nn.Module, heads: Heads, states: Sequence[ForwardState]) -> tuple[Heads, Tensor | None]:
    """Rotate the heads of each state and collect the masks, by ``Host.rotate`` and ``Host.mask``."""
    if len(states) == 1:
        state = states[0]
        rotated = host.rotate(attn, heads, state.position, state.layer)
        return rotated, host.mask(attn, rotated, state)
    parts, masks, first = [], [], 0
    for state in states:
        own = select(heads, slice(first, first + len(state.x)))
        parts.append(host.rotate(attn, own, state.position, state.layer))
        masks.append(host.mask(attn, parts[-1], state))
        first += len(state.x)
    rotated = {name: torch.cat([part[name] for part in parts]) for name in heads}
    if all(mask is None for mask in masks):
        return rotated, None
    none = heads["key"].new_zeros(1, 1, 1, heads["key"].shape[2])
    full = [none if mask is None else mask for mask in masks]
    shape = torch.broadcast_shapes(*(mask.shape[1:] for mask in full))
    return rotated, torch.cat([mask.expand(len(state.x), *shape) for mask, state in zip(full, states, strict=True)])
