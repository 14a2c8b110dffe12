"""Compare all ways of merging on one clip or sound, at the reader's r."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from explorer.engine.task import Task
from explorer.export.settings import columns
from explorer.locale.language import mark, retell, tr
from explorer.measuring.rows import as_csv
from explorer.media.names import safe_name
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.shell import measuring
from explorer.shell.table import save_csv, wrapped
from tome.config import MergeConfig

__all__ = ["Result", "Way", "as_file", "elsewhere", "merged", "rivals", "save"]


@dataclass(frozen=True)
class Way:
    """A way of merging: its name, source and configuration."""

    title: str
    source: Any
    config: MergeConfig


Result = tuple[Way, Record]


def rivals(
    name: str,
    ways: Sequence[Way],
    row: Callable[[Record], Mapping[str, object]],
    formats: Mapping[str, str],
    meaning: str,
) -> None:
    """Draw a button that runs ``ways`` in turn, and a table with ``row`` of each record.

    ``formats`` are those of numbers by column; ``meaning`` explains the columns.  Results can be saved with all settings.
    """
    st.header(tr("Other ways to merge, at this r"))

    def work(task: Task, tell: Callable[[object], None]) -> None:
        for way in ways:
            task.check()
            tell((way, service().found(way.source, way.config, task)))

    subject = tuple((way.source.key, way.config.key) for way in ways)
    measuring.measured(
        f"rivals {name}", subject, len(ways), mark("runs"), work,
        lambda _, results: _table(results, row, formats, meaning),
        label=tr("Run all {ways}", ways=len(ways)), icon=":material/compare:",
    )  # fmt: skip


def merged(source: Any, algorithms: Mapping[str, str], config: MergeConfig) -> list[Way]:
    """Return a way for each of ``algorithms``, name → title, under the r of ``config``."""
    return [Way(title, source, replace(config, algorithm=name)) for name, title in algorithms.items()]


def elsewhere() -> None:
    """Refer to the pages that compare other inputs than photos."""
    st.caption(
        tr(
            "This page compares photos. Video, Sound and Text compare ways to merge a clip, a sound and a text; "
            "there, features and metrics other than the paper's are available in the library only."
        )
    )


def _table(
    results: Sequence[Result],
    row: Callable[[Record], Mapping[str, object]],
    formats: Mapping[str, str],
    meaning: str,
) -> None:
    if not results:
        return
    lines = [{mark("Way"): retell(way.title), **row(record)} for way, record in results]
    wrapped(lines, "ways", formats)
    st.caption(tr(meaning))
    save(results, row, "-ways.csv")


def save(results: Sequence[Result], row: Callable[[Record], Mapping[str, object]], suffix: str) -> None:
    """Draw a button for ``results`` as a CSV file, named after the sample with ``suffix``."""
    name = safe_name(results[0][1].name, suffix)
    save_csv(tr("CSV with all settings"), as_file(results, row), name, key=f"save{suffix}")


def as_file(results: Sequence[Result], row: Callable[[Record], Mapping[str, object]]) -> str:
    """Return CSV: a line per run with all its settings."""
    return as_csv(
        [
            {**_setting(way, record), **{name.lower(): value for name, value in row(record).items()}}
            for way, record in results
        ]
    )


def _setting(way: Way, record: Record) -> dict[str, object]:
    model, sample = _subject(way.source)
    more = {"frames": str(len(record.frames.times)), "attention": record.frames.attention} if record.frames else {}
    size = f"{len(record.text.words)} word pieces" if record.text else f"{record.grid[0]} × {record.grid[1]} patches"
    return {"sample": record.name, "digest": sample.digest, **columns(model, size, way.config, **more)}


def _subject(source: Any) -> tuple[Any, Any]:
    """Return the model and the sample of a source: their names differ by kind of source."""
    names = {name: getattr(source, name, None) for name in ("backbone", "whisper", "minilm", "file", "text")}
    return names["backbone"] or names["whisper"] or names["minilm"], names["file"] or names["text"]
