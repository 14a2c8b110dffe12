"""Time Whisper, plain and merged in turn."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from tome.config import MergeConfig
from tome.forward.patch import merging
from tome.lab.measure import Spread, interleave, load
from tome.speech.whisper import Speech

__all__ = ["Faster", "Times", "timed"]


@dataclass(frozen=True)
class Faster:
    """Median seconds, plain and merged, and the ratios within each round."""

    plain: float
    merged: float
    ratio: Spread

    @classmethod
    def of(cls, plain: Sequence[float], merged: Sequence[float]) -> "Faster":
        """Summarise the rounds."""
        return cls(Spread.of(plain).median, Spread.of(merged).median, Spread.ratio(plain, merged))

    def __str__(self) -> str:
        ratio = self.ratio
        return (
            f"{1e3 * self.plain:.0f} -> {1e3 * self.merged:.0f} ms, "
            f"{ratio.median:.2f} x ({ratio.low:.2f} - {ratio.high:.2f})"
        )


@dataclass(frozen=True)
class Times:
    """Times of the encoder and of the whole transcription, with the machine's load before."""

    encoder: Faster
    transcription: Faster
    rounds: int
    load: float | None

    def __str__(self) -> str:
        load = "unknown" if self.load is None else f"{self.load:.1f}"
        return f"encoder {self.encoder}; transcription {self.transcription}; {self.rounds} rounds in turn, load {load}"

    def record(self) -> dict[str, object]:
        """Return the columns of a table."""
        columns: dict[str, object] = {"rounds": self.rounds, "load": self.load}
        for name, faster in (("encoder", self.encoder), ("transcription", self.transcription)):
            columns |= {f"{name}_plain_seconds": faster.plain, f"{name}_seconds": faster.merged}
            columns |= faster.ratio.columns(f"{name}_ratio")
        return columns


def timed(speech: Speech, features: torch.Tensor, config: MergeConfig, rounds: int) -> Times:
    """Time the encoder and the whole transcription of ``features``, plain and merged in turn."""

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
    before = load()
    columns = list(zip(*interleave(steps, rounds), strict=True))
    return Times(Faster.of(*columns[:2]), Faster.of(*columns[2:]), rounds, before)
