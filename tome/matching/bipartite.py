"""Bipartite soft matching: every A token points to its most similar B token; the r best edges merge."""

import torch
from torch import Tensor

from tome.grouping import Grouping, in_onnx_export
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import between, closest

__all__ = ["arrange", "best_edges", "join", "match", "sides", "split"]


def match(inputs: MatchInput) -> Matching:
    """Bipartite soft matching (ToMe, section 3.1).

    Several A tokens may choose the same B token.  Ties go to the earlier token, so that runs repeat.
    """
    a, b = sides(inputs)
    best, choice = closest(between(inputs.feature, a, b, inputs.metric))
    finite(best, "feature")
    similarity, edge = best_edges(best, inputs.r)
    source, joined = _positions(a, edge), choice.gather(1, edge)
    return Matching(
        grouping=join(inputs, best.shape[1], source, joined),
        source=source,
        destination=_positions(b, joined),
        similarity=similarity,
    )


def best_edges(score: Tensor, r: int) -> tuple[Tensor, Tensor]:
    """Return the ``r`` largest of ``score`` [B, n] and their places, largest first, of equal ones the earlier: [B, r]."""
    if in_onnx_export():  # which knows no stable sort; ONNX's own TopK puts the earlier one first
        value, place = score.topk(r, dim=-1)
    else:
        value, place = score.sort(dim=-1, descending=True, stable=True)
    return value.narrow(1, 0, r), place.narrow(1, 0, r)


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


def _positions(side: slice | Tensor, place: Tensor) -> Tensor:
    """Return the position of each ``place`` among the tokens of ``side``."""
    return place * (side.step or 1) + side.start if isinstance(side, slice) else side[place]


def join(inputs: MatchInput, in_a: int, source: Tensor, joined: Tensor) -> Grouping:
    """Send the tokens ``source`` [B, r] of A, which has ``in_a``, to the tokens ``joined`` [B, r] of B.

    Output order: prefix, rest of A, B.
    """
    (batch, r), tokens, (_, b) = source.shape, inputs.feature.shape[1], sides(inputs)
    first_b = inputs.prefix + in_a - r
    stays = source.new_ones(batch, tokens)
    stays[:, b] = 0
    group = stays.scatter(1, source, 0).cumsum(1).add_(-1)
    group[:, b] = torch.arange(first_b, tokens - r, device=group.device)
    return Grouping(group.scatter(1, source, joined + first_b), tokens - r, whole=True)


def arrange(inputs: MatchInput, slot: Tensor, first_b: int | Tensor) -> Tensor:
    """Return the output slot of every token, long [B, N].

    Prefix first; A tokens have the given ``slot`` [B, A], and B tokens those from ``first_b`` (or [B, 1]) on.
    """
    a, b = sides(inputs)
    place = torch.arange(inputs.feature.shape[1], device=slot.device)
    group = slot.new_zeros(slot.shape[0], len(place)) + place  # made from slot, so that vmap lets it be written into
    group[:, b] = first_b + place[: inputs.free - slot.shape[1]]
    group[:, a] = slot
    return group
