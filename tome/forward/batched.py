"""Several configurations of one sample in one batch: shared matrix products, separate merges."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from tome.config import MergeConfig
from tome.forward.attended import Attended
from tome.forward.observer import LayerTrace, Observer
from tome.forward.plan import MergePlan
from tome.forward.prefix import SharedPrefix
from tome.forward.state import ForwardState, attention
from tome.forward.trace import Callbacks, Trace, blocks_of, leave, trace_of
from tome.hosts.protocol import Host
from tome.hosts.registry import host_of
from tome.matching.match_input import Matching, MatchInput

__all__ = ["BatchEntry", "batched_trace"]


@dataclass(frozen=True, eq=False)
class BatchEntry:
    """Result of one configuration: ``output`` and ``trace``, or ``error``."""

    index: int
    """of its configuration"""
    output: Any = None
    """output of the model under this configuration, [1, …]"""
    trace: Trace | None = None
    error: Exception | None = None
    """error of its algorithm; the others continued without it"""
    seconds: float = 0.0
    """approximate time on its own: up to the first merge, its share of each later batch, and its own merges"""
    merging: tuple[float, ...] = ()
    """seconds for matching and merging in each block"""


@dataclass(eq=False)
class _Running:
    """A configuration in progress."""

    index: int
    state: ForwardState
    steps: list[LayerTrace]
    observer: Observer
    seconds: float
    merging: list[float]
    error: Exception | None = None

    def entry(self, output: Any, trace: Trace | None) -> BatchEntry:
        return BatchEntry(self.index, output, trace, self.error, self.seconds, tuple(self.merging))


def batched_trace(
    model: nn.Module,
    inputs: Any,
    configs: Sequence[MergeConfig],
    *,
    most: int = 6,
    on_block: Callable[[int], None] = lambda layer: None,
    on_match: Callable[[int, int, MatchInput, Matching], None] = lambda index, layer, inputs, matching: None,
    on_steps: Callable[[int, Sequence[LayerTrace]], None] = lambda index, steps: None,
) -> Iterator[BatchEntry]:
    """Trace one sample under each of ``configs``; yield each result as soon as it is ready.

    ``inputs`` is what the model takes, [1, …], or a SharedPrefix of it, which must serve ``configs``: everything
    before the first merge is computed once.  The first configuration runs alone, for an early result; the others
    run in batches of equal r, at most ``most`` at a time.  ``on_block(layer)`` is called after each block and may raise
    to stop; ``on_match(index, layer, inputs, matching)`` names the configuration first, and so does
    ``on_steps(index, steps)``, called after each block with the merges of the configuration so far.  Forward hooks
    on the model's blocks do not fire.
    """
    prefix = inputs if isinstance(inputs, SharedPrefix) else SharedPrefix.of(model, inputs, configs)
    if not prefix.serves(configs):
        raise ValueError(
            f"inputs must be a prefix that ends before the first merge of configs; it ends in block {prefix.layer}"
        )
    host, blocks = host_of(model), blocks_of(model)
    for indices in _batches(configs, most):
        entries: list[BatchEntry] = []
        running: list[_Running] = []
        for index in indices:
            try:
                running.append(_start(host, model, configs[index], index, prefix, on_match))
            except ValueError as error:
                entries.append(BatchEntry(index, error=error))
        for layer in range(prefix.layer, len(blocks)):
            _advance(host, model, [each for each in running if not each.error], blocks[layer], layer, prefix)
            on_block(layer)
            for each in running:
                if not each.error:
                    on_steps(each.index, each.steps)
        entries += [_finish(host, model, each, prefix) for each in running]
        yield from sorted(entries, key=lambda entry: indices.index(entry.index))


def _batches(configs: Sequence[MergeConfig], most: int) -> Iterator[Sequence[int]]:
    alike: dict[str, list[int]] = {}
    for index, config in enumerate(configs):
        alike.setdefault("first" if index == 0 else repr(config.r), []).append(index)
    for indices in alike.values():
        parts = -(-len(indices) // most)
        cuts = [part * len(indices) // parts for part in range(parts + 1)]  # parts that differ by one at most
        yield from (indices[a:b] for a, b in pairwise(cuts))


def _start(
    host: Host, model: nn.Module, config: MergeConfig, index: int, prefix: SharedPrefix, on_match: Callable[..., None]
) -> _Running:
    plan = MergePlan.of(host, model, config, prefix.depth)
    merging = [0.0] * prefix.layer
    watcher = Callbacks(on_match=partial(on_match, index))
    return _Running(index, prefix.state(model, plan), list(prefix.steps), watcher, prefix.seconds, merging)


def _advance(
    host: Host, model: nn.Module, entries: list[_Running], block: nn.Module, layer: int, prefix: SharedPrefix
) -> None:
    """Run ``block``, the one at ``layer``, for all entries, each merging on its own."""
    first = layer == prefix.layer
    for alike in _equally_long(entries):
        begin = time.perf_counter()
        shared = prefix.attended if first else attention(host, block, [entry.state for entry in alike])
        _share(alike, begin)
        for place, entry in enumerate(alike):
            _merge(entry, shared if first else shared.select(slice(place, place + 1)))
    for alike in _equally_long([entry for entry in entries if not entry.error]):
        begin, x = time.perf_counter(), torch.cat([entry.state.x for entry in alike])
        groupings = [entry.steps[-1].grouping for entry in alike]
        after = prefix.add_mlp(model, block, x, groupings) if first else host.add_mlp(block, x)
        for entry, tokens in zip(alike, after.split(1), strict=True):
            entry.state.x = tokens
        _share(alike, begin)


def _equally_long(entries: list[_Running]) -> list[list[_Running]]:
    """Group the entries by number of tokens: a ragged algorithm leaves more or fewer than the others."""
    alike: dict[int, list[_Running]] = {}
    for entry in entries:
        alike.setdefault(entry.state.x.shape[1], []).append(entry)
    return list(alike.values())


def _share(entries: list[_Running], begin: float) -> None:
    seconds = time.perf_counter() - begin
    for entry in entries:
        entry.seconds += seconds / len(entries)


def _merge(entry: _Running, attended: Attended) -> None:
    begin = time.perf_counter()
    try:
        step = entry.state.merge(attended, entry.observer)
    except Exception as error:  # noqa: BLE001 — an error of one algorithm must not stop the others
        entry.error = error
        return
    entry.steps.append(step)
    entry.merging.append(time.perf_counter() - begin)
    entry.seconds += entry.merging[-1]


def _finish(host: Host, model: nn.Module, entry: _Running, prefix: SharedPrefix) -> BatchEntry:
    if entry.error:
        return entry.entry(None, None)
    begin = time.perf_counter()
    output = host.head(model, entry.state.result(host.pooled(model), host.restored(model)))
    if output is None:
        output = leave(model, prefix.inputs, entry.state)
    trace = trace_of(host, model, entry.state, entry.steps, prefix.grid)
    entry.seconds += time.perf_counter() - begin
    return entry.entry(output, trace)
