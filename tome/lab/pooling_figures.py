"""Figures of the ways to remove tokens, over clips."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from torch import Tensor

from tome.lab.measure import mean_text

__all__ = ["Look", "rows", "verdict"]

Figures = dict[str, list[float]]
"""A way's name → a figure for each of its seeds"""
LEAST = 10
"""clips below which an interval means nothing"""
NAMES = {"top1": "top-1", "agrees": "agrees", "kl": "KL"}


@dataclass(frozen=True)
class Look:
    """Figures of one clip under every way."""

    agrees: Figures
    """1 where the likeliest class is the plain model's, else 0"""
    kl: Figures
    """Kullback–Leibler divergence from the plain model's class probabilities, in nats"""
    top1: Figures | None = None
    """1 where the likeliest class is the label, else 0"""

    @classmethod
    def of(cls, plain: Tensor, answers: Mapping[str, Sequence[Tensor]], label: int | None) -> Self:
        """Compare logits [classes]; the plain ones have their own way, "plain"."""
        every = {"plain": [plain], **answers}
        wanted = plain.log_softmax(0)
        agrees = {name: [float(one.argmax() == plain.argmax()) for one in each] for name, each in every.items()}
        kl = {name: [_kl(wanted, one) for one in each] for name, each in every.items()}
        top1 = {name: [float(one.argmax() == label) for one in each] for name, each in every.items()}
        return cls(agrees, kl, None if label is None else top1)


def rows(looks: Sequence[Look]) -> Iterator[str]:
    """Return lines of a table: mean over clips for each way; ± the standard deviation over its seeds."""
    figures = _figures(looks)
    yield f"| merging, sizes count in | {' | '.join(NAMES[name] for name in figures)} |"
    yield "|---|" + "---|" * len(figures)
    for way in looks[0].kl:
        cells = [mean_text(figures[name][way], 4 if name == "kl" else 3) for name in figures]
        yield f"| {way} | {' | '.join(cells)} |"


def verdict(looks: Sequence[Look]) -> Iterator[str]:
    """Return a sentence for each figure: whether merging with both, and with neither, is better than dropping."""
    for name in _figures(looks):
        for way in ("both", "neither"):
            better = [_gain(getattr(look, name), way) * (-1 if name == "kl" else 1) for look in looks]
            yield f"{NAMES[name]}: merging with {way} is {_compared(better)}"


def _figures(looks: Sequence[Look]) -> dict[str, dict[str, list[float]]]:
    """Return means over the clips: figure → way → seeds.  Labels count where every clip has one."""
    found = {}
    for name in NAMES:
        each = [getattr(look, name) for look in looks]
        if None not in each:
            found[name] = {
                way: [statistics.fmean(seed) for seed in zip(*(one[way] for one in each), strict=True)]
                for way in each[0]
            }
    return found


def _gain(figures: Figures, way: str) -> float:
    return statistics.fmean(figures[way]) - statistics.fmean(figures["dropping"])


def _compared(better: Sequence[float]) -> str:
    mean, clips = statistics.fmean(better), len(better)
    if clips < LEAST:
        return f"{mean:+.4f} from dropping; {clips} clips are too few to tell, {LEAST} are needed"
    reach = 1.96 * statistics.stdev(better) / clips**0.5
    word = "better than" if mean > reach else "worse than" if mean < -reach else "no different, on these clips, from"
    return f"{word} dropping ({mean:+.4f} ± {reach:.4f})"


def _kl(wanted: Tensor, logits: Tensor) -> float:
    return float((wanted.exp() * (wanted - logits.log_softmax(0))).sum())
