"""How long Whisper takes, plain and merged in turn."""

import os
from collections.abc import Sequence

import torch

from tome.config import MergeConfig
from tome.forward.patch import merging
from tome.lab.measure import Spread, interleave
from tome.speech.whisper import Speech

__all__ = ["timed"]


def timed(speech: Speech, features: torch.Tensor, config: MergeConfig, rounds: int) -> str:
    """Times of the encoder and of the whole transcription, plain and merged in turn, with the machine's load."""

    def encode() -> None:
        with torch.inference_mode():
            speech.model.get_encoder()(features)

    def merged_encode() -> None:
        with merging(speech.model, config):
            encode()

    def merged_transcribe() -> None:
        with merging(speech.model, config):
            speech.transcribe(features)

    steps = (encode, merged_encode, lambda: speech.transcribe(features), merged_transcribe)
    columns = list(zip(*interleave(steps, rounds), strict=True))
    encoder, whole = (_faster(*pair) for pair in (columns[:2], columns[2:]))
    return f"encoder {encoder}; transcription {whole}; {rounds} rounds in turn, load {_load()}"


def _faster(plain: Sequence[float], merged: Sequence[float]) -> str:
    """Medians, and how many times faster: median and quartiles of the ratios within each round."""
    before, after = Spread.of(plain), Spread.of(merged)
    ratio = Spread.of(a / b for a, b in zip(plain, merged, strict=True))
    return (
        f"{1e3 * before.median:.0f} -> {1e3 * after.median:.0f} ms, "
        f"{ratio.median:.2f} x ({ratio.low:.2f} - {ratio.high:.2f})"
    )


def _load() -> str:
    """Return how many processes wanted to run over the last minute; unknown on Windows."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
