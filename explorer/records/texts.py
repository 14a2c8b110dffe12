"""The record of a text: a merged sentence model, and the shift of the embedding."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.engine.packaged import Packaged
from explorer.engine.task import Task
from explorer.locale.language import mark
from explorer.media import texts
from explorer.media.sounds import coloured
from explorer.memory.shelf import Shelf
from explorer.records import build
from explorer.records.build import Json
from explorer.records.errors import BadQuery
from explorer.records.query import Query
from explorer.records.schema import Record
from tome.config import MergeConfig

__all__ = ["COLS", "TextSource", "source"]

COLS = 8
"""words per row"""
FIRST = mark("the first {count} word pieces")
CELL = (110, 34)
"""size of a cell in pixels"""


@dataclass(frozen=True, eq=False)
class TextSource:
    """A text and the sentence model: the source of runs."""

    minilm: Packaged
    text: texts.OwnText

    @property
    def merged(self) -> Any:
        """The module whose tokens merge."""
        return self.minilm.model.model

    @property
    def key(self) -> tuple:
        return (self.minilm.key, self.text.digest, self.text.name)

    @property
    def count(self) -> int:
        """How many word pieces the model reads, those that frame the text left out."""
        return self.minilm.model.encode([self.text.content])["input_ids"].shape[1] - 2

    @property
    def cut(self) -> bool:
        """Whether the model reads the beginning of the text alone."""
        return self.text.cut or self.minilm.model.is_cut(self.text.content)

    def record(self, config: MergeConfig, shelf: Shelf, task: Task) -> Record:
        """Return the record, run now in this thread."""
        task.note = "Reading, plain and merged"
        sentences = self.minilm.model
        inputs = sentences.encode([self.text.content])
        plain, _ = sentences.embed(inputs)
        task.check()
        merged, trace = sentences.embed(inputs, config)
        words, size, cut = sentences.words(inputs), inputs["input_ids"].shape[1], self.cut
        told = build.record(
            _page(self, len(words) - trace.prefix),
            trace,
            build.caption([self.minilm.label, *[FIRST.format(count=len(words) - 2)] * cut], config),
            figures=build.cost(sentences.model, config, size),
            plain=build.cost(sentences.model, MergeConfig(r=0), size),
            class_cosine=float((plain @ merged.T).item()),
            text={"words": words[1:-1], "cut": cut},
        )
        return Record(**told)


def source(minilm: Packaged, query: Query) -> TextSource:
    """Return the source of ``query``.  Raises BadQuery if it is missing or cannot be run."""
    if query.model != "embedded":
        raise BadQuery("model", "must be left out: texts go through all-MiniLM-L6-v2", query.model)
    try:
        text = texts.named(query.text)
    except KeyError:
        rule = f"must be one of {', '.join(texts.SAMPLES)}, or the digest of a text that an open session holds"
        raise BadQuery("text", rule, query.text) from None
    return TextSource(minilm, text)


def _page(source: TextSource, count: int) -> Json:
    """Return the fields of a page without a picture; a cell's colour encodes its position in the text."""
    rows = -(-count // COLS)
    width, height = COLS * CELL[0], rows * CELL[1]
    places = np.minimum(np.arange(rows * COLS) / max(count - 1, 1), 1)
    return {
        "name": source.text.name,
        "picture": {"src": "", "width": width, "height": height},
        "view": {"x": 0, "y": 0, "width": width, "height": height},
        "grid": [rows, COLS],
        "colours": build.base64(coloured(places)),
    }
