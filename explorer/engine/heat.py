"""The similarity of a pinned patch to every other patch, layer by layer."""

from base64 import b64encode
from typing import Any

import torch
from torch import Tensor

from explorer.engine.compare import Trial
from tome.similarity import score

__all__ = ["GONE", "rows", "warm"]

GONE = 255
"""The byte of a patch whose token was dropped before; the others run from 0, the lowest, to 254."""


def rows(trial: Trial, patch: int) -> list[Tensor | None]:
    """Return the similarity of ``patch`` to every patch in each block, float [patches]; NaN for dropped tokens.

    As the block's matching compared them, hence among the tokens before its merge; softmax over all of them.
    None where the block compared nothing, or where the patch itself was dropped before.
    """
    prefix, count = trial.trace.prefix, trial.trace.n_in - trial.trace.prefix
    if not 0 <= patch < count:
        raise IndexError(f"patch must be one of the {count} patches; got {patch}")
    source, found = torch.arange(trial.trace.n_in), []
    for number, feature in enumerate(trial.features):
        tokens = source[prefix:] - prefix
        compared = feature is not None and tokens[patch] >= 0
        found.append(_row(feature.float()[None, prefix:], tokens, patch, trial.config.metric) if compared else None)
        source = trial.trace.source(number)[0].cpu()
    return found


def warm(trial: Trial, patch: int) -> list[dict[str, Any] | None]:
    """Quantise the rows for the viewer: one byte per patch, with the range per layer.

    Layer 0 is the input, which nothing has compared yet; layer i shows what block i compared.
    """
    return [None, *(None if row is None else _record(row) for row in rows(trial, patch))]


def _row(feature: Tensor, tokens: Tensor, patch: int, metric: str) -> Tensor:
    own = tokens[patch]
    close = score(feature[:, own : own + 1], feature, metric)[0, 0].cpu()
    return close[tokens.clamp_min(0)].masked_fill(tokens < 0, float("nan"))


def _record(row: Tensor) -> dict[str, Any]:
    there = row[~row.isnan()]
    low, high = there.min().item(), there.max().item()
    steps = ((row - low) * (254 / ((high - low) or 1.0))).round().nan_to_num(GONE).to(torch.uint8)
    return {"low": low, "high": high, "values": b64encode(steps.numpy().tobytes()).decode()}
