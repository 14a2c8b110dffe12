"""Savings on this machine: throughput and fidelity, reported during the measurement."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from explorer.engine.task import Superseded, Task
from tome.config import MergeConfig
from tome.forward.patch import patch
from tome.forward.surgery import shallow_copy
from tome.forward.trace import trace
from tome.lab.benchmark import parts
from tome.lab.measure import interleave, machine
from tome.metrics.fidelity import Fidelity, fidelity

__all__ = ["LEAST", "PLAIN", "LeftOut", "Looked", "Round", "sweep", "time_parts", "timely"]

Tell = Callable[[object], None]
PLAIN = MergeConfig(r=0)
LEAST = 3
"""fewest rounds for a median"""


@dataclass(frozen=True)
class Looked:
    """Fidelity of a configuration."""

    config: MergeConfig
    near: Fidelity


@dataclass(frozen=True)
class LeftOut:
    """A failed configuration with the reason; the measurement continues without it."""

    config: MergeConfig
    why: str


@dataclass(frozen=True)
class Round:
    """Seconds of one forward of the plain model and of every remaining configuration."""

    seconds: Mapping[MergeConfig, float]


def timely(rounds: Iterable, seconds: float, clock: Callable[[], float] = time.perf_counter) -> Iterator:
    """Yield ``rounds`` until ``seconds`` have passed, but at least LEAST: a median needs that many."""
    deadline = clock() + seconds
    for done, each in enumerate(rounds, start=1):
        yield each
        if done >= LEAST and clock() > deadline:
            return


def sweep(
    model: nn.Module,
    images: Tensor,
    configs: Sequence[MergeConfig],
    task: Task,
    tell: Tell,
    *,
    rounds: int,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Report the machine, a Looked or LeftOut for each of ``configs``, and at most ``rounds`` Rounds.

    After ``seconds``, and at least LEAST rounds, no further round starts.  Times are of the patched model, without
    recording, as in real use.
    """
    tell(machine(images.device))
    deadline = clock() + seconds
    failed: set[MergeConfig] = set()
    models = {PLAIN: model}

    def attempt(config: MergeConfig, work: Callable[[], None]) -> None:
        task.check()
        if config not in failed and (why := _failure(work, config)):  # is reported, and not retried
            failed.add(config)
            tell(LeftOut(config, why))

    def look(config: MergeConfig) -> None:
        models[config] = patch(shallow_copy(model), config)
        merged, run = _traced(model, images, config, task)
        tell(Looked(config, fidelity(output, plain.tokens, merged, run)))

    # Also the warm-up for every shape timed below.
    output, plain = _traced(model, images, PLAIN, task)
    for config in configs:
        attempt(config, partial(look, config))
    steps = [partial(attempt, config, partial(_forward, each, images)) for config, each in models.items()]
    for timing in timely(interleave(steps, rounds, warmup=0, clock=clock), deadline - clock(), clock):
        timed = zip(models, timing, strict=True)
        tell(Round({config: spent for config, spent in timed if config not in failed}))


def _failure(work: Callable[[], None], config: MergeConfig) -> str:
    """Return why ``work`` failed, "" if it did not; the plain model must not fail."""
    try:
        work()
    except Superseded:
        raise
    except Exception as error:
        if config == PLAIN:
            raise
        return f"{type(error).__name__}: {str(error)[:200]}"
    return ""


@torch.inference_mode()
def _traced(model: nn.Module, images: Tensor, config: MergeConfig, task: Task) -> tuple:
    return trace(model, images, config, on_block=task.check)


@torch.inference_mode()
def _forward(model: nn.Module, images: Tensor) -> None:
    model(images)
    if images.is_cuda:
        torch.cuda.synchronize(images.device)


def time_parts(
    model: nn.Module, images: Tensor, config: MergeConfig, task: Task, tell: Tell, *, rounds: int, seconds: float
) -> None:
    """Report the machine, and after each of at most ``rounds`` the times of the parts of every block."""
    tell(machine(images.device))
    for found in timely(parts(model, images, config, rounds=rounds, warmup=1), seconds):
        tell(found)
        task.check()
