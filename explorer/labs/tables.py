"""Tables under a lab's panels: local measurements and the paper's."""

from collections.abc import Callable

import streamlit as st

from explorer.labs import files
from explorer.labs import times as lab_times
from explorer.labs.columns import SCORES
from explorer.labs.lab import Lab
from explorer.labs.panels import WORDS, Panel
from explorer.locale.language import mark, retell, tr
from explorer.locale.numbers import filled
from explorer.measuring import paper
from explorer.shell.table import table
from tome.lab.measure import Spread
from tome.matching import ALGORITHMS

__all__ = ["algorithms", "scores", "table_1", "table_2"]

Number = st.column_config.NumberColumn
COLUMNS = {
    mark("Panel"): st.column_config.TextColumn(pinned=True),
    mark("Choice"): st.column_config.TextColumn(pinned=True, width=230),
    mark("Class cosine"): Number(format="%.4f", help=SCORES["class_cosine"]),
    mark("Patch cosine"): Number(format="%.4f", help=SCORES["patch_cosine"]),
    mark("Top 5 kept"): Number(format="percent", help=SCORES["top5"]),
    mark("Kept"): Number(format="%.4f", help=SCORES["kept"]),
    mark("Run, ms"): Number(format="%,.0f", help=mark("One photo through the whole model, median of runs in turn.")),
    mark("Run, quartiles"): st.column_config.TextColumn(help=mark("Where these overlap, the order is undecided.")),
    mark("Sequential steps"): st.column_config.TextColumn(
        width=170, help=mark("Steps that must run one after another in each layer.")
    ),
    mark("Batches"): st.column_config.CheckboxColumn(help=mark("Whether all photos of a batch are matched at once.")),
    mark("Agreement"): Number(format="%.3f", help=SCORES["agreement"]),
    mark("Pairs"): Number(format="%.3f", help=SCORES["pairs"]),
    mark("Kind"): st.column_config.TextColumn(help=mark("Whether tokens are merged, dropped, or some of both.")),
    mark("Paper: accuracy"): Number(format="%.2f %%", help=mark("On ImageNet, as printed.")),
    mark("Paper: images per second"): Number(format="%,.1f", help=mark("On the authors' V100, as printed.")),
    mark("Here: class cosine"): Number(
        format="%.4f", help=mark("Class cosine on your photo, where a panel shows this choice.")
    ),
}
"""columns in order"""
KINDS = {"merge": mark("merge"), "prune": mark("prune"), "hybrid": mark("hybrid")}
"""kinds of algorithms"""
MEANING = mark(
    "Class and patch cosine: cosine similarity to the tokens of the unmerged run. Kept: similarity of each token to "
    "the merged token that replaced it. A dropped patch counts 0 in "
    "the patch cosine, a dropped token in Kept, which for pruning thus says only how many stayed. Agreement with the reference's groups: 1 is equal, 0 is chance. Pairs: "
    "similarity of the merged pairs, each row in its own metric, so rows are not comparable. Click a column heading "
    "to sort by it; point at it for its definition. Scroll sideways for more columns."
)
HERE = mark("The class cosine is of your photo, where a panel shows this choice.")
PARTS = {
    "feature": mark("Feature"),
    "metric": mark("Similarity"),
    "heads": mark("Heads"),
    "combine": mark("Merged token"),
    "partition": mark("Split"),
}


def scores(lab: Lab) -> None:
    """Draw one sortable line per panel.  Failed panels have no numbers."""
    lab_times.timed(lab, lambda times: _measured(lab, times, lambda panel: {}))


def algorithms(lab: Lab, chart: Callable[[lab_times.Times], None]) -> None:
    """Draw one line per panel with the registry's data on its algorithm, and ``chart`` of the times."""

    def facts(panel: Panel) -> dict:
        known = ALGORITHMS[panel.config.algorithm]
        return {
            mark("Kind"): tr(known.kind),
            mark("Sequential steps"): retell(known.steps),
            mark("Batches"): known.vectorised,
        }

    def drawn(times: lab_times.Times) -> None:
        _measured(lab, times, facts)
        chart(times)

    lab_times.timed(lab, drawn)


def table_1(lab: Lab) -> None:
    """Draw the paper's Table 1 a–e, and the class cosine of the photo under the same choice."""
    _frame(
        [
            _printed(lab, row, row.part, f"{tr(PARTS[row.part])}: {tr(WORDS[row.part][row.choice])}")
            for row in paper.TABLE_1
        ]
    )
    st.caption(
        tr(
            "{setting}. Without merging {accuracy} % at {rate} images per second, with the public weights; the 85.7 % of Table 3 are of "
            "weights that the authors trained again. ✓ is the paper's default. {here}",
            setting=tr(paper.SETTING),
            accuracy=paper.PLAIN[0],
            rate=paper.PLAIN[1],
            here=tr(HERE),
        )
    )


def table_2(lab: Lab) -> None:
    """Draw the paper's Table 2, likewise."""
    _frame(
        [
            _printed(
                lab, row, "algorithm", f"{tr(KINDS[row.part]).capitalize()}: {retell(ALGORITHMS[row.choice].label)}"
            )
            for row in paper.TABLE_2
        ]
    )
    st.caption(tr("{setting}. ✓ is the paper's default. {here}", setting=tr(paper.SETTING), here=tr(HERE)))


def _measured(lab: Lab, times: lab_times.Times, facts: Callable[[Panel], dict]) -> None:
    _frame([{**_line(lab, panel), **_time(times.get(panel.config)), **facts(panel)} for panel in lab.panels])
    st.caption(tr(MEANING))
    files.save(lab, times)


def _time(spent: Spread | None) -> dict:
    return (
        {mark("Run, ms"): spent.median, mark("Run, quartiles"): filled("{:.0f}–{:.0f}", spent.low, spent.high)}
        if spent
        else {}
    )


def _printed(lab: Lab, row: paper.Row, field: str, choice: str) -> dict:
    here = lab.score(lab.choices.config(**{field: row.choice}))
    return {
        mark("Choice"): choice + " ✓" * row.default,
        mark("Paper: accuracy"): row.accuracy,
        mark("Paper: images per second"): row.images_per_second,
        mark("Here: class cosine"): here and here.class_cosine,
    }


def _line(lab: Lab, panel: Panel) -> dict:
    score = lab.score(panel.config)
    values = score and {
        mark("Class cosine"): score.class_cosine,
        mark("Patch cosine"): score.patch_cosine,
        mark("Top 5 kept"): score.top5,
        mark("Agreement"): score.agreement,
        mark("Pairs"): score.pairs,
        mark("Kept"): score.kept,
    }
    title = retell(panel.title)
    if panel == lab.panels[lab.reference]:
        title = tr("{panel} (reference)", panel=title)
    elif not score:
        title = tr("{panel} (failed)", panel=title)
    return {mark("Panel"): title, **(values or {})}


def _frame(lines: list[dict]) -> None:
    # Skip columns without any value, such as the classes of a model without a head.
    shown = [name for name in COLUMNS if any(line.get(name) is not None for line in lines)]
    rows = [{name: line.get(name) for name in shown} for line in lines]
    table(rows, {name: COLUMNS[name] for name in shown}, height="content", placeholder="")
