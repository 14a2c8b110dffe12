"""Numbers beside a clip, its contact sheet, and the paper's results on video."""

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

import streamlit as st

from explorer.locale.language import mark, tr
from explorer.locale.numbers import filled, number
from explorer.measuring import paper as printed
from explorer.media.names import safe_name
from explorer.records.clips import ClipSource
from explorer.records.schema import Record
from explorer.shell import rivals
from explorer.shell.figures import classes, tokens
from explorer.shell.rivals import Way
from explorer.shell.table import table
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

__all__ = ["classes", "contact_sheet", "figures", "paper", "ways"]


def figures(record: Record, of_clips: bool = False) -> None:
    """Draw tokens, share of tokens that span frames, multiply-adds and cosine of a merged run."""
    merged, plain = record.figures.gflops, record.plain.gflops
    beside = st.columns(4)
    tokens(beside[0], record, tr("Of all frames; a class token for each frame counts too."))
    beside[1].metric(
        tr("In several frames"),
        f"{100 * record.frames.spanning[-1]:.0f} %",
        help=tr("After the last layer, of the tokens that hold more than one patch."),
    )
    ratio = plain / merged
    beside[2].metric(
        "GFLOPs",
        filled("{:.1f} → {:.1f}", plain, merged),
        tr("{ratio:.2f} × fewer", ratio=ratio) if ratio > 1 else tr("{ratio:.2f} × more", ratio=1 / ratio),
        delta_color="off",
        delta_arrow="off",
        help=tr("Billions of multiply-adds, as the Token Merging paper counts them.")
        if of_clips
        else tr(
            "Billions of multiply-adds. Plain: the image model on each frame alone. Merged: one sequence, whose attention "
            "is counted over all pairs of tokens, so that with a small r it costs more than frame by frame."
        ),
    )
    beside[3].metric(
        tr("Cosine to the plain run"),
        number(record.class_cosine, ".4f"),
        help=tr("Between the scores of all classes with and without merging: 1 is unchanged.")
        if of_clips
        else tr(
            "Between the model's output for the clip and the mean of its outputs for each frame alone, without "
            "merging: 1 is unchanged."
        ),
    )


def contact_sheet(record: Record, source: ClipSource) -> None:
    """Draw the choice of layers and a download button for the picture of frames × layers."""
    last = len(record.layers) - 1
    st.markdown(tr("**Contact sheet**"))
    chosen = st.multiselect(
        tr("Layers of the sheet"), range(last + 1), default=[0, last // 3, 2 * last // 3, last], key="sheet_layers",
        help=tr("A row for each layer, a column for each frame; layer 0 is the clip as the model sees it."),
    )  # fmt: skip

    def png() -> bytes:
        from explorer.video.sheet import of_record

        stream = BytesIO()
        of_record(record, source, sorted(chosen)).save(stream, "PNG")
        return stream.getvalue()

    st.download_button(
        tr("Save the contact sheet"), png, safe_name(record.name, "-frames.png"), "image/png",
        disabled=not chosen, on_click="ignore", key="sheet",
    )  # fmt: skip


def ways(source: Any, config: MergeConfig, algorithms: Mapping[str, str], attention: Mapping[str, str]) -> None:
    """Compare ``algorithms`` on the clip, and bipartite matching under each kind of ``attention``."""
    found = rivals.merged(source, algorithms, config)
    found += [
        Way(f"{ALGORITHMS['bipartite'].label} · {title}", replace(source, attention=kind), replace(config, algorithm="bipartite"))
        for kind, title in attention.items()
        if kind != source.attention
    ]  # fmt: skip

    def row(record: Record) -> dict[str, object]:
        return {
            mark("Tokens left"): record.layers[-1].tokens,
            mark("In several frames"): record.frames.spanning[-1],
            "GFLOPs": record.figures.gflops,
            mark("Cosine to plain"): record.class_cosine,
        }

    formats = {
        mark("Tokens left"): "{}",
        mark("In several frames"): "{:.0%}",
        "GFLOPs": "{:.1f}",
        mark("Cosine to plain"): "{:.4f}",
    }
    meaning = mark(
        "One clip. In several frames: of the tokens left that hold more than one patch; where frames are apart, none can. "
        "Cosine to plain: 1 is what the model says without merging. Frames apart: each frame merges its share of r, rounded "
        "down, and attends to itself alone, so that more tokens are left for fewer GFLOPs. Joint attention has one class token; "
        "otherwise each frame has its own."
    )
    rivals.rivals("clip", found, row, formats, meaning)


def paper() -> None:
    """Draw the paper's Tables 5 and 6."""
    with st.expander(tr("The paper's results on video (Tables 5 and 6)")):
        st.caption(
            tr(
                "A video model, not this one: ViT-L (MAE) trained on Kinetics-400, 16 frames of 224 px, merging over space and "
                "time, accuracy in %; GFLOPs of one view. Bolya et al., ICLR 2023, arXiv 2210.09461."
            )
        )
        table(printed.as_printed(printed.TABLE_5))
        table(printed.as_printed(printed.TABLE_6))
