"""Run an algorithm on batches with padding."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from tome.grouping import DROPPED, Grouping
from tome.matching.match_input import NO_EDGE, Matching, MatchInput
from tome.matching.registry import Algorithm
from tome.schedule import cap

__all__ = ["empty_matching", "match"]


def match(algorithm: Algorithm, inputs: MatchInput) -> Matching:
    """Match the tokens of ``inputs`` without the padding.

    If ``inputs.padded``, images with equally many tokens are matched together, without their padding, so neither
    padding nor batch mates change a matching; r is capped per image.  Padding is in no group (−1); unused output
    slots come last and are padding.
    """
    if not inputs.padded or algorithm.handles_padding:
        return _matched(algorithm, inputs)
    present = (inputs.size > 0).sum(1)
    parts = [(present == count).nonzero()[:, 0] for count in present.unique()]
    matchings = [_match_present(algorithm, inputs, images, int(present[images[0]])) for images in parts]
    return _assemble(inputs, parts, matchings)


def _matched(algorithm: Algorithm, inputs: MatchInput) -> Matching:
    matching = algorithm.match(inputs)
    if not isinstance(matching, Matching):
        raise TypeError(f"algorithm {algorithm.label!r} must return a tome.Matching; got {type(matching).__name__}")
    return matching


def empty_matching(x: Tensor) -> Matching:
    """Return the matching that merges nothing of ``x`` [B, N, C]."""
    none = torch.empty(x.shape[0], 0, dtype=torch.long, device=x.device)
    return Matching(Grouping.identity(x.shape[0], x.shape[1], x.device), none, none, none.to(x.dtype))


def _match_present(algorithm: Algorithm, inputs: MatchInput, images: Tensor, count: int) -> Matching:
    """Match the first ``count`` tokens of ``images``, without padding."""
    part = replace(
        inputs,
        feature=inputs.feature[images, :count],
        size=inputs.size[images, :count],
        attention=None if inputs.attention is None else inputs.attention[images, :count],
        r=min(inputs.r, cap(count, inputs.prefix)),
        padded=False,
    )
    return _matched(algorithm, part) if part.r else empty_matching(part.feature)


def _assemble(inputs: MatchInput, parts: Sequence[Tensor], matchings: Sequence[Matching]) -> Matching:
    """Assemble the matchings of ``parts`` [images] of a batch, padded to the widest."""
    batch, edges = len(inputs.size), max(each.source.shape[1] for each in matchings)
    group = inputs.size.new_full(inputs.size.shape, DROPPED, dtype=torch.long)
    source, destination = group.new_full((2, batch, edges), NO_EDGE)
    dtypes = [each.similarity.dtype for each in matchings if each.source.shape[1]]
    similarity = inputs.feature.new_full((batch, edges), float("-inf"), dtype=dtypes[0] if dtypes else None)
    weights = [each.weight for each in matchings if each.weight is not None]
    weight = weights[0].new_ones(inputs.size.shape) if weights else None
    for images, each in zip(parts, matchings, strict=True):
        present, own = each.grouping.n_in, each.source.shape[1]
        group[images, :present] = each.grouping.group
        source[images, :own], destination[images, :own] = each.source, each.destination
        similarity[images, :own] = each.similarity
        if weight is not None and each.weight is not None:
            weight[images, :present] = each.weight
    rule = next((each.combine for each in matchings if each.combine), None)
    grouping = Grouping(group, max(each.grouping.n_out for each in matchings))
    return Matching(grouping, source, destination, similarity, rule, weight)
