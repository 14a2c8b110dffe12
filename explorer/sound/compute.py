"""A sound through a spectrogram model, plain and merged: classes and merged spectrogram."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

import tome
from explorer.engine.choices import r_in_json
from tome.media.decode import read_sound
from tome.models.spectrograms import Layout, class_count, layout_of, logits

__all__ = ["Classifier", "SoundRun", "load_classifier", "run_sound"]

VERSION = 1
RATE = 16_000
RANDOM = "random: the classes mean nothing"


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model that scores the sounds in a spectrogram."""

    model: Any
    name: str
    weights: str
    """source of the weights, or random"""
    layout: Layout
    classes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SoundRun:
    """Result of merging on a sound."""

    spectrogram: np.ndarray
    """the model's input, float32 [128, frames], low bands first"""
    sources: tuple[np.ndarray, ...]
    """long [128, frames], before the first block and after each: the token that each place is part of; −1 where it was
    dropped, or where the model has no patch"""
    record: dict[str, Any]
    """figures and settings, for JSON"""


def load_classifier(
    name: str, weights: Path | None = None, pretrained: bool = False, names: Path | None = None
) -> Classifier:
    """Build the model ``name`` of ``tome.lab.weights.build``; ``names`` is a file with the names of its classes.

    Raises ValueError for a model without spectrogram input or head, and for a wrong number of names.
    """
    from tome.lab.weights import build

    hub = name.startswith("hf_hub:")
    model: Any = build(name, weights=weights, pretrained=pretrained or hub)
    count = class_count(model)
    layout = layout_of(model)
    if not count:
        raise ValueError(f"--sound-model must have a head that scores classes; {name} gives features alone")
    found = _names(names) if names else _own_names(model, count)
    if len(found) != count:
        raise ValueError(f"--class-names must hold {count} names, one for each class; {names} holds {len(found)}")
    origin = str(weights) if weights else "hub" if pretrained or hub else RANDOM
    return Classifier(model.eval().requires_grad_(False), name, origin, layout, found)


def run_sound(classifier: Classifier, path: Path, config: tome.MergeConfig) -> SoundRun:
    """Trace the model's part of the sound at ``path`` under ``config``.  Raises BadMedia for an unreadable file."""
    sound = read_sound(path, RATE)
    model, layout = classifier.model, classifier.layout
    spectrograms = layout.spectrogram(torch.from_numpy(sound.waveform.copy()))[None]
    inputs = layout.inputs(spectrograms)
    with torch.inference_mode():
        plain = logits(model(inputs))[0]
        output, trace = tome.trace(model, inputs, config)
        merged = logits(output)[0]
    own = torch.arange(trace.prefix, trace.n_in)
    patches = [own, *(trace.source(layer)[0, trace.prefix :] for layer in range(len(trace.layers)))]
    heard = layout.frames / 100
    record = {
        "version": VERSION,
        "sound": path.name,
        "seconds": sound.duration,
        "seconds_heard": min(heard, sound.duration),
        "model": classifier.name,
        "weights": classifier.weights,
        "algorithm": config.algorithm,
        "r": r_in_json(config.r),
        "proportional_attention": config.proportional_attention,
        "tokens": [trace.n_in, *(step.grouping.n_out for step in trace.layers)],
        "gflops": {"plain": tome.gflops(model), "merged": tome.gflops(model, config)},
        "top5": {"plain": _top(plain, classifier.classes), "merged": _top(merged, classifier.classes)},
        "axes": ["bands, low first", "time"],
        "labels": [layout.on_bands(each).tolist() for each in patches[1:]],
        "note": sound.note,
    }
    return SoundRun(spectrograms[0, 0].T.numpy(), tuple(layout.on_places(each).numpy() for each in patches), record)


def _top(scores: torch.Tensor, classes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the five classes with the highest scores: independent probabilities, since sounds overlap."""
    found = scores.sigmoid().topk(min(5, len(classes)))
    return [
        {"class": classes[index], "probability": round(value, 4)}
        for value, index in zip(found.values.tolist(), found.indices.tolist(), strict=True)
    ]


def _own_names(model: Any, count: int) -> tuple[str, ...]:
    given = getattr(getattr(model, "config", None), "id2label", None) or {}
    return tuple(str(given.get(index, f"class {index}")).replace("LABEL_", "class ") for index in range(count))


def _names(path: Path) -> tuple[str, ...]:
    """Return a name a line, or AudioSet's own table with a column display_name."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = file.read().splitlines()
    if lines and "display_name" in lines[0].split(","):
        return tuple(row["display_name"] for row in csv.DictReader(lines))
    return tuple(line.strip() for line in lines if line.strip())
