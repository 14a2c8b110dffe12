"""The similarity of a pinned patch to every other patch, and to those of another photo, layer by layer."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.engine.compare import Trial
from tome.similarity import score

__all__ = ["GONE", "rows", "rows_beside", "warm", "warm_beside"]

GONE = 255
"""The byte of a patch whose token was dropped before; the others run from 0, the lowest, to 254."""


def rows(trial: Trial, patch: int) -> list[Tensor | None]:
    """Return the similarity of ``patch`` to every patch in each block, float [patches]; NaN for dropped tokens.

    In the metric of the block's matching, hence over the tokens before its merge; softmax
    normalises over all of them.  None if the block compared nothing or the patch was dropped earlier.
    """
    _check(trial, patch)
    return [block and block.row(patch, block, trial.config.metric) for block in _compared(trial)]


def rows_beside(trial: Trial, other: Trial, patch: int) -> list[tuple[Tensor, Tensor] | None]:
    """Return ``rows`` of ``patch`` in each block, and its similarity to every patch of ``other``.

    ``other`` is a run of the same model and configuration on another photo, compared as if the patch were one of its
    tokens.  None if one of the two blocks compared nothing.
    """
    _check(trial, patch)
    blocks = zip(_compared(trial), _compared(other), strict=True)
    pairs = ((own, there, own and there and own.row(patch, there, trial.config.metric)) for own, there in blocks)
    return [None if close is None else (own.row(patch, own, trial.config.metric), close) for own, there, close in pairs]


def warm(trial: Trial, patch: int) -> list[dict[str, Any] | None]:
    """Quantise the rows for the viewer: one byte per patch, with the range per layer.

    Layer 0 is the input, without similarities; layer i shows those of block i.
    """
    return [None, *(None if row is None else _record(row)[0] for row in rows(trial, patch))]


def warm_beside(trial: Trial, other: Trial, patch: int) -> list[list[dict[str, Any] | None]]:
    """Quantise the rows of two photos, a list each, with a common range per layer so that colours are comparable."""
    layers = [
        (None, None),
        *((None, None) if pair is None else _record(*pair) for pair in rows_beside(trial, other, patch)),
    ]
    return [list(photo) for photo in zip(*layers, strict=True)]


@dataclass(frozen=True, eq=False)
class _Compared:
    """A block's compared features, without the prefix, and the token of each patch; -1 for dropped patches."""

    feature: Tensor
    tokens: Tensor

    def row(self, patch: int, other: "_Compared", metric: str) -> Tensor | None:
        """Return the similarity of ``patch`` to every patch of ``other``; None if it was dropped earlier."""
        own, tokens = self.tokens[patch], other.tokens
        if own < 0:
            return None
        close = score(self.feature[:, own : own + 1], other.feature, metric)[0, 0].cpu()
        return close[tokens.clamp_min(0)].masked_fill(tokens < 0, float("nan"))


def _compared(trial: Trial) -> Iterator[_Compared | None]:
    prefix, source = trial.trace.prefix, torch.arange(trial.trace.n_in)
    for number, feature in enumerate(trial.features):
        yield None if feature is None else _Compared(feature.float()[None, prefix:], source[prefix:] - prefix)
        source = trial.trace.source(number)[0].cpu()


def _check(trial: Trial, patch: int) -> None:
    count = trial.trace.n_in - trial.trace.prefix
    if not 0 <= patch < count:
        raise IndexError(f"patch must be one of the {count} patches; got {patch}")


def _record(*rows: Tensor) -> list[dict[str, Any]]:
    there = torch.cat(rows)
    there = there[~there.isnan()]
    low, high = there.min().item(), there.max().item()
    scale = 254 / ((high - low) or 1.0)
    steps = [((row - low) * scale).round().nan_to_num(GONE).to(torch.uint8) for row in rows]
    return [{"low": low, "high": high, "values": b64encode(step.numpy().tobytes()).decode()} for step in steps]
