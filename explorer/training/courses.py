"""Two models that learn digits, one with merging; timing of a training step; effect of pooling in MAE."""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.engine.task import Task
from explorer.measuring.speed import timely
from tome.config import MergeConfig
from tome.forward.surgery import shallow_copy
from tome.forward.trace import trace
from tome.lab.benchmark import compare
from tome.lab.measure import machine
from tome.lab.training import Change, FineTuning, Prepared, Progress, Recipe, TrainingRun

__all__ = ["Course", "Pooled", "Score", "Step", "pooling", "time_step"]

Tell = Callable[[object], None]


@dataclass(frozen=True)
class Step:
    """One training step of the run that merges ``r``."""

    r: int
    progress: Progress
    seconds: float


@dataclass(frozen=True)
class Score:
    """Accuracy in percent on the test digits."""

    trained_r: int
    tested_r: int
    accuracy: float


class Learner(Protocol):
    """A model that learns digits, with its own merging."""

    total: int
    """number of items that ``steps`` yields"""

    def steps(self) -> Iterator[Progress | Prepared]: ...

    def score(self, config: MergeConfig) -> float: ...


class Course:
    """Trains learners, by r, in turn, one step each.  Resumes after any step."""

    def __init__(self, learners: Mapping[int, Learner], tested: Collection[int]):
        self.learners, self.tested = learners, sorted(tested)
        self.told: list[object] = []
        self.done = False
        self.total = 1 + sum(each.total + len(self.tested) for each in learners.values())
        self._events = self._go()
        self._lock = threading.Lock()

    @classmethod
    def of_vits(cls, r: int, epochs: int, recipe: Recipe | None = None) -> "Course":
        """Return two tiny ViTs with the same weights and batches, one that merges ``r`` and one that does not."""
        recipe = replace(recipe or Recipe(train=640, test=500), epochs=epochs)
        runs = {each: TrainingRun(replace(recipe, config=MergeConfig(r=each))) for each in (0, r)}
        return cls(runs, {0, r, 2, 4, 6})

    @classmethod
    def of_last_blocks(cls, model: nn.Module, r: int, epochs: int, change: Change | None = None) -> "Course":
        """Return two learners of the last blocks of ``model``."""
        change = replace(change or Change(), epochs=epochs)
        tunings = {each: FineTuning(model, replace(change, config=MergeConfig(r=each))) for each in (0, r)}
        return cls(tunings, {0, r})

    def go(self, task: Task, tell: Tell) -> None:
        """Report earlier events, then continue until the end or until the task is cancelled."""
        # An older task may not have finished its step.
        with self._lock:
            for event in self.told:
                tell(event)
            while not self.done:
                task.check()
                self._advance(tell)

    def _advance(self, tell: Tell) -> None:
        event = next(self._events, None)
        if event is None:
            self.done = True
            return
        self.told.append(event)
        tell(event)

    def _go(self) -> Iterator[object]:
        yield machine()
        steps = {r: learner.steps() for r, learner in self.learners.items()}
        while steps:
            for r, own in list(steps.items()):
                start = time.perf_counter()
                event = next(own, None)
                if event is None:
                    del steps[r]
                    continue
                yield Step(r, event, time.perf_counter() - start) if isinstance(event, Progress) else event
        for trained, learner in self.learners.items():
            for tested in self.tested:
                yield Score(trained, tested, learner.score(MergeConfig(r=tested)))


def time_step(
    model: nn.Module, images: Tensor, config: MergeConfig, task: Task, tell: Tell, *, rounds: int, seconds: float
) -> None:
    """Report the machine, and after each of at most ``rounds`` the times of a merged and a plain training step."""
    tell(machine(images.device))
    for found in timely(compare(model, images, config, "train", rounds=rounds, warmup=1), seconds):
        tell(found)
        task.check()


@dataclass(frozen=True)
class Pooled:
    """Cosine of a pooled feature with that of the plain run, mean over images."""

    proportional_attention: bool
    by_size: float
    """mean weighted by token size, as in the paper"""
    plain_mean: float


def pooling(model: nn.Module, images: Tensor, r: int, task: Task, tell: Tell) -> None:
    """Report the cosine of merged and plain mean patches, with proportional attention off and on."""
    pooled = shallow_copy(model)
    pooled.global_pool = "avg"
    with torch.inference_mode():
        _, plain = trace(pooled, images, MergeConfig(r=0), on_block=task.check)
        aim = plain.tokens[:, plain.prefix :].mean(1)
        for proportional in (False, True):
            config = MergeConfig(r=r, proportional_attention=proportional)
            _, run = trace(pooled, images, config, on_block=task.check)
            tokens, size = run.tokens[:, run.prefix :], run.layers[-1].size[:, run.prefix :, None]
            means = (tokens * size).sum(1) / size.sum(1), tokens.mean(1)
            tell(Pooled(proportional, *(F.cosine_similarity(each, aim, dim=-1).mean().item() for each in means)))
