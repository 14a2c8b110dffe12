"""What merging buys on this machine: throughput and likeness to the plain run, told while they are measured."""

import csv
import hashlib
import io
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.core.runs import Job
from tome.benchmark import parts
from tome.config import MergeConfig
from tome.cost import gflops, shape_of
from tome.fidelity import Fidelity, fidelity
from tome.measure import Spread, interleave, machine
from tome.patching import patch
from tome.schedule import R, token_counts
from tome.tracing import trace
from tome.weights import twin

__all__ = ["Point", "as_csv", "file_name", "points", "rates", "rounds_of", "rows", "share", "sweep", "time_parts"]

Tell = Callable[[object], None]
LEAST = 3
"""rounds without which there is no median to speak of"""


@dataclass(frozen=True)
class Point:
    """One configuration against the plain model; a Spread is None until a round has ended."""

    config: MergeConfig
    tokens: int
    """after the last block, prefix included"""
    gflops: float
    predicted: float
    """the speed-up if time were proportional to GFLOPs"""
    near: Fidelity
    throughput: Spread | None
    """images per second"""
    speed_up: Spread | None
    """over the ratios within each round"""

    @property
    def fidelity(self) -> float:
        """Cosine with the plain run: of the class token, or of the patches where the model has none."""
        return self.near.patch_cosine if self.near.class_cosine is None else self.near.class_cosine


def rates(tokens: int, prefix: int, depth: int, count: int = 4) -> list[int]:
    """``count`` values of r, evenly up to the one that merges nearly all tokens in ``depth`` blocks."""
    most = (tokens - prefix) // depth
    return sorted({max(1, round(most * step / count)) for step in range(1, count + 1)})


def sweep(
    model: nn.Module,
    images: Tensor,
    configs: Sequence[MergeConfig],
    job: Job,
    tell: Tell,
    *,
    rounds: int,
    seconds: float = 30.0,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Tell the machine, the Fidelity of each of ``configs``, and the seconds of each of ``rounds`` of plain and them.

    After ``seconds`` no further round begins, once there are three: of fewer a median says nothing.  The patched
    model is timed: no recording, as in use.
    """
    tell(machine(images.device))
    deadline = clock() + seconds
    with torch.inference_mode():
        # Also the warm-up: every shape that is timed below has been computed once.
        output, plain = trace(model, images, MergeConfig(r=0), on_block=job.check)
        for config in configs:
            merged, run = trace(model, images, config, on_block=job.check)
            tell(fidelity(output, plain.tokens, merged, run))
    models = [model, *(patch(twin(model), config) for config in configs)]
    timings = interleave([_forward(each, images, job) for each in models], rounds, warmup=0, clock=clock)
    for done, timing in enumerate(timings, start=1):
        tell(timing)
        if done >= LEAST and clock() > deadline:
            return


def _forward(model: nn.Module, images: Tensor, job: Job) -> Callable[[], None]:
    def step() -> None:
        job.check()
        with torch.inference_mode():
            model(images)
        if images.is_cuda:
            torch.cuda.synchronize(images.device)

    return step


def time_parts(model: nn.Module, images: Tensor, config: MergeConfig, job: Job, tell: Tell, *, rounds: int) -> None:
    """Tell the machine, and after each of ``rounds`` what the parts of every block take."""
    tell(machine(images.device))
    for found in parts(model, images, config, rounds=rounds, warmup=1):
        tell(found)
        job.check()


def points(
    told: Sequence[object], model: nn.Module, side: int, batch: int, configs: Sequence[MergeConfig]
) -> list[Point]:
    """What ``sweep`` has told so far, a Point for the plain model and for each of ``configs`` that was looked at."""
    nears = [Fidelity(1.0 if model.cls_token is not None else None, 1.0, None, None, None)]
    nears += [event for event in told if isinstance(event, Fidelity)]
    timings = list(zip(*(event for event in told if isinstance(event, tuple)), strict=True))
    shape, plain = shape_of(model, side), gflops(model, None, side)
    found = []
    for place, (config, near) in enumerate(zip((MergeConfig(r=0), *configs), nears, strict=False)):
        cost = gflops(model, config, side)
        tokens = token_counts(config.r, len(shape.blocks), shape.tokens, shape.prefix)[-1]
        own = timings[place] if timings else ()
        throughput = Spread.of(batch / each for each in own) if own else None
        speed_up = Spread.of(a / b for a, b in zip(timings[0], own, strict=True)) if own else None
        found.append(Point(config, tokens, cost, plain / cost, near, throughput, speed_up))
    return found


def rows(found: Sequence[Point], setting: Mapping[str, object]) -> list[dict[str, object]]:
    """Each Point as one flat record that holds its setting and machine too: for CSV and JSON."""
    return [
        {**setting, **_choice(point.config.r), "algorithm": point.config.algorithm, **_numbers(point)}
        for point in found
    ]


def _choice(r: R) -> dict[str, object]:
    return {"r": r, "schedule": "constant"} if isinstance(r, int) else {"r": r[0], "schedule": "decreasing"}


def _numbers(point: Point) -> dict[str, object]:
    spreads = {"images_per_second": point.throughput, "speed_up": point.speed_up}
    return {
        "tokens": point.tokens,
        "gflops": point.gflops,
        "predicted": point.predicted,
        "class_cosine": point.near.class_cosine,
        "patch_cosine": point.near.patch_cosine,
        **{
            f"{name}{end}": spread and getattr(spread, field)
            for name, spread in spreads.items()
            for end, field in (("", "median"), ("_low", "low"), ("_high", "high"))
        },
    }


def as_csv(records: Sequence[Mapping[str, object]]) -> str:
    """Records of the same columns as CSV, one a line."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(records)
    return text.getvalue()


def file_name(subject: str, records: Sequence[Mapping[str, object]], ending: str) -> str:
    """A name that is equal for equal records only: it ends in the first ten digits of their SHA-256."""
    digest = hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()
    return f"tome-{subject}-{digest[:10]}.{ending}"


def share(found: Sequence[Point]) -> float | None:
    """Median share of the predicted speed-up that was reached, over the configurations that merge."""
    reached = [point.speed_up.median / point.predicted for point in found if point.speed_up and point.predicted > 1]
    return statistics.median(reached) if reached else None


def rounds_of(told: Sequence[object]) -> int:
    """How many rounds ``sweep`` has told."""
    return sum(isinstance(event, tuple) for event in told)
