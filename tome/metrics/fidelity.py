"""Distance of a merged run from the plain one, on any images, without labels."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Num
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.trace import Trace, trace
from tome.grouping import Grouping

__all__ = ["Fidelity", "agreement", "fidelity", "plain"]


@dataclass(frozen=True)
class Fidelity:
    """Means over the images of a batch; None for models without such a token or head."""

    class_cosine: float | None
    """cosine of the class tokens, after the last norm: 1 for the plain run"""
    patch_cosine: float
    """cosine of each patch's own token with the one it is part of, mean over patches; a dropped patch counts 0"""
    top1: float | None
    """share of images whose likeliest class stays, 0 … 1"""
    top5: float | None
    """share of the five likeliest classes that stay among the five, 0 … 1; of fewer where there are fewer"""
    kl: float | None
    """Kullback–Leibler divergence of the merged class probabilities from the plain ones, in nats, ≥ 0"""


def plain(model: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return output and final tokens of ``model`` without merging, the reference for ``fidelity``.

    Examples:
        >>> output, tokens = tome.fidelity.plain(model, images)
        >>> output.shape, tokens.shape
        (torch.Size([2, 1000]), torch.Size([2, 17, 64]))
    """
    output, run = trace(model, images, MergeConfig(r=0))
    return output, run.tokens


@torch.no_grad()
def fidelity(
    plain_output: Float[Tensor, "..."],
    plain_tokens: Float[Tensor, "_ _ c"],
    output: Float[Tensor, "..."],
    trace: Trace,
) -> Fidelity:
    """Compare a merged run with the plain run of the same model on the same images.

    ``plain_output`` and ``plain_tokens`` [B, N0, C] come from ``plain``, the others from ``tome.trace``.
    Raises ValueError if the runs differ in images or tokens.

    Examples:
        >>> plain = tome.fidelity.plain(model, images)
        >>> tome.fidelity.fidelity(*plain, *tome.trace(model, images, tome.MergeConfig(r=0))).top1
        1.0
    """
    if plain_output.shape != output.shape or plain_tokens.shape[:2] != (len(output), trace.n_in):
        raise ValueError(
            f"plain run must be of the same images; got outputs {tuple(plain_output.shape)} and "
            f"{tuple(output.shape)}, {plain_tokens.shape[1]} and {trace.n_in} tokens"
        )
    restored = Grouping(trace.source(), trace.tokens.shape[1]).unmerge(trace.tokens)
    cosine = F.cosine_similarity(restored.float(), plain_tokens.float(), dim=-1)
    return Fidelity(
        class_cosine=cosine[:, 0].mean().item() if trace.class_token else None,
        patch_cosine=cosine[:, trace.prefix :].mean().item(),
        **(_classes(plain_output.float(), output.float()) if trace.classes else dict.fromkeys(("top1", "top5", "kl"))),
    )


def agreement(source_a: Num[Tensor, "..."], source_b: Num[Tensor, "..."]) -> float:
    """Return the adjusted Rand index of two groupings of the same patches, mean over images: 1 equal, 0 chance.

    Each is long [B, N], as ``trace.source()[:, trace.prefix:]``; dropped patches count as one group.

    Examples:
        >>> tome.agreement(torch.tensor([[0, 0, 1, 1]]), torch.tensor([[5, 5, 7, 7]]))
        1.0
    """
    if source_a.shape != source_b.shape or source_a.dim() != 2:
        raise ValueError(
            f"source_a and source_b must be [B, N] of the same patches; got {tuple(source_a.shape)} "
            f"and {tuple(source_b.shape)}"
        )
    pairs = zip(source_a, source_b, strict=True)
    return sum(_adjusted_rand(a, b) for a, b in pairs) / len(source_a)


def _adjusted_rand(a: Num[Tensor, " n"], b: Num[Tensor, " n"]) -> float:
    """Return the adjusted Rand index of two labellings (Hubert and Arabie, 1985, in the form of pair counts)."""
    group_a, group_b = (labels.unique(return_inverse=True)[1] for labels in (a, b))
    shared = torch.stack([group_a, group_b]).unique(dim=1, return_counts=True)[1]
    in_both, in_a, in_b = (int((n * n).sum()) for n in (shared, group_a.bincount(), group_b.bincount()))
    together, only_a, only_b = in_both - len(a), in_a - in_both, in_b - in_both
    apart = len(a) ** 2 - len(a) - together - only_a - only_b
    if only_a == only_b == 0:
        return 1.0
    chance = (together + only_a) * (only_a + apart) + (together + only_b) * (only_b + apart)
    return 2 * (together * apart - only_a * only_b) / chance


def _classes(plain: Tensor, merged: Tensor) -> dict[str, float]:
    k = min(5, plain.shape[1])
    best, now = plain.topk(k).indices, merged.topk(k).indices
    return {
        "top1": (best[:, 0] == now[:, 0]).float().mean().item(),
        "top5": (best[:, :, None] == now[:, None]).any(2).float().mean().item(),
        "kl": F.kl_div(merged.log_softmax(-1), plain.log_softmax(-1), reduction="batchmean", log_target=True).item(),
    }
