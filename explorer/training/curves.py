"""Results of a training: accuracy by r of training and test, and learning curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from explorer.charts.speed import lines
from explorer.locale.language import tr
from explorer.measuring.examples import example

__all__ = ["draw", "draw_example"]

SMOOTH = 10
"""steps averaged per point of the loss curve"""

Rows = Sequence[Mapping[str, Any]]


def draw_example() -> None:
    """Draw the stored training."""
    stored = example("training")
    draw(stored.rows, stored.tested, stored.setting["r"])
    st.caption(stored.caption)


def draw(rows: Rows, tested: Rows, r: int) -> None:
    """Draw ``rows``, one per step and run, and ``tested``, one per r of training and test, once it has arrived."""
    trained = (0, r)
    if tested:
        _draw_tested(tested, trained)
    own = {each: list(enumerate((row for row in rows if row["trained_r"] == each), start=1)) for each in trained}
    correct = {
        _name(each): [(place, row["accuracy"]) for place, row in own[each] if row["accuracy"] is not None]
        for each in trained
    }
    left, right = st.columns(2)
    figure = lines(
        {_name(each): _smooth(own[each]) for each in trained},
        tr("Step"),
        tr("Loss, mean of {count} steps", count=SMOOTH),
    )
    left.plotly_chart(figure, key="loss", alt=tr("Loss of both runs over steps."))
    figure = lines(correct, tr("Step"), tr("Accuracy on test digits in %"))
    right.plotly_chart(figure, key="correct", alt=tr("Accuracy of both runs."))


def _draw_tested(tested: Rows, trained: Sequence[int]) -> None:
    st.markdown(tr("**Accuracy, by the r of the training and the r of the test**"))
    series = {
        tr("Trained with {settings}", settings=_name(each)): [
            (row["tested_r"], row["accuracy"]) for row in tested if row["trained_r"] == each
        ]
        for each in trained
    }
    figure = lines(series, tr("r of the test"), tr("Accuracy on test digits in %"), height=300)
    st.plotly_chart(figure, key="tested", alt=tr("Accuracy over the r of the test, a line for each r of the training."))
    st.caption(tr("A few hundred held-out digits: one image is 0.2 % or 0.5 %, so small differences are chance."))


def _smooth(own: list[tuple[int, Mapping[str, Any]]]) -> list[tuple[int, float]]:
    chunks = [own[start : start + SMOOTH] for start in range(0, len(own), SMOOTH)]
    return [(chunk[-1][0], sum(row["loss"] for _, row in chunk) / len(chunk)) for chunk in chunks]


def _name(r: int) -> str:
    return f"r = {r}" if r else tr("r = 0, no merging")
