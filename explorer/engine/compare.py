"""One photo under several configurations: results, distance from plain, and mutual agreement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

import tome
from explorer.engine.models import Backbone
from tome.forward.batched import BatchEntry, batched_trace
from tome.forward.prefix import SharedPrefix
from tome.matching.match_input import Matching, MatchInput
from tome.metrics.fidelity import agreement, fidelity

__all__ = ["Failure", "Score", "Trial", "kept_similarity", "measure", "trials"]

TOGETHER = 3300
"""tokens in a batch of several configurations: larger batches are hardly faster, and their panels arrive later"""


@dataclass(frozen=True, eq=False)
class Trial:
    """Result of one configuration on a photo."""

    config: tome.MergeConfig
    output: Tensor
    trace: tome.Trace
    features: tuple[Tensor | None, ...]
    """float16 [N, D]: features compared in each block; None in blocks without a merge"""

    @property
    def nbytes(self) -> int:
        """About the memory this holds."""
        held = sum(feature.nbytes for feature in self.features if feature is not None)
        return held + self.trace.tokens.nbytes + 40 * self.trace.n_in * len(self.trace.layers)


@dataclass(frozen=True)
class Failure:
    """A configuration that fails for this photo or model, with the reason as one sentence."""

    config: tome.MergeConfig
    reason: str
    nbytes: int = 200

    @classmethod
    def of(cls, config: tome.MergeConfig, why: str) -> "Failure":
        """Return the failure of ``config`` for the reason ``why``."""
        return cls(config, f"{tome.ALGORITHMS[config.algorithm].label} failed: {why[:160]}.")


def trials(
    backbone: Backbone,
    start: SharedPrefix,
    configs: Sequence[tome.MergeConfig],
    check: Callable[..., None],
    on_trial: Callable[[Trial | Failure], None],
    on_steps: Callable[[int, Sequence[tome.LayerTrace]], None] = lambda index, steps: None,
) -> None:
    """Run a photo under ``configs``, the first alone and the rest in batches, and report each result when ready.

    ``start`` comes from ``forward.begin``; ``check`` is called after each block and may raise to stop.
    """
    features: list[dict[int, Tensor]] = [{} for _ in configs]

    def keep(index: int, layer: int, scene: MatchInput, _: Matching) -> None:
        features[index][layer] = scene.feature[0].half()

    most = max(1, TOGETHER // start.attended.residual.shape[1])
    with torch.inference_mode():
        for member in batched_trace(
            backbone.model, start, configs, most=most, on_block=check, on_match=keep, on_steps=on_steps
        ):
            on_trial(_result(configs[member.index], member, features[member.index]))


def _result(config: tome.MergeConfig, member: BatchEntry, features: dict[int, Tensor]) -> Trial | Failure:
    if member.error is not None:
        return Failure.of(config, (str(member.error).splitlines() or [type(member.error).__name__])[0])
    layers = range(len(member.trace.layers))
    kept = tuple(features.get(layer) for layer in layers)
    return Trial(config, member.output, member.trace, kept)


def kept_similarity(trial: Trial) -> float:
    """Return the feature similarity kept by the groups: mean over the blocks that merge.

    In a block, the mean over its tokens, weighted by size, of the cosine between a token's feature and the mean
    feature of its group: 1 for a token that stays alone, 0 for a dropped one.  1 minus this is the loss by grouping.
    """
    blocks = []
    for number, (feature, step) in enumerate(zip(trial.features, trial.trace.layers, strict=True)):
        if feature is None:
            continue
        size = trial.trace.layers[number - 1].size if number else feature.new_ones(1, len(feature), dtype=torch.float32)
        tokens = feature.float()[None]
        back = step.grouping.unmerge(step.grouping.merge(tokens, size))
        close = torch.cosine_similarity(tokens, back, dim=-1)[:, trial.trace.prefix :]
        weight = size[:, trial.trace.prefix :]
        blocks.append(((close * weight).sum() / weight.sum()).item())
    return sum(blocks) / len(blocks) if blocks else 1.0


@dataclass(frozen=True)
class Score:
    """Distance of a configuration from the plain run and from the reference panel."""

    class_cosine: float | None
    patch_cosine: float
    top5: float | None
    agreement: float
    """adjusted Rand index of the final groups with the reference's"""
    pairs: float | None
    """mean similarity over all merged edges, in the metric of the matching; None if it has none"""
    kept: float
    """see ``kept_similarity``"""


def measure(trial: Trial, plain: Trial, reference: Trial) -> Score:
    """Compare a trial with the plain run and the reference panel on the same photo."""
    near = fidelity(plain.output, plain.trace.tokens, trial.output, trial.trace)
    groups = [part.trace.source()[:, part.trace.prefix :] for part in (trial, reference)]
    edges = torch.cat([step.similarity[0] for step in trial.trace.layers])
    return Score(
        class_cosine=near.class_cosine,
        patch_cosine=near.patch_cosine,
        top5=near.top5,
        agreement=agreement(*groups),
        pairs=edges.mean().item() if len(edges) else None,
        kept=kept_similarity(trial),
    )
