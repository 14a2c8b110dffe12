"""What crossing frames buys: the clip shown, merged across its frames and with each frame apart."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from explorer.engine.task import Task
from explorer.locale.language import mark, tr
from explorer.measuring.examples import example
from explorer.records.clips import ClipSource, compared
from explorer.records.query import Query
from explorer.records.service import service
from explorer.records.stored import STORED
from explorer.shell import measuring
from explorer.shell.table import wrapped
from tome.config import MergeConfig
from tome.schedule import R as Rate

__all__ = ["draw"]

Row = Mapping[str, Any]
"""tokens left, GFLOPs and cosine of a run"""
COSINE = mark("Cosine to plain")
FORMATS = {mark("Tokens left"): "{}", "GFLOPs": "{:.1f}", COSINE: "{:.4f}"}


def draw(query: Query, source: ClipSource, kinds: Mapping[str, str]) -> None:
    """Compare the ``kinds`` of attention, name → title, at the reader's r: stored or run already, or on request."""
    st.markdown(tr("**What does crossing frames buy on this clip?**"))
    stored = _stored(query, kinds)
    rows = stored or _known(source, query.config, kinds)
    if rows:
        _show(rows, query.config.r, query.frames, kinds)
        if stored:
            st.caption(example("crossing").caption)
        return

    def work(task: Task, tell: Callable[[object], None]) -> None:
        for kind in kinds:
            task.check()
            tell((kind, compared(service().found(replace(source, attention=kind), query.config, task))))

    measuring.measured(
        "crossing", (*replace(source, attention="").key, query.config.key), len(kinds), mark("runs"), work,
        lambda _, told: _show(dict(told), query.config.r, query.frames, kinds),
        label=tr("Run across frames and apart"), icon=":material/compare:",
    )  # fmt: skip


def _stored(query: Query, kinds: Mapping[str, str]) -> dict[str, Row]:
    if query.model_copy(update={"attention": "framewise"}) not in STORED:
        return {}
    kept = {each["attention"]: each for each in example("crossing").rows if each["clip"] == query.clip}
    return {kind: kept[kind] for kind in kinds}


def _known(source: ClipSource, config: MergeConfig, kinds: Mapping[str, str]) -> dict[str, Row]:
    kept = {kind: service().known(replace(source, attention=kind), config) for kind in kinds}
    return {kind: compared(found.record) for kind, found in kept.items() if found} if all(kept.values()) else {}


def _show(rows: Mapping[str, Row], r: Rate, frames: int, kinds: Mapping[str, str]) -> None:
    if set(rows) != set(kinds):
        return
    across, apart = rows["framewise"], rows["frames-apart"]
    st.markdown(
        tr(
            "Merged across frames, **{across} tokens** are left at a cosine of **{near:.4f}** to the plain run, for {more:.1f} "
            "GFLOPs; with each frame merged alone, **{apart}** at **{far:.4f}**, for {less:.1f}.",
            across=across["tokens"],
            near=across["cosine"],
            apart=apart["tokens"],
            far=apart["cosine"],
            more=across["gflops"],
            less=apart["gflops"],
        )
    )
    wrapped(
        [
            {
                mark("Attention"): tr(title),
                mark("r in each layer"): _rate(r, frames if kind == "frames-apart" else 1),
                mark("Tokens left"): rows[kind]["tokens"],
                "GFLOPs": rows[kind]["gflops"],
                COSINE: rows[kind]["cosine"],
            }
            for kind, title in kinds.items()
        ],
        "crossing",
        FORMATS,
    )
    st.caption(
        tr(
            "Frames apart, a frame merges r ÷ {frames}, rounded down, so more tokens may be left; its attention is within a short "
            "sequence, so it costs less. The model was not trained with joint attention, so its cosine does not fall by "
            "merging alone.",
            frames=frames,
        )
    )


def _rate(r: Rate, frames: int) -> str:
    from explorer.engine.clip_run import frame_r

    first = r if isinstance(r, int) else int(r[0])
    share = frame_r(first, frames)
    told = str(first) if frames == 1 else f"{frames} × {share} = {frames * share}"
    return told if isinstance(r, int) else tr("{r}, decreasing", r=told)
