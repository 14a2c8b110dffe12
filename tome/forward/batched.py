"""Several configurations of one photo as one batch: they share every matrix product, and each merges its own way."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.blocks import MergingBlocks
from tome.forward.joint import attention_of, part
from tome.forward.prefix import SharedPrefix
from tome.forward.state import Attended, ForwardState, LayerTrace
from tome.forward.trace import Trace
from tome.hosts.timm_vit import add_mlp
from tome.matching.match_input import Matching, MatchInput

__all__ = ["BatchEntry", "batched_trace"]


@dataclass(eq=False)
class BatchEntry:
    """One configuration in a batch of several.  ``output`` and ``trace`` are there unless ``error`` is."""

    index: int
    """of its configuration"""
    run: ForwardState | None = None
    steps: list[LayerTrace] = field(default_factory=list)
    output: Tensor | None = None
    """what the model returns under this configuration, [1, …]"""
    trace: Trace | None = None
    error: Exception | None = None
    """what its algorithm raised; the others went on without it"""
    seconds: float = 0.0
    """about what it would need alone: up to the first merge, its share of each later batch, and its own merges"""
    merging: list[float] = field(default_factory=list)
    """seconds for matching and merging in each block"""


def batched_trace(
    model: nn.Module,
    image: Tensor | SharedPrefix,
    configs: Sequence[MergeConfig],
    *,
    most: int = 6,
    on_block: Callable[[int], None] = lambda layer: None,
    on_match: Callable[[int, int, MatchInput, Matching], None] = lambda index, layer, scene, matching: None,
    on_steps: Callable[[int, Sequence[LayerTrace]], None] = lambda index, steps: None,
) -> Iterator[BatchEntry]:
    """What ``tome.trace`` gives for ``image`` [1, C, H, W] under each of ``configs``, each as soon as it is there.

    What comes before the first merge is computed once; who has it from before gives that ``SharedPrefix`` as ``image``,
    and it must serve ``configs``.  The first configuration runs alone, so that it is there
    soon; then those with the same r run in batches of at most ``most``.  ``on_block(layer)`` is called after each
    block and may raise to stop; ``on_match(index, layer, scene, matching)`` names the configuration first, and so does
    ``on_steps(index, steps)``, called after each block with what the configuration has merged so far.
    """
    start = image if isinstance(image, SharedPrefix) else SharedPrefix.of(model, image, configs)
    if not start.serves(configs):
        raise ValueError(f"image must end before configs merge first; got one that ends in block {start.layer}")
    blocks = list(MergingBlocks.of(model, MergeConfig(r=0)).children())
    for indices in _batches(configs, most):
        members = [_member(model, configs[index], index, start) for index in indices]
        for layer in range(start.layer, len(blocks)):
            _advance([member for member in members if not member.error], blocks[layer], layer, start, on_match)
            on_block(layer)
            for member in members:
                if not member.error:
                    on_steps(member.index, member.steps)
        _finish(model, [member for member in members if not member.error])
        yield from members


def _batches(configs: Sequence[MergeConfig], most: int) -> Iterator[Sequence[int]]:
    alike: dict[str, list[int]] = {}
    for index, config in enumerate(configs):
        alike.setdefault("first" if index == 0 else repr(config.r), []).append(index)
    for indices in alike.values():
        parts = -(-len(indices) // most)
        cuts = [part * len(indices) // parts for part in range(parts + 1)]  # parts that differ by one at most
        yield from (indices[a:b] for a, b in pairwise(cuts))


def _member(model: nn.Module, config: MergeConfig, index: int, start: SharedPrefix) -> BatchEntry:
    try:
        run = ForwardState(MergingBlocks.of(model, config).plan, start.seen.before, start.position)
    except ValueError as error:
        return BatchEntry(index, error=error)
    run.layer = start.layer
    return BatchEntry(index, run, list(start.steps), seconds=start.seconds, merging=[0.0] * start.layer)


def _advance(members: list[BatchEntry], block: nn.Module, layer: int, start: SharedPrefix, on_match: Callable) -> None:
    """Run ``block``, the one at ``layer``, for all members, each merging on its own."""
    if not members:
        return
    begin = time.perf_counter()
    shared = start.seen if layer == start.layer else attention_of(block, [member.run for member in members])
    attended = time.perf_counter()
    for place, member in enumerate(members):
        _merge(member, shared if shared is start.seen else part(shared, place), on_match)
    merged, going = time.perf_counter(), [member for member in members if not member.error]
    if going:
        x = torch.cat([member.run.x for member in going])
        groupings = [member.steps[-1].grouping for member in going]
        together = start.add_mlp(block, x, groupings) if layer == start.layer else add_mlp(block, x)
        for member, x in zip(going, together.split(1), strict=True):
            member.run.x = x
    common = attended - begin + time.perf_counter() - merged
    for member in members:
        member.seconds += common / len(members)


def _merge(member: BatchEntry, seen: Attended, on_match: Callable) -> None:
    begin = time.perf_counter()
    try:
        step = member.run.merge(seen, lambda *told: on_match(member.index, *told))
    except Exception as error:  # noqa: BLE001 — whatever one algorithm raises must not stop the others
        member.error = error
        return
    member.steps.append(step)
    member.merging.append(time.perf_counter() - begin)
    member.seconds += member.merging[-1]


def _finish(model: nn.Module, members: list[BatchEntry]) -> None:
    for member in members:
        begin = time.perf_counter()
        member.output = model.forward_head(model.norm(member.run.finish()))
        member.trace = Trace(
            layers=tuple(member.steps),
            tokens=model.norm(member.run.x),
            prefix=member.run.plan.prefix,
            n_in=member.steps[0].grouping.n_in,
            class_token=model.cls_token is not None,
            classes=model.num_classes,
        )
        member.seconds += time.perf_counter() - begin
