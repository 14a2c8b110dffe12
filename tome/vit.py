"""The one place that enters timm: a transformer block with a merge between attention and MLP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from timm.models.deit import VisionTransformerDistilled
from timm.models.vision_transformer import Attention, Block, VisionTransformer
from torch import Tensor, nn

from tome.combine import combine
from tome.config import MergeConfig
from tome.grouping import Grouping
from tome.matching import ALGORITHMS, Algorithm
from tome.matching.scene import Matching, Scene
from tome.schedule import cap, schedule
from tome.similarity import pool_heads

__all__ = ["LayerTrace", "MergingBlocks", "Run", "check_model"]

# Exact types and exact parts: a part that a later timm adds is refused by name instead of being left out in silence.
MODELS = (VisionTransformer, VisionTransformerDistilled)
PARTS = {
    Block: {"norm1", "attn", "ls1", "drop_path1", "norm2", "mlp", "ls2", "drop_path2"},
    Attention: {"qkv", "q_norm", "k_norm", "attn_drop", "norm", "proj", "proj_drop"},
}


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


def check_model(model: nn.Module) -> None:
    """Raise TypeError, naming the part, if ``model`` holds anything that merging was not written and tried for."""
    if type(model) not in MODELS:
        known = ", ".join(kind.__name__ for kind in MODELS)
        raise TypeError(f"model must be one of timm's {known}; got {type(model).__name__}")
    if model.grad_checkpointing:
        raise ValueError("model must not use gradient checkpointing: it runs blocks outside the merging loop")
    for block in model.blocks.children():
        for part in (block, getattr(block, "attn", None)):
            kind = type(part)
            if kind not in PARTS:
                raise TypeError(f"model has a {kind.__name__}, which merging has not been tried with")
            if strange := set(dict(part.named_children())) - PARTS[kind]:
                raise TypeError(f"model has a {kind.__name__} with {', '.join(sorted(strange))}, not tried with merging")


class MergingBlocks(nn.ModuleList):
    """A model's blocks, run with a merge in each.  Holds the same block objects and no state of a forward."""

    def __init__(self, blocks: list[nn.Module], config: MergeConfig, prefix: int, pooled: bool, counts: tuple[int, ...]):
        super().__init__(blocks)
        self.config, self.prefix, self.pooled, self.counts = config, prefix, pooled, counts

    @classmethod
    def of(cls, model: nn.Module, config: MergeConfig) -> "MergingBlocks":
        """The blocks of ``model`` under ``config``; refuses what cannot be merged correctly."""
        check_model(model)
        if ALGORITHMS[config.algorithm].needs_class_token and model.cls_token is None:
            raise ValueError(f"algorithm {config.algorithm!r} scores tokens by the class token; this model has none")
        blocks = list(model.blocks.children())
        pooled = model.attn_pool is not None or model.global_pool not in ("", "token")
        return cls(blocks, config, model.num_prefix_tokens, pooled, schedule(config.r, len(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        """Run every block on ``x`` [B, N, C] and return the merged tokens.

        A model that pools over patches gets each patch's token back at the patch's place: the host's own pool
        then weighs every token by its size, whether it is a mean or an attention pool.
        """
        return self.finish(self.run(x, track=self.pooled))

    def run(
        self,
        x: Tensor,
        track: bool,
        on_block: Callable[[int, LayerTrace], None] | None = None,
        on_match: Callable[[int, Scene, Matching], None] | None = None,
    ) -> "Run":
        run = Run(self, x, track)
        run.on_match = on_match
        for layer in range(len(self)):
            step = run.advance()
            if on_block:
                on_block(layer, step)
        return run

    def finish(self, run: "Run") -> Tensor:
        return run.survivors() if self.pooled else run.x

    def __iter__(self) -> Iterator["Step"]:
        # forward_intermediates walks the blocks itself; it must merge too, and must see the full grid.
        run = None
        for layer, block in enumerate(self.children()):
            run = run or Run.waiting(self)
            yield Step(block, layer, run)

    def __getitem__(self, index: int | slice) -> nn.Module:
        if isinstance(index, slice):
            blocks = list(self.children())[index]
            return MergingBlocks(blocks, self.config, self.prefix, self.pooled, self.counts[index])
        return super().__getitem__(index)


class Run:
    """One forward: the tokens as they stand, their sizes, and which token each original one is part of."""

    on_match: Callable[[int, Scene, Matching], None] | None = None

    def __init__(self, blocks: MergingBlocks, x: Tensor, track: bool = True):
        self.blocks, self.x, self.layer = blocks, x, 0
        self.size = x.new_ones(x.shape[:2], dtype=torch.float32)
        self.source = Grouping.identity(*x.shape[:2], x.device) if track else None
        self.merged = False

    @classmethod
    def waiting(cls, blocks: MergingBlocks) -> "Run":
        """A run whose tokens come with its first step."""
        run = cls.__new__(cls)
        run.blocks, run.layer = blocks, None
        return run

    def advance(self) -> LayerTrace:
        """Run the next block on the tokens, merge, and say what was merged."""
        config, prefix, block = self.blocks.config, self.blocks.prefix, self.blocks[self.layer]
        attended, features = attend(block.attn, block.norm1(self.x), self._bias())
        before, x = self.x, self.x + block.drop_path1(block.ls1(attended))
        r = min(self.blocks.counts[self.layer], cap(x.shape[1], prefix))
        if r:
            matching = self._match({**features, "input": before, "output": x}, r)
            x, self.size = combine(matching, x, self.size, config.combine), matching.grouping.sum(self.size)
            self.merged = True
        else:
            matching = nothing(x)
        if self.source is not None:
            self.source = self.source.then(matching.grouping)
        self.x = x + block.drop_path2(block.ls2(block.mlp(block.norm2(x))))
        self.layer += 1
        return LayerTrace(matching.grouping, self.size, matching.source, matching.destination, matching.similarity, r)

    def unmerge(self) -> Tensor:
        """Every original token's value, [B, N0, C]; 0 where it was dropped."""
        return self.source.unmerge(self.x)

    def survivors(self) -> Tensor:
        """The value of every original token that was not dropped."""
        alive = self.source.group >= 0
        kept = alive.sum(1)
        if not (kept == kept[0]).all():
            raise ValueError("model pools over patches, so every image must keep equally many; they keep different numbers")
        return self.unmerge()[alive].view(len(kept), -1, self.x.shape[2])

    def _bias(self) -> Tensor | None:
        # Added to the logits of the keys: a token that stands for s patches counts s times (section 3.1).
        if not self.merged or not self.blocks.config.proportional_attention:
            return None
        return self.size.log()[:, None, None].to(self.x.dtype)

    @torch.no_grad()
    def _match(self, features: dict[str, Tensor], r: int) -> Matching:
        config = self.blocks.config
        feature = features[config.feature]
        if feature.dim() == 4:
            feature = pool_heads(feature, config.heads)
        scene = Scene(
            feature=feature.detach(),
            size=self.size,
            r=r,
            prefix=self.blocks.prefix,
            metric=config.metric,
            partition=config.partition,
            seed=config.seed,
            layer=self.layer,
            depth=len(self.blocks),
            attention=class_attention(features, self._bias()) if self._algorithm.needs_class_token else None,
        )
        matching = self._algorithm.run(scene)
        if self.on_match:
            self.on_match(self.layer, scene, matching)
        return matching

    @property
    def _algorithm(self) -> Algorithm:
        return ALGORITHMS[self.blocks.config.algorithm]


class Step:
    """A block as a host sees it that walks a patched model's blocks one by one.

    Takes and returns the tokens of the full grid, while the run behind it carries the merged ones.
    """

    def __init__(self, block: nn.Module, layer: int, run: Run):
        self.block, self.layer, self.run, self.shown = block, layer, run, None

    def __call__(self, x: Tensor) -> Tensor:
        if self.run.layer is None and self.layer == 0:
            self.run.__init__(self.run.blocks, x)
        elif self.run.layer != self.layer or x is not self.run.shown:
            raise RuntimeError(f"block {self.layer} of a patched model must follow block {self.layer - 1} directly, once")
        self.run.advance()
        self.run.shown = self.run.unmerge()
        return self.run.shown

    def __getattr__(self, name: str):
        return getattr(self.block, name)


def attend(attn: Attention, x: Tensor, bias: Tensor | None) -> tuple[Tensor, dict[str, Tensor]]:
    """Run timm's attention part by part, with ``bias`` [B, 1, 1, N] on the logits; also give its heads [B, H, N, d].

    Query and key are those that attention compares, hence after q/k-norm where the model has it.
    """
    batch, tokens, _ = x.shape
    query, key, value = attn.qkv(x).view(batch, tokens, 3, attn.num_heads, attn.head_dim).permute(2, 0, 3, 1, 4)
    query, key = attn.q_norm(query), attn.k_norm(key)
    dropout = attn.attn_drop.p if attn.training else 0.0
    out = F.scaled_dot_product_attention(query, key, value, attn_mask=bias, dropout_p=dropout)
    out = attn.norm(out.transpose(1, 2).reshape(batch, tokens, attn.attn_dim))
    return attn.proj_drop(attn.proj(out)), {"query": query, "key": key, "value": value}


def class_attention(features: dict[str, Tensor], bias: Tensor | None) -> Tensor:
    """Attention of the class token to every token, mean over heads: [B, N], each row adding up to 1."""
    query, key = features["query"][:, :, :1], features["key"]
    logits = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    return (logits if bias is None else logits + bias).softmax(-1).mean(1)[:, 0]


def nothing(x: Tensor) -> Matching:
    """The decision to merge nothing."""
    none = torch.empty(x.shape[0], 0, dtype=torch.long, device=x.device)
    return Matching(Grouping.identity(*x.shape[:2], x.device), none, none, none.to(x.dtype))
