"""The record of one layer's matching: all that the lesson shows, each number as ``tome`` computed it."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

import tome
from explorer.core.forward import pixels
from explorer.core.images import Picture
from explorer.core.models import Backbone
from explorer.core.runs import Job
from explorer.core.views import View
from explorer.core.witness import Seen, witness
from tome.hosts.timm_vit import class_attention
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


def teach(backbone: Backbone, picture: Picture, view: View, config: tome.MergeConfig, layer: int, job: Job) -> Lesson:
    """The record of block ``layer``, counted from 1, after blocks that merged as ``config`` says.

    What hangs on the photo alone is ``story.portrait``, which goes with it to the browser.
    The edges of this block are all there, sorted, so that any r of it is a prefix of them.
    Raises IndexError for a block that is not there.
    """
    image = pixels(backbone, picture, view)
    with torch.inference_mode():
        seen = witness(backbone.model, image, config, layer - 1, job.check)
        plain = witness(backbone.model, image, tome.MergeConfig(r=0), layer - 1, job.check)
        attention = _attention(backbone.model, seen, plain)
        matching = _matching(backbone.model, seen, config)
    tokens, depth = seen.tokens.shape[1], len(backbone.model.blocks)
    limit = cap(tokens, backbone.model.num_prefix_tokens)
    record = {
        "version": VERSION,
        "layer": layer,
        "depth": depth,
        "prefix": _prefix_names(backbone.model),
        "tokens": tokens,
        "cap": limit,
        "r": min(schedule(config.r, depth)[layer - 1], limit),
        "heads": seen.key.shape[1],
        "width": seen.tokens.shape[2],
        "labels": _text(seen.source[backbone.model.num_prefix_tokens :], "<u2"),
        "sizes": _text(seen.size[0], "<u2"),
        "values": _text(seen.tokens[0, :, :CHANNELS], "<f4"),
        **matching,
        **attention,
    }
    return Lesson(record)


def _matching(model: torch.nn.Module, seen: Seen, config: tome.MergeConfig) -> dict[str, Any]:
    """The split, every similarity between A and B, and A's edges from the most similar to the least."""
    feature = pool_heads(seen.key, config.heads)
    scene = MatchInput(feature=feature, size=seen.size, r=0, prefix=model.num_prefix_tokens)
    a, b = split(scene)
    similarity = score(feature[:, a], feature[:, b], scene.metric)[0]
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


def _attention(model: torch.nn.Module, seen: Seen, plain: Seen) -> dict[str, str]:
    """The attention each token receives: with the log of its size added, without, and what its patches get unmerged."""
    alone = _received(model, plain, None)
    together = torch.zeros_like(seen.size[0]).index_add_(0, seen.source, alone)
    return {
        "proportional": _text(_received(model, seen, seen.size.log()[:, None, None]), "<f4"),
        "unweighted": _text(_received(model, seen, None), "<f4"),
        "unmerged": _text(together, "<f4"),
    }


def _received(model: torch.nn.Module, seen: Seen, bias: Tensor | None) -> Tensor:
    """Attention of the class token to every token, [N]; of all tokens on average where there is no class token."""
    features = {"query": seen.query, "key": seen.key}
    if model.cls_token is not None:
        return class_attention(features, bias)[0]
    logits = seen.query @ seen.key.transpose(-1, -2) * seen.query.shape[-1] ** -0.5
    return (logits if bias is None else logits + bias).softmax(-1).mean((1, 2))[0]


def _prefix_names(model: torch.nn.Module) -> list[str]:
    names = ["class token"] if model.cls_token is not None else []
    names += ["distillation token"] if getattr(model, "dist_token", None) is not None else []
    registers = model.num_prefix_tokens - len(names)
    return names + [f"register {number}" for number in range(1, registers + 1)]


def _text(values: Tensor, kind: str) -> str:
    return b64encode(np.ascontiguousarray(values.cpu().numpy().astype(kind)).tobytes()).decode()
