"""Rules of the conformance suite and their violations."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

__all__ = ["ConformanceError", "close", "require", "run_rules", "tensors"]


class ConformanceError(AssertionError):
    """A violated rule; the message begins with its name."""


def require(held: bool, message: str) -> None:
    """Raise ConformanceError with ``message`` unless ``held``."""
    if not held:
        raise ConformanceError(message)


def close(got: Any, wanted: Any, tolerance: float, message: str) -> None:
    """Raise ConformanceError unless both hold tensors of equal shapes within the relative ``tolerance``."""
    pairs = list(zip(tensors(got), tensors(wanted), strict=True))
    require(bool(pairs), f"{message}: there is no tensor to compare")
    for ours, theirs in pairs:
        require(ours.shape == theirs.shape, f"{message}: shape {tuple(ours.shape)} is not {tuple(theirs.shape)}")
        apart = (ours.double() - theirs.double()).norm() / theirs.double().norm().clamp_min(1e-12)
        require(bool(apart <= tolerance), f"{message}: they differ by {apart:.1e}, more than {tolerance:.0e}")


def tensors(output: Any) -> list[Tensor]:
    """Return the floating-point tensors of a model's output: a tensor, or nested mappings and sequences."""
    return [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor) and leaf.is_floating_point()]


def run_rules(rules: dict[str, Callable[..., None]], *given: Any) -> list[str]:
    """Check every rule on ``given`` and return the names of all rules.

    Raises ConformanceError, naming the rule, for the first violation.
    """
    for name, rule in rules.items():
        try:
            with torch.random.fork_rng(devices=[]):
                rule(*given)
        except ConformanceError as error:
            raise ConformanceError(f"{name}: {error}") from error
    return list(rules)
