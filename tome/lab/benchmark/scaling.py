"""How matching and merging grow with the number of tokens."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from tome.combine import combine
from tome.config import MergeConfig
from tome.lab.measure import Spread, interleave, power_law
from tome.matching import configured, match
from tome.matching.match_input import MatchInput

__all__ = ["Cost", "exponent", "scaling"]


@dataclass(frozen=True)
class Cost:
    """Seconds of one block's matching and merging for one image with this number of tokens."""

    tokens: int
    r: int
    matching: Spread
    merging: Spread

    @property
    def seconds(self) -> float:
        return self.matching.median + self.merging.median


def scaling(
    tokens: Sequence[int] = (197, 577, 1025, 2305, 4097),
    config: MergeConfig | None = None,
    *,
    fraction: float = 0.066,
    width: int = 384,
    rounds: int = 20,
    warmup: int = 2,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[tuple[Cost, ...]]:
    """Time matching and merging of random tokens in one block; yield the costs so far after every round.

    ``fraction`` of the tokens merge (r = 13 of 197 by default); tokens are ``width`` wide, their keys 64.
    There is one prefix token.  The r of ``config`` is ignored.
    """
    config = config or MergeConfig()
    batches = [_inputs(count, max(1, round(count * fraction)), config) for count in tokens]
    matches, merges = zip(*(_steps(inputs, width, config) for inputs in batches), strict=True)
    timings = []
    for timing in interleave(matches + merges, rounds, warmup, clock):
        timings.append(timing)
        spreads = [Spread.of(column) for column in zip(*timings, strict=True)]
        halves = zip(tokens, batches, spreads[: len(batches)], spreads[len(batches) :], strict=True)
        yield tuple(Cost(count, inputs.r, matching, merging) for count, inputs, matching, merging in halves)


def exponent(costs: Sequence[Cost]) -> float:
    """Return the k of the best fit ``seconds ∝ tokens ** k``."""
    return power_law([cost.tokens for cost in costs], [cost.seconds for cost in costs])


def _inputs(tokens: int, r: int, config: MergeConfig) -> MatchInput:
    random = torch.Generator().manual_seed(config.seed)
    return MatchInput(
        feature=torch.randn(1, tokens, 64, generator=random),
        size=torch.ones(1, tokens),
        r=r,
        prefix=1,
        metric=config.metric,
        partition=config.partition,
        seed=config.seed,
        attention=torch.randn(1, tokens, generator=random).softmax(-1),
    )


def _steps(inputs: MatchInput, width: int, config: MergeConfig) -> tuple[Callable[[], object], Callable[[], object]]:
    algorithm = configured(config.algorithm, config.params)
    x = torch.randn(1, inputs.feature.shape[1], width, generator=inputs.generator())
    matching = match(algorithm, inputs)

    def merge() -> None:
        combine(matching, x, inputs.size, config.combine)
        matching.grouping.sum(inputs.size)

    return lambda: match(algorithm, inputs), merge
