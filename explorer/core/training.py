"""Two tiny ViTs that learn digits side by side, one of them merging; and what MAE's pooling does."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.core.runs import Job
from tome.benchmark import compare
from tome.config import MergeConfig
from tome.digits import digits
from tome.measure import machine
from tome.tracing import trace
from tome.training import Progress, Recipe, Run, accuracy
from tome.weights import twin

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


class Course:
    """Trains with r = 0 and with ``r`` in turn, a step each.  Stopped at any step it goes on from there.

    Both begin with the same weights and see the same batches.
    """

    def __init__(self, r: int, epochs: int, recipe: Recipe | None = None):
        base = recipe or Recipe(train=640, test=500)
        options = {**vars(base), "epochs": epochs}
        self.runs = {each: Run(Recipe(**{**options, "config": MergeConfig(r=each)})) for each in (0, r)}
        self.told: list[object] = []
        self.done = False
        self.tested = sorted({0, r, 2, 4, 6})
        self.total = 1 + 2 * epochs * -(-base.train // base.batch) + 2 * len(self.tested)
        self._events = self._go()
        self._lock = threading.Lock()

    def go(self, job: Job, tell: Tell) -> None:
        """Tell what is known, then go on until the end or until the job is cancelled."""
        # An older job may still be within a step.
        with self._lock:
            for event in self.told:
                tell(event)
            while not self.done:
                job.check()
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
        steps = {r: run.steps() for r, run in self.runs.items()}
        while steps:
            for r, own in list(steps.items()):
                start = time.perf_counter()
                progress = next(own, None)
                if progress is None:
                    del steps[r]
                    continue
                yield Step(r, progress, time.perf_counter() - start)
        recipe = self.runs[0].recipe
        _, held_out = digits(recipe.image_size, recipe.train, recipe.test)
        for trained, run in self.runs.items():
            for tested in self.tested:
                yield Score(trained, tested, accuracy(run.model, *held_out, MergeConfig(r=tested)))


def time_step(model: nn.Module, images: Tensor, config: MergeConfig, job: Job, tell: Tell, *, rounds: int) -> None:
    """Tell the machine, and after each of ``rounds`` how a training step with merging compares with a plain one."""
    tell(machine(images.device))
    for found in compare(model, images, config, "train", rounds=rounds, warmup=1):
        tell(found)
        job.check()


@dataclass(frozen=True)
class Pooled:
    """Cosine of a pooled feature with that of the plain run, mean over images."""

    proportional_attention: bool
    by_size: float
    """each token of the mean weighted by its patches, as in the paper"""
    plain_mean: float


def pooling(model: nn.Module, images: Tensor, r: int, job: Job, tell: Tell) -> None:
    """Tell how like the plain mean of the patches the merged one is, with proportional attention off and on."""
    pooled = twin(model)
    pooled.global_pool = "avg"
    with torch.inference_mode():
        _, plain = trace(pooled, images, MergeConfig(r=0), on_block=job.check)
        aim = plain.tokens[:, plain.prefix :].mean(1)
        for proportional in (False, True):
            config = MergeConfig(r=r, proportional_attention=proportional)
            _, run = trace(pooled, images, config, on_block=job.check)
            tokens, size = run.tokens[:, run.prefix :], run.layers[-1].size[:, run.prefix :, None]
            means = (tokens * size).sum(1) / size.sum(1), tokens.mean(1)
            tell(Pooled(proportional, *(F.cosine_similarity(each, aim, dim=-1).mean().item() for each in means)))
