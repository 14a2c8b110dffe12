"""The record of a text: a sentence model merged, and how far the embedding moves."""

from dataclasses import dataclass

import numpy as np

from explorer.core import texts
from explorer.core.runs import Job
from explorer.core.sounds import coloured
from explorer.core.voice import Prose
from explorer.records.build import Json, base64
from explorer.records.errors import BadQuery
from explorer.records.schema import DROPPED, VERSION, Query, Record
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

__all__ = ["COLS", "TextSource", "record", "source"]

COLS = 8
"""words in a row"""
CELL = (110, 44)
"""pixels of a cell"""


@dataclass(frozen=True, eq=False)
class TextSource:
    """A text before the sentence model: what configurations are run on."""

    prose: Prose
    text: texts.OwnText

    @property
    def key(self) -> tuple:
        return (self.prose.key, self.text.digest)


def source(prose: Prose, query: Query) -> TextSource:
    """Return what ``query`` is about.  Raises BadQuery for what is not there or cannot be run."""
    if query.model != "embedded":
        raise BadQuery("model", "must be left out: texts go through all-MiniLM-L6-v2", query.model)
    try:
        text = texts.named(query.text)
    except KeyError:
        rule = f"must be one of {', '.join(texts.SAMPLES)}, or the digest of a text that an open session holds"
        raise BadQuery("text", rule, query.text) from None
    return TextSource(prose, text)


def record(source: TextSource, config: MergeConfig, job: Job) -> Record:
    """Return the record, run now in this thread."""
    from tome.text.sentences import LONGEST

    job.note = "Reading, plain and merged"
    sentences = source.prose.sentences
    inputs = sentences.encode([source.text.content])
    plain, _ = sentences.embed(inputs)
    job.check()
    merged, trace = sentences.embed(inputs, config)
    prefix, words = trace.prefix, sentences.words(inputs)
    labels = [np.arange(trace.n_in - prefix)]
    labels += [trace.source(layer)[0, prefix:].numpy() - prefix for layer in range(len(trace.layers))]
    rows = -(-len(labels[0]) // COLS)
    return Record(
        version=VERSION,
        **_page(source, len(labels[0]), rows),
        caption=_caption(source, config),
        prefix=prefix,
        depth=len(trace.layers),
        layers=[{"tokens": trace.n_in, "labels": _coded(labels[0], rows)}]
        + [_layer(step, own, rows, prefix) for step, own in zip(trace.layers, labels[1:], strict=True)],
        figures=_figures(sentences.model, config, inputs),
        plain=_figures(sentences.model, MergeConfig(r=0), inputs),
        class_cosine=float((plain @ merged.T).item()),
        text={"words": words[1:-1], "cut": len(words) == LONGEST},
    )


def _page(source: TextSource, count: int, rows: int) -> Json:
    """A page without a picture; a cell's colour says where in the text it stands."""
    width, height = COLS * CELL[0], rows * CELL[1]
    places = np.minimum(np.arange(rows * COLS) / max(count - 1, 1), 1)
    return {
        "name": source.text.name,
        "picture": {"src": "", "width": width, "height": height},
        "view": {"x": 0, "y": 0, "width": width, "height": height},
        "grid": [rows, COLS],
        "colours": base64(coloured(places)),
    }


def _coded(labels: np.ndarray, rows: int) -> str:
    cells = np.full(rows * COLS, DROPPED, "<u2")
    cells[: len(labels)] = np.where(labels < 0, DROPPED, labels)
    return base64(cells)


def _layer(step, labels: np.ndarray, rows: int, prefix: int) -> Json:
    return {
        "tokens": int((step.size[0] > 0).sum()),
        "labels": _coded(labels, rows),
        "source": (step.source[0] - prefix).tolist(),
        "destination": (step.destination[0] - prefix).tolist(),
        "similarity": [round(value, 4) for value in step.similarity[0].tolist()],
    }


def _figures(model, config: MergeConfig, inputs) -> Json:
    from tome.metrics.cost import block_gflops, gflops, shape_of

    size = inputs["input_ids"].shape[1]
    return {"gflops": gflops(model, config, size), "block_gflops": list(block_gflops(shape_of(model, size), config))}


def _caption(source: TextSource, config: MergeConfig) -> str:
    r = config.r
    rate = f"r = {r}" if isinstance(r, int) else f"r = {r[0]}, decreasing" if isinstance(r, tuple) else "r per layer"
    words = [source.prose.label, rate]
    if config.algorithm != "bipartite":
        words.append(ALGORITHMS[config.algorithm].label)
    return " · ".join(words)
