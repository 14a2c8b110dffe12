"""The search for the r at which the first word changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from explorer.locale.language import mark
from explorer.measuring.rows import mean_r
from explorer.records.schema import Record
from tome.config import MergeConfig
from tome.schedule import schedule

__all__ = ["MOST", "RATES", "RIVALS", "Row", "capped_layers", "first_change", "row", "search"]

RATES = (100, 150, 200, 250, 300, 350)
RIVALS = {"bipartite": mark("Changed by merging"), "random_prune": mark("Changed by random pruning")}
HALVINGS = 7
"""upper bound: the widest gap is from 0 to 100"""
MOST = len(RIVALS) * len(RATES) + HALVINGS
"""most runs of a search"""

Row = Mapping[str, Any]
"""a run of a search: r, algorithm, tokens before and left, words in all and changed, whether a layer was capped"""


def search(run: Callable[[MergeConfig], Record], decreasing: bool) -> None:
    """Run merging at RATES and between two of them down to the first change, then random pruning at RATES."""

    def changed(r: int, algorithm: str = "bipartite") -> int:
        return run(MergeConfig(r=(r, -1.0) if decreasing else r, algorithm=algorithm)).sound.changed

    first_change(changed, RATES)
    for r in RATES:
        changed(r, "random_prune")


def first_change(changed: Callable[[int], int], rates: Sequence[int]) -> int | None:
    """Return an r at which words change, but not at r − 1: bisect below the first of ``rates`` with a change.

    ``changed(r)`` counts the changed words; it is 0 at r = 0.  Returns None without any change.
    """
    counts = {r: changed(r) for r in rates}
    high = next((r for r in rates if counts[r]), None)
    if high is None:
        return None
    low = max((r for r in rates if r < high), default=0)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if changed(middle) else (middle, high)
    return high


def row(config: MergeConfig, record: Record) -> Row:
    """Return what the page tells of a run."""
    return {
        "r": mean_r(config.r), "algorithm": config.algorithm, "tokens": record.layers[0].tokens,
        "left": record.layers[-1].tokens, "words": record.sound.words, "changed": record.sound.changed,
        "capped": bool(capped_layers(record, config)),
    }  # fmt: skip


def capped_layers(record: Record, config: MergeConfig) -> list[int]:
    """Return the layers, counted from 1, that merged fewer tokens than the schedule asked for."""
    tokens = [layer.tokens for layer in record.layers]
    asked = schedule(config.r, len(tokens) - 1)
    return [layer for layer, r in enumerate(asked, 1) if tokens[layer - 1] - tokens[layer] < r]
