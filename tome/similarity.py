"""Features and metrics of token similarity (ToMe, Table 1 a–c)."""

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor

__all__ = ["HEADS", "METRICS", "between", "closest", "distance", "pairwise", "pool_heads", "score", "unit"]


def unit(x: Tensor) -> Tensor:
    """Scale the vectors of ``x`` [..., D] to unit length; a zero vector stays zero."""
    # In float16 the bound rounds to 0: a zero vector would become NaN, which sorts first.
    if x.dtype in (torch.float16, torch.bfloat16):
        return unit(x.float()).to(x.dtype)
    length: Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp_min(1e-12)
    return x / length


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(unit(a), unit(b).transpose(-1, -2))


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(a, b.transpose(-1, -2))


def _euclidean(a: Tensor, b: Tensor) -> Tensor:
    # There is no cdist in half precision, and its form by matrix products leaves equal tokens a distance apart.
    wide = torch.promote_types(a.dtype, torch.float32)
    close: Tensor = -torch.cdist(a.to(wide), b.to(wide), compute_mode="donot_use_mm_for_euclid_dist")
    return close


def _softmax(a: Tensor, b: Tensor) -> Tensor:
    return torch.softmax(_dot(a, b) * a.shape[-1] ** -0.5, -1)


METRICS = {"cosine": _cosine, "dot": _dot, "euclidean": _euclidean, "softmax": _softmax}


def _mean(x: Tensor) -> Tensor:
    # One head after the other: mean(1) starts every thread for it, and was measured 3 x slower within a forward.
    first, *rest = x.unbind(1)
    return sum(rest, first) / x.shape[1]


HEADS: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": _mean,
    "concat": lambda x: x.transpose(1, 2).flatten(2),
}


def pool_heads(x: Tensor, heads: str) -> Tensor:
    """Reduce [B, H, N, d] heads to one vector per token: their mean [B, N, d], or concatenated [B, N, H·d]."""
    return HEADS[heads](x)


def score(a: Tensor, b: Tensor, metric: str) -> Tensor:
    """Return the similarity of ``a`` [B, Na, D] and ``b`` [B, Nb, D]: [B, Na, Nb], larger is closer.

    ``euclidean`` is the negative distance.  ``softmax`` is the scaled dot product, normalised over ``b``, so that
    the candidates of one token compete; the paper does not say over which set it normalises.
    """
    return METRICS[metric](a, b)


def between(x: Tensor, a: slice | Tensor, b: slice | Tensor, metric: str) -> Tensor:
    """Return the ``score`` of the tokens ``a`` of ``x`` [B, N, D] and the tokens ``b``: [B, Na, Nb]."""
    if metric != "cosine":
        return score(x[:, a], x[:, b], metric)
    x = unit(x)  # once for both: then a slice of it is no copy
    return torch.bmm(x[:, a], x[:, b].transpose(1, 2))  # matmul takes 40 µs more to arrive at it


def closest(score: Tensor) -> tuple[Tensor, Tensor]:
    """Return the maximum of each row of ``score`` [B, Na, Nb] and its index, ties to the first: [B, Na] each."""
    choice = score.argmax(-1, keepdim=True)  # max(-1) starts every thread: 3 x slower within a forward
    return score.gather(-1, choice).squeeze(-1), choice.squeeze(-1)


def pairwise(x: Tensor, metric: str) -> Tensor:
    """Return the similarity of all pairs of tokens of ``x`` [B, N, D]: symmetric, [B, N, N], in float32 at least.

    ``softmax`` is not symmetric by itself; the mean of both directions is taken.
    """
    x = x.to(torch.promote_types(x.dtype, torch.float32))
    # Nothing is cast on the meta device, and asking for that raises.
    with nullcontext() if x.is_meta else torch.autocast(x.device.type, enabled=False):
        one_way = score(x, x, metric)
    return (one_way + one_way.transpose(-1, -2)) / 2


def distance(similarity: Tensor) -> Tensor:
    """Turn similarities [B, N, N] into distances: the largest of the image minus each.

    Never negative, and 0 from a token to itself.  For ``cosine`` this is 1 − cosine, and for ``euclidean`` the
    distance itself.
    """
    short = similarity.amax((-1, -2), keepdim=True) - similarity
    short.diagonal(dim1=-2, dim2=-1).zero_()
    return short
