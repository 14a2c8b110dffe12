"""One forward through a model's blocks, with a merge between attention and MLP of each."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from timm.layers.pos_embed_sincos import apply_rot_embed
from torch import Tensor, nn

from tome.combine import combine
from tome.config import MergeConfig
from tome.grouping import Grouping
from tome.hosts.timm_rope import Position
from tome.hosts.timm_vit import add_attention, add_mlp, attend, class_attention, heads_of
from tome.matching import ALGORITHMS, Algorithm
from tome.matching.match_input import Matching, MatchInput
from tome.schedule import cap
from tome.similarity import pool_heads

__all__ = ["Attended", "ForwardState", "LayerTrace", "Plan", "attention"]


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """The step of one block; tokens of ``source`` and ``destination`` count from before the block's merge."""

    grouping: Grouping
    size: Tensor
    """float32 [B, N_out]: patches per token after the merge; prefix tokens count 1, padding 0"""
    source: Tensor
    """long [B, E]: tokens that merged away, most similar first"""
    destination: Tensor
    """long [B, E]: the tokens they joined"""
    similarity: Tensor
    """float [B, E]: the score of each of these edges"""
    r: int
    """tokens this block removed: what was asked, or the cap where that is less"""


@dataclass(frozen=True)
class Plan:
    """What is decided before a forward."""

    config: MergeConfig
    r: tuple[int, ...]
    """asked of each block of the whole model, before the cap"""
    prefix: int
    pooled: bool
    """whether the head looks at all patches"""
    match: Callable[[MatchInput], Matching]
    """the algorithm's function: found before, since torch.compile does not follow an import"""

    @property
    def algorithm(self) -> Algorithm:
        return ALGORITHMS[self.config.algorithm]


@dataclass(frozen=True, eq=False)
class Attended:
    """The tokens of a block between its attention and its merge."""

    before: Tensor
    """[B, N, C]: what the block was given"""
    x: Tensor
    """[B, N, C]: the same with attention added"""
    heads: dict[str, Tensor]
    """query, key and value, [B, H, N, d]"""
    turned: dict[str, Tensor]
    """the same as attention compared them: rotated where the model rotates"""
    bias: Tensor | None


def attention(
    block: nn.Module,
    x: Tensor,
    bias: Tensor | None,
    turn: Callable[[dict[str, Tensor], nn.Module], dict[str, Tensor]],
) -> Attended:
    """The first half of ``block`` on ``x`` [B, N, C]; ``turn(heads, attn)`` rotates what attention compares."""
    heads = heads_of(block.attn, block.norm1(x))
    turned = turn(heads, block.attn)
    return Attended(x, add_attention(block, x, attend(block.attn, turned, bias)), heads, turned, bias)


class ForwardState:
    """One forward: the tokens as they stand, their sizes, and which token each original one is part of."""

    def __init__(self, plan: Plan, x: Tensor, position: Position | None = None, track: bool = True):
        self.plan, self.x, self.layer = plan, x, 0
        self.size = x.new_ones(x.shape[:2], dtype=torch.float32)
        self.source = Grouping.identity(*x.shape[:2], x.device) if track else None
        self.merged = False
        self.position = None
        if position is not None:
            # Prefix tokens have no place: at coordinate 0 they are turned by no angle.
            self.position = replace(position, coordinates=F.pad(position.coordinates, (0, 0, plan.prefix, 0)))

    def advance(
        self, block: nn.Module, on_match: Callable[[int, MatchInput, Matching], None] | None = None
    ) -> LayerTrace:
        """Run the next block on the tokens, merge, and say what was merged."""
        step = self.merge(attention(block, self.x, self.bias(), self.turned), on_match)
        self.x = add_mlp(block, self.x)
        return step

    def merge(
        self, seen: "Attended", on_match: Callable[[int, MatchInput, Matching], None] | None = None
    ) -> LayerTrace:
        """Merge what the attention of this run's next block gave: the block's MLP is all that is left to do."""
        x = seen.x
        r = min(self.plan.r[self.layer], cap(x.shape[1], self.plan.prefix))
        if r:
            scene = self._scene(seen, r)
            with torch.no_grad():
                matching = self.plan.match(scene)
            if on_match:
                on_match(self.layer, scene, matching)
            x = combine(matching, x, self.size, self.plan.config.combine)
            self._regroup(matching.grouping)
        else:
            matching = nothing(x)
        self.x = x
        self.layer += 1
        return LayerTrace(matching.grouping, self.size, matching.source, matching.destination, matching.similarity, r)

    def finish(self) -> Tensor:
        """The tokens for the host's last norm and head."""
        if not self.plan.pooled:
            return self.x
        return self.unmerge() if self.plan.algorithm.kind == "merge" else self.survivors()

    def unmerge(self) -> Tensor:
        """Every original token's value, [B, N0, C]; 0 where it was dropped."""
        return self.source.unmerge(self.x)

    def survivors(self) -> Tensor:
        """The value of every original token that was not dropped."""
        alive = self.source.group >= 0
        kept = alive.sum(1)
        if not (kept == kept[0]).all():
            raise ValueError("model pools over patches, so every image must keep equally many; these do not")
        return self.unmerge()[alive].view(len(kept), -1, self.x.shape[2])

    def _regroup(self, grouping: Grouping) -> None:
        if self.position is not None:
            places = self.position.coordinates.expand(len(self.x), -1, -1)
            self.position = replace(self.position, coordinates=grouping.merge(places, self.size))
        if self.source is not None:
            self.source = self.source.then(grouping)
        self.size = grouping.sum(self.size)
        self.merged = True

    def turned(self, heads: dict[str, Tensor], attn: nn.Module) -> dict[str, Tensor]:
        """The heads that attention compares: query and key turned by the places of their tokens."""
        if self.position is None:
            return heads
        sine, cosine = self.position.sines_and_cosines(self.layer, attn.rotate_half)
        turned = {name: apply_rot_embed(heads[name], sine, cosine, attn.rotate_half) for name in ("query", "key")}
        return {name: turned.get(name, part).type_as(heads["value"]) for name, part in heads.items()}

    def bias(self) -> Tensor | None:
        """What is added to the logits of the keys, [B, 1, 1, N], or None."""
        # A token for s patches counts s times (section 3.1), padding never.
        if not self.merged:
            return None
        if self.plan.config.proportional_attention:
            return self.size.log()[:, None, None]
        if self.plan.algorithm.batches:
            return None
        return torch.zeros_like(self.size).masked_fill(self.size == 0, float("-inf"))[:, None, None]

    def _scene(self, seen: "Attended", r: int) -> MatchInput:
        config = self.plan.config
        feature = {**seen.heads, "input": seen.before, "output": seen.x}[config.feature].detach()
        asked = self.plan.algorithm.needs_class_token
        attention = class_attention(seen.turned, seen.bias).detach() if asked else None
        return MatchInput(
            feature=pool_heads(feature, config.heads) if feature.dim() == 4 else feature,
            size=self.size,
            r=r,
            prefix=self.plan.prefix,
            metric=config.metric,
            partition=config.partition,
            seed=config.seed,
            layer=self.layer,
            depth=len(self.plan.r),
            attention=attention,
        )


def nothing(x: Tensor) -> Matching:
    """The decision to merge nothing."""
    none = torch.empty(x.shape[0], 0, dtype=torch.long, device=x.device)
    return Matching(Grouping.identity(*x.shape[:2], x.device), none, none, none.to(x.dtype))
