"""The tables under a lab's panels: what was measured here, and what the paper printed."""

from collections.abc import Callable, Sequence

import streamlit as st

from explorer.core import paper
from explorer.ui.lab import Batch, Panel
from tome.matching import ALGORITHMS

__all__ = ["algorithms", "scores", "table_1", "table_2"]

Number = st.column_config.NumberColumn
COLUMNS = {
    "Class cosine": Number(format="%.4f", help="Cosine of the class token with that of the plain run: 1 is the same."),
    "Patch cosine": Number(
        format="%.4f",
        help="Cosine of each patch's plain token with the token it ends in, mean over patches; a dropped patch counts 0.",
    ),
    "Top 5 kept": Number(
        format="percent", help="How many of the plain run's five likeliest classes are still among them."
    ),
    "Agreement": Number(
        format="%.3f",
        help="Adjusted Rand index of the final groups with those of the reference: 1 the same, 0 as by chance.",
    ),
    "Pair similarity": Number(
        format="%.3f", help="Mean over all pairs that merged, by the metric that matched them. Pruning has no pairs."
    ),
    "Similarity kept": Number(
        format="%.2f %%",
        help="Cosine between what was compared and its mean over the group, mean over tokens and layers; dropped counts 0.",
    ),
    "ms per layer": Number(format="%.2f", help="Matching and merging in one block, median over the blocks."),
    "Run, ms": Number(
        format="%.0f", help="Its own merges and its share of the batch it ran in, on this machine, just now."
    ),
    "Paper": Number(format="%.2f %%", help=f"Accuracy as printed. {paper.SETTING}"),
    "im/s": Number(format="%.1f", help="Images per second as printed."),
    "Here": Number(format="%.4f", help="Class cosine on your photo, where a panel shows this choice."),
}


def scores(lab: Batch, panels: Sequence[Panel], reference: Panel) -> None:
    """One line per panel; a column's head sorts it.  A panel that failed has no numbers."""
    _frame([_line(lab, panel, reference) for panel in panels])


def algorithms(lab: Batch, panels: Sequence[Panel], reference: Panel) -> None:
    """The same with what the catalogue says about each algorithm."""
    lines = []
    for panel in panels:
        known = ALGORITHMS[panel.config.algorithm]
        facts = {"Kind": known.kind, "Sequential steps": known.steps, "Batches": known.batches}
        lines.append({**_line(lab, panel, reference), **facts})
    _frame(lines)


def table_1(here: Callable[[str, str], float | None]) -> None:
    """The paper's Table 1 a–e, and ``here(field, value)``, the class cosine of the photo under the same choice."""
    names = {
        "feature": "Feature",
        "metric": "Similarity",
        "heads": "Heads",
        "combine": "Merged token",
        "partition": "Split",
    }
    _frame(
        [_printed(row, names[row.part], row.choice, here(row.part, row.choice)) for row in paper.TABLE_1], height=400
    )


def table_2(here: Callable[[str, str], float | None]) -> None:
    """The paper's Table 2, likewise."""
    lines = [(row, row.part.title(), ALGORITHMS[row.choice].label) for row in paper.TABLE_2]
    _frame([_printed(row, kind, label, here("algorithm", row.choice)) for row, kind, label in lines])


def _printed(row: paper.Row, kind: str, choice: str, here: float | None) -> dict:
    mark = " ✓" if row.default else ""
    choice = f"{kind}: {choice}{mark}"
    return {"Choice": choice, "Paper": row.accuracy, "Here": here, "im/s": row.images_per_second}


def _line(lab: Batch, panel: Panel, reference: Panel) -> dict:
    score = lab.score(panel.config, reference.config)
    values = score and {
        "Class cosine": score.class_cosine,
        "Patch cosine": score.patch_cosine,
        "Top 5 kept": score.top5,
        "Agreement": score.agreement,
        "Pair similarity": score.pairs,
        "Similarity kept": 100 * score.kept,
        "ms per layer": score.merging_ms,
        "Run, ms": score.ms,
    }
    mark = " (reference)" if panel == reference else "" if score else " (failed)"
    return {"Panel": panel.title + mark, **(values or {})}


def _frame(lines: list[dict], **options) -> None:
    names = list(dict.fromkeys(name for line in lines for name in line))
    # A column that nobody has a value for, such as the classes of a model without a head, is left out.
    shown = [name for name in names if any(line.get(name) is not None for line in lines)]
    rows = [{name: line.get(name) for name in shown} for line in lines]
    st.dataframe(rows, hide_index=True, column_config={k: v for k, v in COLUMNS.items() if k in shown}, **options)
