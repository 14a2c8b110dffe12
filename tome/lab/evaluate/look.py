"""Features of images, and the answers of a model's own head, under merging."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.patch import patch
from tome.forward.surgery import shallow_copy
from tome.forward.trace import Trace, trace
from tome.hosts.registry import host_of
from tome.models.spectrograms import is_ast, layout_of, logits

__all__ = ["Read", "Seen", "look", "reader"]

Read = Callable[[Tensor], tuple[Tensor, Tensor]]
"""images → features [B, C] and scores of the head [B, classes]; either may have no columns"""


@dataclass(frozen=True, eq=False)
class Seen:
    """Features, labels and answers of a batch."""

    features: Tensor
    labels: Tensor
    answers: Tensor
    """bool [B, up to 5]: whether the model's own head ranks the label first, second …; its logits [B, classes] where a
    sample has several labels"""


@torch.inference_mode()
def look(read: Read, images: Tensor, labels: Tensor) -> Seen:
    """Return what ``read`` says of ``images``."""
    features, scores = (each.float().cpu() for each in read(images))
    if labels.dim() > 1:
        return Seen(features, labels, scores)
    ranking = scores.topk(min(5, scores.shape[1])).indices
    return Seen(features, labels, ranking == labels[:, None])


def reader(model: Any, config: MergeConfig, head: bool) -> Read:
    """Return how to read images with ``model`` under ``config``; ``head`` asks for scores.

    Features are those that timm's models hand their head; of another model, the class token that its head reads, or the
    mean of its patches.  ``model`` is not modified.
    """
    if is_ast(model):
        whole = patch(shallow_copy(model), config)
        return lambda images: _scores_alone(logits(whole(layout_of(model).inputs(images))))
    if not hasattr(model, "forward_head"):
        return lambda images: _traced(model, images, config, head)
    merging: Any = patch(shallow_copy(model), config)

    def read(images: Tensor) -> tuple[Tensor, Tensor]:
        tokens = merging.forward_features(images)
        features: Tensor = merging.forward_head(tokens, pre_logits=True)
        return features, merging.forward_head(tokens) if head else features[:, :0]

    return read


def _scores_alone(scores: Tensor) -> tuple[Tensor, Tensor]:
    return scores[:, :0], scores


def _traced(model: nn.Module, images: Tensor, config: MergeConfig, head: bool) -> tuple[Tensor, Tensor]:
    output, record = trace(model, images, config)
    features = _pooled(record) if host_of(model).pooled(model) or not record.class_token else record.tokens[:, 0]
    scores = logits(output)
    if head and (not isinstance(scores, Tensor) or scores.dim() != 2):
        raise ValueError(
            f"model must return logits [batch, classes] for its head to be scored; got {type(output).__name__}"
        )
    return features, scores if head else features[:, :0]


def _pooled(record: Trace) -> Tensor:
    """Return the mean of the patches: each token counts as often as it has patches."""
    size = record.layers[-1].size[:, record.prefix :, None].to(record.tokens.dtype)
    return (record.tokens[:, record.prefix :] * size).sum(1) / size.sum(1)
