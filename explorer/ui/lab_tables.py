"""The tables under a lab's panels: what was measured here, and what the paper printed."""

from collections.abc import Callable

import streamlit as st

from explorer.core import paper
from explorer.ui import lab_times
from explorer.ui.lab import Lab
from explorer.ui.lab_controls import WORDS, Panel
from tome.config import MergeConfig
from tome.lab.measure import Spread
from tome.matching import ALGORITHMS

__all__ = ["algorithms", "scores", "table_1", "table_2"]

Number = st.column_config.NumberColumn
COLUMNS = {
    "Panel": st.column_config.TextColumn(pinned=True),
    "Choice": st.column_config.TextColumn(pinned=True, width=230),
    "Class cosine": Number(format="%.4f", help="Cosine of the class token with that of the plain run: 1 is the same."),
    "Patch cosine": Number(
        format="%.4f",
        help="Cosine of each patch's plain token with the token it ends in, mean over patches; a dropped patch counts 0.",
    ),
    "Top 5 kept": Number(
        format="percent", help="How many of the plain run's five likeliest classes are still among them."
    ),
    "Kept": Number(
        format="%.4f",
        help="Cosine between what was compared and its mean over the group, mean over tokens and layers; dropped counts 0.",
    ),
    "Run, ms": Number(format="%.0f", help="One photo through the whole model, median of runs in turn."),
    "Run, quartiles": st.column_config.TextColumn(help="Where these overlap, no order is measured."),
    "Sequential steps": st.column_config.TextColumn(
        width=170, help="What has to happen one after another in each layer."
    ),
    "Batches": st.column_config.CheckboxColumn(help="Whether all photos of a batch are matched at once."),
    "Agreement": Number(
        format="%.3f",
        help="Adjusted Rand index of the final groups with those of the reference: 1 the same, 0 as by chance.",
    ),
    "Pairs": Number(
        format="%.3f", help="Mean over all pairs that merged, by the metric that matched them. Pruning has no pairs."
    ),
    "Kind": st.column_config.TextColumn(help="Whether tokens are merged, dropped, or some of both."),
    "Paper": Number(format="%.2f %%", help=f"Accuracy as printed. {paper.SETTING}"),
    "Here": Number(format="%.4f", help="Class cosine on your photo, where a panel shows this choice."),
    "im/s": Number(format="%.1f", help="Images per second as printed."),
}
"""in their order"""
MEANING = (
    "Class and patch cosine: cosine similarity to the tokens of the unmerged run. Kept: similarity of each token to the "
    "merged token that replaced it. Agreement with the reference's groups: 1 is the same and 0 chance. Pairs: similarity "
    "of those that merged, each row by its own measure, so rows do not compare. Click a column's head to sort by it; "
    "point at it for its definition. Scroll sideways for more columns."
)
HERE = "Here is the class cosine on your photo, where a panel shows this choice."
PARTS = {
    "feature": "Feature",
    "metric": "Similarity",
    "heads": "Heads",
    "combine": "Merged token",
    "partition": "Split",
}


def scores(lab: Lab) -> None:
    """One line per panel; a column's head sorts it.  A panel that failed has no numbers."""
    lab_times.timed(lab, lambda times: _measured(lab, times, lambda panel: {}))


def algorithms(lab: Lab, chart: Callable[[lab_times.Times], None]) -> None:
    """The same with what the catalogue says about each algorithm, and ``chart`` of the times."""

    def facts(panel: Panel) -> dict:
        known = ALGORITHMS[panel.config.algorithm]
        return {"Kind": known.kind, "Sequential steps": known.steps, "Batches": known.vectorised}

    def drawn(times: lab_times.Times) -> None:
        _measured(lab, times, facts)
        chart(times)

    lab_times.timed(lab, drawn)


def table_1(lab: Lab) -> None:
    """The paper's Table 1 a–e, and the class cosine of the photo under the same choice."""
    _frame([_printed(lab, row, row.part, f"{PARTS[row.part]}: {WORDS[row.part][row.choice]}") for row in paper.TABLE_1])
    st.caption(
        f"{paper.SETTING}. Without merging {paper.PLAIN[0]} % at {paper.PLAIN[1]} im/s. ✓ is the paper's default. {HERE}"
    )


def table_2(lab: Lab) -> None:
    """The paper's Table 2, likewise."""
    _frame(
        [
            _printed(lab, row, "algorithm", f"{row.part.title()}: {ALGORITHMS[row.choice].label}")
            for row in paper.TABLE_2
        ]
    )
    st.caption(f"{paper.SETTING}. ✓ is the paper's default. {HERE}")


def _measured(lab: Lab, times: lab_times.Times, facts: Callable[[Panel], dict]) -> None:
    _frame([{**_line(lab, panel), **_time(times.get(panel.config)), **facts(panel)} for panel in lab.panels])
    st.caption(MEANING)


def _time(spent: Spread | None) -> dict:
    return {"Run, ms": spent.median, "Run, quartiles": f"{spent.low:.0f} to {spent.high:.0f}"} if spent else {}


def _printed(lab: Lab, row: paper.Row, field: str, choice: str) -> dict:
    here = lab.score(MergeConfig(r=lab.choices.r, **{field: row.choice}))
    return {
        "Choice": choice + " ✓" * row.default,
        "Paper": row.accuracy,
        "Here": here and here.class_cosine,
        "im/s": row.images_per_second,
    }


def _line(lab: Lab, panel: Panel) -> dict:
    score = lab.score(panel.config)
    values = score and {
        "Class cosine": score.class_cosine,
        "Patch cosine": score.patch_cosine,
        "Top 5 kept": score.top5,
        "Agreement": score.agreement,
        "Pairs": score.pairs,
        "Kept": score.kept,
    }
    mark = " (reference)" if panel == lab.panels[lab.reference] else "" if score else " (failed)"
    return {"Panel": panel.title + mark, **(values or {})}


def _frame(lines: list[dict]) -> None:
    # A column that nobody has a value for, such as the classes of a model without a head, is left out.
    shown = [name for name in COLUMNS if any(line.get(name) is not None for line in lines)]
    rows = [{name: line.get(name) for name in shown} for line in lines]
    columns = {name: COLUMNS[name] for name in shown}
    st.dataframe(rows, hide_index=True, height="content", column_config=columns, placeholder="")
