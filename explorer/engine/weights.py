"""Which weights a model has, for captions and tables: their source, and the short hash of their file or their seed."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

__all__ = ["HASH", "NAME", "SEED", "Loaded", "digest_of", "sha256_of", "weights_of", "weights_said"]

SEED = 0
"""of all random weights"""
DIGITS = 8
NAME, HASH = "weights", "weights_sha256"
"""settings, and columns"""


class Loaded(Protocol):
    """What every loaded model says of itself."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def weights(self) -> str: ...
    @property
    def digest(self) -> str: ...


def digest_of(*files: Path) -> str:
    """Return the first digits of the SHA-256 of a file of weights, or of several in this order; "" of none."""
    if not files:
        return ""
    if len(files) == 1:
        return sha256_of(files[0])[:DIGITS]
    return hashlib.sha256("".join(map(sha256_of, files)).encode()).hexdigest()[:DIGITS]


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def weights_of(model: Loaded) -> dict[str, str]:
    """Return the settings, and columns, that name the weights of a loaded model."""
    return {NAME: f"random, seed {SEED}" if model.weights == "random" else model.weights, HASH: model.digest}


def weights_said(told: Mapping[str, str]) -> str:
    """Return the weights of such settings in words; "" where they name none."""
    source, _, seed = told.get(NAME, "").partition(", ")
    digest = told.get(HASH, "")
    return ", ".join(filter(None, (source and f"{source} weights", seed, digest and f"SHA-256 {digest}…")))
