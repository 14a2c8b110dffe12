"""Bipartite soft matching: every A token points to its most similar B token; the r best edges merge."""

import torch
from torch import Tensor

from tome.grouping import Grouping
from tome.matching.scene import Matching, Scene, finite
from tome.similarity import score

__all__ = ["join", "run", "split"]


def run(scene: Scene) -> Matching:
    """Bipartite soft matching (ToMe, section 3.1).

    Several A tokens may choose the same B token.  Ties go to the earlier token, so that runs repeat.
    """
    a, b = split(scene)
    best, choice = score(scene.feature[:, a], scene.feature[:, b], scene.metric).max(-1)
    finite(best, "feature")
    edge = best.argsort(dim=-1, descending=True, stable=True)[:, : scene.r]
    return Matching(
        grouping=join(scene, a, b, edge, choice),
        source=a[edge],
        destination=b[choice.gather(1, edge)],
        similarity=best.gather(1, edge),
    )


def split(scene: Scene) -> tuple[Tensor, Tensor]:
    """Positions of the A and of the B tokens, prefix excluded; A is never the smaller half by more than one.

    ``alternating``: even positions are A, as in the paper, where the class token at position 0 thereby can never
    be a destination.  ``sequential``: the first half is A.  ``random``: half of the tokens, by seed and layer.
    """
    tokens = scene.feature.shape[1]
    free = torch.arange(scene.prefix, tokens, device=scene.feature.device)
    half = len(free) // 2
    if scene.partition == "alternating":
        odd = scene.prefix % 2
        return free[odd::2], free[1 - odd :: 2]
    if scene.partition == "random":
        free = free[torch.randperm(len(free), generator=scene.generator()).to(free.device)]
        return free[half:].sort().values, free[:half].sort().values
    return free[: len(free) - half], free[len(free) - half :]


def join(scene: Scene, a: Tensor, b: Tensor, edge: Tensor, choice: Tensor) -> Grouping:
    """The grouping that sends the A tokens ``edge`` [B, r] to their ``choice`` in B; order: prefix, rest of A, B."""
    batch, tokens, _ = scene.feature.shape
    stays = torch.ones(batch, len(a), dtype=torch.bool, device=a.device).scatter_(1, edge, False)
    first_b = scene.prefix + len(a) - edge.shape[1]
    group = torch.arange(tokens, device=a.device).repeat(batch, 1)
    group[:, b] = first_b + torch.arange(len(b), device=a.device)
    group[:, a] = torch.where(stays, scene.prefix - 1 + stays.cumsum(1), first_b + choice)
    return Grouping(group, tokens - edge.shape[1])
