"""Bipartite soft matching: every A token points to its most similar B token; the r best edges merge."""

import torch
from torch import Tensor

from tome.grouping import Grouping
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import between, closest

__all__ = ["arrange", "best_edges", "join", "match", "sides", "split"]


def match(inputs: MatchInput) -> Matching:
    """Bipartite soft matching (ToMe, section 3.1).

    Several A tokens may choose the same B token.  Ties go to the earlier token, so that runs repeat.
    """
    best, choice = closest(between(inputs.feature, *sides(inputs), inputs.metric))
    finite(best, "feature")
    edge = best_edges(best, inputs.r)
    a, b = split(inputs)
    return Matching(
        grouping=join(inputs, edge, choice),
        source=a[edge],
        destination=b[choice.gather(1, edge)],
        similarity=best.gather(1, edge),
    )


def best_edges(score: Tensor, r: int) -> Tensor:
    """Return the places of the ``r`` largest of ``score`` [B, n], largest first, of equal ones the earlier: [B, r]."""
    if torch.onnx.is_in_onnx_export():  # which knows no stable sort; ONNX's own TopK puts the earlier one first
        return score.topk(r, dim=-1).indices
    return score.argsort(dim=-1, descending=True, stable=True)[:, :r]


def split(inputs: MatchInput) -> tuple[Tensor, Tensor]:
    """Return the positions of the A and of the B tokens, prefix excluded; A is never the smaller half by more than one.

    ``alternating``: even positions are A, as in the paper, where the class token at position 0 thereby can never
    be a destination.  ``sequential``: the first half is A.  ``random``: half of the tokens, by seed and layer.
    """
    places = torch.arange(inputs.feature.shape[1], device=inputs.feature.device)
    a, b = sides(inputs)
    return places[a], places[b]


def sides(inputs: MatchInput) -> tuple[slice | Tensor, slice | Tensor]:
    """Return ``split`` as indices of tokens: slices where possible, since they do not copy."""
    first, tokens = inputs.prefix, inputs.feature.shape[1]
    if inputs.partition == "alternating":
        odd = first % 2
        return slice(first + odd, None, 2), slice(first + 1 - odd, None, 2)
    if inputs.partition == "random":
        half, free = inputs.free // 2, inputs.draw_order() + first
        return free[half:].sort().values, free[:half].sort().values
    middle = tokens - inputs.free // 2
    return slice(first, middle), slice(middle, None)


def join(inputs: MatchInput, edge: Tensor, choice: Tensor) -> Grouping:
    """Send the A tokens ``edge`` [B, r] to their ``choice`` in B; output order: prefix, rest of A, B.

    ``choice`` [B, A] counts the tokens of B; only that of an ``edge`` matters.
    """
    stays = torch.ones_like(choice).scatter(1, edge, 0).bool()  # torch.jit.trace has no scatter of a bool
    group = arrange(inputs, stays, choice, edge.shape[1])
    return Grouping(group, inputs.feature.shape[1] - edge.shape[1], whole=True)


def arrange(inputs: MatchInput, stays: Tensor, choice: Tensor, merges: int | Tensor) -> Tensor:
    """Return the output slot of every token, long [B, N]: prefix, the A tokens that stay (bool [B, A]), B.

    The other A tokens, ``merges`` of them (or [B, 1]), share the slot of their ``choice`` in B, long [B, A].
    """
    a, b = sides(inputs)
    place = torch.arange(inputs.feature.shape[1], device=choice.device)
    first_b = inputs.prefix + choice.shape[1] - merges
    group = choice.new_empty(choice.shape[0], inputs.feature.shape[1])
    group[:, : inputs.prefix] = place[: inputs.prefix]
    group[:, b] = first_b + place[: inputs.free - choice.shape[1]]
    group[:, a] = torch.where(stays, inputs.prefix - 1 + stays.cumsum(1), first_b + choice)
    return group
