"""The record of one layer's matching for the lesson, with all numbers from ``tome``."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

import tome
from explorer.engine.forward import pixels
from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.media.images import Picture
from explorer.media.views import View
from explorer.records.build import base64
from tome.forward.attended import Attended, class_attention
from tome.forward.state import ForwardState, attention
from tome.forward.trace import blocks_of, enter
from tome.hosts.registry import host_of
from tome.matching.bipartite import split
from tome.matching.match_input import MatchInput
from tome.schedule import cap, schedule
from tome.similarity import pool_heads, score

__all__ = ["CHANNELS", "STEPS", "VERSION", "Lesson", "teach"]

VERSION = 1
CHANNELS = 3
"""How many channels of each token are shown when its average is taken"""
STEPS = 10_000
"""A similarity is sent as a whole number of these parts of 1: it is shown with four decimals."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """One layer's matching as plain data for the browser."""

    record: dict[str, Any]

    @property
    def nbytes(self) -> int:
        """About the memory this holds."""
        return sum(len(part) for part in self.record.values() if isinstance(part, str)) + 100 * self.record["tokens"]


def teach(backbone: Backbone, picture: Picture, view: View, config: tome.MergeConfig, layer: int, task: Task) -> Lesson:
    """Return the record of block ``layer``, counted from 1, after blocks merged under ``config``.

    The photo-only part is ``story.portrait``, sent along to the browser.
    Contains all edges of this block, sorted, so that the edges of any r are a prefix.
    Raises IndexError for a block out of range.
    """
    image = pixels(backbone, picture, view)
    with torch.inference_mode():
        merged = _reach(backbone.model, image, config, layer, task)
        plain = _reach(backbone.model, image, tome.MergeConfig(r=0), layer, task)
        record = _matching(merged, config) | _attention(merged, plain)
    state, depth = merged.state, len(merged.state.plan.r)
    tokens, prefix = state.x.shape[1], state.plan.prefix
    limit = cap(tokens, prefix)
    labels, size = state.source.group[0, prefix:], state.size[0]
    record = {
        "version": VERSION,
        "layer": layer,
        "depth": depth,
        "prefix": _prefix_names(backbone.model),
        "tokens": tokens,
        "cap": limit,
        "r": min(schedule(config.r, depth)[layer - 1], limit),
        "heads": merged.attended.heads["key"].shape[1],
        "width": state.x.shape[2],
        "labels": _text(labels, "<u2"),
        "sizes": _text(size, "<u2"),
        "values": _text(merged.attended.x[0, :, :CHANNELS], "<f4"),
        **record,
    }
    return Lesson(record)


@dataclass(frozen=True, eq=False)
class _Reached:
    """A forward stopped between attention and merge of one block."""

    state: ForwardState
    attended: Attended
    class_token: bool


def _reach(model: torch.nn.Module, image: Tensor, config: tome.MergeConfig, layer: int, task: Task) -> _Reached:
    """Run ``model`` on ``image`` to the merge of block ``layer``, counted from 1."""
    host, blocks = host_of(model), blocks_of(model)
    if not 1 <= layer <= len(blocks):
        raise IndexError(f"layer must be one of the {len(blocks)} blocks, from 1; got {layer}")
    state = enter(model, image, config)
    for block in blocks[: layer - 1]:
        state.advance(block)
        task.check()
    return _Reached(state, attention(host, blocks[layer - 1], [state]), host.class_token(model))


def _matching(reached: _Reached, config: tome.MergeConfig) -> dict[str, Any]:
    """Return the split, all similarities between A and B, and A's edges, most similar first."""
    feature = pool_heads(reached.attended.heads["key"], config.heads)
    inputs = MatchInput(feature=feature, size=reached.state.size, r=0, prefix=reached.state.plan.prefix)
    a, b = split(inputs)
    similarity = score(feature[:, a], feature[:, b], inputs.metric)[0]
    best, choice = similarity.max(-1) if len(b) else (similarity.new_empty(0), a.new_empty(0))
    order = best.argsort(descending=True, stable=True)
    largest = feature.abs().max().clamp_min(torch.finfo(feature.dtype).tiny)
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "similarity": _text((similarity.double() * STEPS).round(), "<i2"),
        "choice": choice.tolist(),
        "order": order.tolist(),
        "dimension": feature.shape[2],
        "keys": _text((feature[0] / largest * 127).round(), "i1"),
    }


def _attention(merged: _Reached, plain: _Reached) -> dict[str, str]:
    """Return the attention to each token: with and without the log of its size, and to its patches without merging."""
    state = merged.state
    alone = _received(plain, None)
    unmerged = torch.zeros_like(state.size[0]).index_add_(0, state.source.group[0], alone)
    return {
        "proportional": _text(_received(merged, state.size.log()[:, None, None]), "<f4"),
        "unweighted": _text(_received(merged, None), "<f4"),
        "unmerged": _text(unmerged, "<f4"),
    }


def _received(reached: _Reached, mask: Tensor | None) -> Tensor:
    """Return the attention of the class token to every token, [N]; the mean over all tokens without a class token."""
    query, key = (reached.attended.rotated[name] for name in ("query", "key"))
    if reached.class_token:
        return class_attention(query, key, mask, reached.attended.scale)[0]
    logits = query @ key.transpose(-1, -2) * reached.attended.scale
    return (logits if mask is None else logits + mask).softmax(-1).mean((1, 2))[0]


def _prefix_names(model: torch.nn.Module) -> list[str]:
    names = ["class token"] if model.cls_token is not None else []
    names += ["distillation token"] if getattr(model, "dist_token", None) is not None else []
    registers = model.num_prefix_tokens - len(names)
    return names + [f"register {number}" for number in range(1, registers + 1)]


def _text(values: Tensor, kind: str) -> str:
    return base64(values.cpu().numpy().astype(kind))
