"""The engineer's answer: cost and benefit of the chosen r, with code to paste."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from explorer.charts import speed as figures
from explorer.engine.hf import START
from explorer.engine.hf_weights import vision_class
from explorer.engine.models import EMBEDDED
from explorer.locale.language import mark, tr
from explorer.measuring.examples import example
from explorer.measuring.steady import busy
from explorer.records import photos
from explorer.records.schema import Record
from explorer.shell import run
from explorer.shell.session import session
from explorer.shell.timing import Setup
from explorer.speed.code import code
from explorer.speed.memory import like_measured, memory
from tome.config import MergeConfig
from tome.lab.measure import Spread

__all__ = ["answer", "merges", "timed"]

OF_CLASS = mark(
    "At {settings} you lose {lost:.4f} of the class token's cosine on this photo (1 → {cosine:.4f}) and gain {ratio:.2f} × "
    "less compute ({plain:.2f} → {merged:.2f} GFLOPs)."
)
OF_PATCHES = mark(
    "At {settings} you lose {lost:.4f} of the mean patch's cosine on this photo (1 → {cosine:.4f}) and gain {ratio:.2f} × "
    "less compute ({plain:.2f} → {merged:.2f} GFLOPs)."
)
OF_NOTHING = mark(
    "At {settings} you gain {ratio:.2f} × less compute ({plain:.2f} → {merged:.2f} GFLOPs). What you lose cannot be told with "
    "random weights: choose trained ones."
)


def answer(setup: Setup) -> None:
    """Draw cost and benefit of the sidebar's r in one sentence and on the curve, with the code."""
    if not merges(setup):
        return
    record = run.record(*_square(setup))
    where = timed(setup)
    st.markdown(f"**{_sentence(setup, record, where[1] if where else None)}**")
    _curve(setup, record, where)
    model, key = setup.backbone.model, setup.backbone.key
    if like_measured(model):
        st.caption(memory())
    code(key, setup.side, setup.choices.r, vision_class(model) if key.startswith(START) else "")


def merges(setup: Setup) -> bool:
    """Return whether the sidebar's r merges anything; say so if not."""
    r = setup.choices.r
    if not (r if isinstance(r, int) else r[0]):
        st.info(tr("Choose an r above 0 in the sidebar: at 0 nothing merges."), icon=":material/tune:")
        return False
    return True


def _square(setup: Setup):
    query = setup.choices.query.model_copy(update={"crop": "square", "offset": setup.choices.offset})
    return photos.source(setup.backbone, setup.choices.picture, query), MergeConfig(r=setup.choices.r)


def _sentence(setup: Setup, record: Record, found: tuple[Spread, str] | None) -> str:
    plain, merged = record.plain.gflops, record.figures.gflops
    told = {
        "settings": setup.choices.caption, "lost": 1 - record.class_cosine, "cosine": record.class_cosine,
        "ratio": plain / merged, "plain": plain, "merged": merged,
    }  # fmt: skip
    words = OF_CLASS if setup.backbone.model.cls_token is not None else OF_PATCHES
    words = OF_NOTHING if setup.backbone.weights == "random" else words
    return f"{tr(words, **told)} {_timed(found)}"


def _timed(found: tuple[Spread, str] | None) -> str:
    if not found:
        return tr("No time is measured yet.")
    spread, place = found
    told = {"ratio": spread.median, "place": place, "low": spread.low, "high": spread.high}
    if spread.low > 1:
        return tr("In time you gain {ratio:.2f} ×, {place} (quartiles {low:.2f} to {high:.2f}).", **told)
    return tr(
        "In time it is {ratio:.2f} ×, {place} (quartiles {low:.2f} to {high:.2f}): no measurable gain.",
        **told,
    )


def timed(setup: Setup) -> tuple[list[Mapping[str, Any]], tuple[Spread, str]] | None:
    """Return this setting's rows over r, if they include the chosen r, and its speed-up: measured here or stored."""
    from explorer.measuring.rows import rows

    known = session().measurements.get("over_r")
    if known and known.subject[1][: len(setup.subject)] == setup.subject and known.task.snapshot.results:
        points = setup.points(list(known.task.snapshot.results))
        if points[0].throughput and not busy(points[0].throughput):
            found = _at(rows(points, {}), setup)
            if found:
                return found[0], (found[1], tr("on this server"))
    stored = example("over_r")
    if (setup.backbone.key, setup.side, setup.batch) == (
        EMBEDDED,
        stored.setting["image_size"],
        stored.setting["batch"],
    ):
        found = _at(stored.rows, setup)
        if found:
            return found[0], (found[1], tr("in the example of {date}", date=stored.date))
    return None


def _at(rows, setup: Setup) -> tuple[list[Mapping[str, Any]], Spread] | None:
    r = setup.choices.r
    schedule = "constant" if isinstance(r, int) else "decreasing"
    own = [row for row in rows if row["schedule"] == schedule or row["r"] == 0]
    chosen = [row for row in own if row["r"] == (r if isinstance(r, int) else r[0])]
    if not chosen:
        return None
    (row,) = chosen
    return own, Spread(row["speed_up"], row["speed_up_low"], row["speed_up_high"])


def _curve(setup: Setup, record: Record, where) -> None:
    if not where:
        st.caption(tr("The curve with your point on it follows when “Over r” is measured for this model and setting."))
        return
    from explorer.measuring.rows import likeness

    rows, (spread, place) = where
    what, column = likeness(rows)
    marks = {tr("Over r"): [(row["speed_up"], row[column]) for row in rows]}
    figure = figures.lines(marks, tr("Speed-up in time, × unmerged"), tr(what))
    near = next(row[column] for row in rows if row["speed_up"] == spread.median)
    figures.point(figure, spread.median, near, setup.choices.caption)
    st.plotly_chart(
        figure,
        key="answer",
        alt=tr(
            "{what} against speed-up over r, with a star at {caption}.", what=tr(what), caption=setup.choices.caption
        ),
    )
    st.caption(tr("Times {place}. Likeness is of the measured photo's middle square, as the model was trained on squares; Layers shows the whole photo, which has a different number of tokens.", place=place))  # fmt: skip
