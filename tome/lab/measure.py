"""Measuring on a machine that is never quite idle: steps in turn, medians with quartiles, tensors alive at once."""

import os
import platform
import statistics
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

__all__ = ["PeakMemory", "Spread", "interleave", "machine", "power_law"]


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Raises ValueError if there are no values."""
        values = list(values)
        if not values:
            raise ValueError("values must hold at least one number; got none")
        low, median, high = statistics.quantiles(values * 2 if len(values) == 1 else values, method="inclusive")
        return cls(median, low, high)


def interleave(
    steps: Sequence[Callable[[], object]],
    rounds: int,
    warmup: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[tuple[float, ...]]:
    """Return seconds that each of ``steps`` took, one tuple a round.

    A round runs every step once, each round beginning with the next one: what slows the machine for a while slows
    all steps alike, and none always runs in the wake of the same other.
    """
    if rounds < 1 or warmup < 0:
        raise ValueError(f"rounds must be at least 1 and warmup at least 0; got {rounds} and {warmup}")
    for _ in range(warmup):
        for step in steps:
            step()
    for first in range(rounds):
        seconds = [0.0] * len(steps)
        for turn in range(len(steps)):
            index = (first + turn) % len(steps)
            start = clock()
            steps[index]()
            seconds[index] = clock() - start
        yield tuple(seconds)


def power_law(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the k of the best fit ``seconds ∝ sizes ** k``: the slope of least squares between the logarithms."""
    x, y = (torch.tensor(values, dtype=torch.float64).log() for values in (sizes, seconds))
    x = x - x.mean()
    return float(x @ y / (x @ x))


class PeakMemory(TorchDispatchMode):
    """While entered, follows what the operators allocate: ``peak`` is the most bytes of tensors alive at once.

    The same on every device, and repeatable, where a process' resident memory is neither.  Tensors made before,
    such as weights, and the workspace inside an operator are not counted.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = self._now = 0
        self._alive: dict[int, int] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self._hold(leaf.untyped_storage())
        return result

    def _hold(self, storage: torch.UntypedStorage) -> None:
        if id(storage) not in self._alive:
            self._alive[id(storage)] = storage.nbytes()
            self._now += storage.nbytes()
            self.peak = max(self.peak, self._now)
            weakref.finalize(storage, self._drop, id(storage))

    def _drop(self, key: int) -> None:
        self._now -= self._alive.pop(key)


def machine(device: torch.device | str = "cpu") -> dict[str, str | int]:
    """Return the facts that a time has to be read with: processor, cores, threads, and the versions that ran."""
    device = torch.device(device)
    processor = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    return {
        "processor": processor,
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "timm")},
    }


def _processor() -> str:
    # platform.processor() is empty on Linux.
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
