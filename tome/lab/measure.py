"""Measure on a shared machine: interleaved steps, medians with quartiles, peak memory of tensors."""

import os
import platform
import statistics
import sys
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

__all__ = ["PeakMemory", "Spread", "interleave", "machine", "mean_text", "power_law"]


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Return median and quartiles of ``values``; raise ValueError if there are none."""
        values = list(values)
        if not values:
            raise ValueError("values must hold at least one number; got none")
        low, median, high = statistics.quantiles(values * 2 if len(values) == 1 else values, method="inclusive")
        return cls(median, low, high)

    @classmethod
    def ratio(cls, above: Iterable[float], below: Iterable[float]) -> "Spread":
        """Return median and quartiles of the ratios within each round; raise ValueError for none, or unequally many."""
        return cls.of(a / b for a, b in zip(above, below, strict=True))

    def columns(self, name: str) -> dict[str, float]:
        """Return the columns of a table: ``name``, and its quartiles."""
        return {name: self.median, f"{name}_low": self.low, f"{name}_high": self.high}


def mean_text(values: Sequence[float], digits: int) -> str:
    """Return the mean of ``values`` as text, ± the standard deviation of several."""
    mean = f"{statistics.fmean(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ± {statistics.stdev(values):.{digits}f}"


def interleave(
    steps: Sequence[Callable[[], object]],
    rounds: int,
    warmup: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[tuple[float, ...]]:
    """Yield the seconds of each of ``steps``, one tuple per round.

    A round runs every step once and starts one step later than the round before: a slow phase of the machine
    affects all steps alike, and no step always follows the same other.
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
    """Context manager that follows allocations: ``peak`` is the maximum of bytes in live tensors.

    Unlike resident memory, it is repeatable and the same on every device.  Earlier tensors, such as weights, and
    workspace inside operators are not counted.
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


def load() -> float | None:
    """Return the load average of the last minute; None on Windows."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def machine(device: torch.device | str = "cpu") -> dict[str, str | int]:
    """Return the context of a measured time: processor, cores, threads and versions."""
    device = torch.device(device)
    processor = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    return {
        "processor": processor,
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: _version(name) for name in ("torch", "timm")},
    }


def _version(package: str) -> str:
    # On a copy: the search would skip a folder if another thread took one off the path, as Streamlit does.
    return next(each.version for each in distributions(name=package, path=list(sys.path)))


def _processor() -> str:
    # platform.processor() is empty on Linux.
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
