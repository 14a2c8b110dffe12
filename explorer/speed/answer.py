"""The engineer's answer: cost and benefit of the chosen r, with code to paste."""

import streamlit as st

from explorer.charts.trade_off import trade_off
from explorer.engine.hf import START
from explorer.engine.hf_weights import vision_class
from explorer.locale.language import in_row, mark, tr
from explorer.records import photos
from explorer.records.schema import Record
from explorer.shell import run
from explorer.shell.timing import Setup
from explorer.shell.too_much import ALL_PATCHES, asks_for_all
from explorer.speed.advice import advice, code, memory
from explorer.speed.ink import ink
from explorer.speed.timed import Timed, timed

__all__ = ["answer", "merges"]

OF_CLASS = mark(
    "At {settings}, on a square of this photo, you lose {lost:.4f} of the class token's cosine (1 → {cosine:.4f}) and gain "
    "{ratio:.2f} × less compute ({plain:.2f} → {merged:.2f} GFLOPs)."
)
OF_PATCHES = mark(
    "At {settings}, on a square of this photo, you lose {lost:.4f} of the mean patch's cosine (1 → {cosine:.4f}) and gain "
    "{ratio:.2f} × less compute ({plain:.2f} → {merged:.2f} GFLOPs)."
)
OF_NOTHING = mark(
    "At {settings} you gain {ratio:.2f} × less compute ({plain:.2f} → {merged:.2f} GFLOPs). What you lose cannot be told with "
    "random weights: choose trained ones."
)
OF_SQUARES = mark(
    "Times {place}. Likeness is of a square of the photo, as the model was trained on squares; without *Square crop*, Layers shows the whole photo, which has a different number of tokens."
)  # fmt: skip


def answer(setup: Setup) -> None:
    """Draw cost and benefit of the sidebar's r in one sentence and on the curve, with the code."""
    if not merges(setup):
        return
    record = run.record(*_square(setup))
    found = timed(setup)
    st.markdown(f"**{_sentence(setup, record, found)}**")
    _curve(setup, found)
    model, key = setup.backbone.model, setup.backbone.key
    advice(setup)
    st.caption(memory(model))
    code(key, setup.side, setup.choices.r, vision_class(model) if key.startswith(START) else "")


def merges(setup: Setup) -> bool:
    """Return whether the sidebar's r merges anything; say so if not, or if it asks for all tokens."""
    from tome.metrics.cost import shape_of

    if not setup.rate:
        st.info(tr("Choose an r above 0 in the sidebar: at 0 nothing merges."), icon=":material/tune:")
        return False
    shape = shape_of(setup.backbone.model, setup.side)
    layers, patches = len(shape.blocks), shape.tokens - shape.prefix
    if asks_for_all(setup.choices.r, layers, patches):
        st.info(tr(ALL_PATCHES, r=setup.rate, layers=layers, tokens=patches))
    return True


def _square(setup: Setup):
    query = setup.choices.query.model_copy(update={"crop": "square", "offset": setup.choices.offset})
    return photos.source(setup.backbone, setup.choices.picture, query), setup.choices.config()


def _sentence(setup: Setup, record: Record, found: Timed | None) -> str:
    plain, merged = record.plain.gflops, record.figures.gflops
    told = {
        "settings": setup.choices.caption, "lost": 1 - record.class_cosine, "cosine": record.class_cosine,
        "ratio": plain / merged, "plain": plain, "merged": merged,
    }  # fmt: skip
    words = OF_CLASS if setup.backbone.model.cls_token is not None else OF_PATCHES
    words = OF_NOTHING if setup.backbone.weights == "random" else words
    return f"{tr(words, **told)} {_in_time(setup, found)}"


def _in_time(setup: Setup, found: Timed | None) -> str:
    if not found:
        return tr("Its time over r is not measured yet.")
    spread = found.spread
    if not spread:
        return _beside(found, setup.rate)
    told = {"ratio": spread.median, "place": found.place, "low": spread.low, "high": spread.high}
    if spread.low > 1:
        return tr("In time you gain {ratio:.2f} ×, {place} (quartiles {low:.2f} to {high:.2f}).", **told)
    return tr(
        "In time it is {ratio:.2f} ×, {place} (quartiles {low:.2f} to {high:.2f}): no measurable gain.",
        **told,
    )


def _beside(found: Timed, r: int) -> str:
    below, above = found.neighbours(r)
    told = {"place": found.place, "r": r, "below": below["r"], "least": below["speed_up"]}
    if above is None:
        return tr(
            "No time was measured at r = {r}; {place}, the largest r measured is {below}, which gains {least:.2f} ×.",
            **told,
        )
    return tr(
        "No time was measured at r = {r}; {place}, the nearest r measured are {below}, which gains {least:.2f} ×, and {above}, "
        "which gains {most:.2f} ×.",
        above=above["r"], most=above["speed_up"], **told,
    )  # fmt: skip


def _curve(setup: Setup, found: Timed | None) -> None:
    from explorer.measuring.rows import likeness

    if not found:
        st.caption(tr("The curve with your point on it follows when “Over r” is measured for this model and setting."))
        return
    st.caption(found.noise)
    if not (named := likeness(found.rows)):  # random weights
        return
    what, column = tr(named[0]), named[1]
    names = ("r", "speed_up", "speed_up_low", "speed_up_high", column)
    places = [tuple(row[name] for name in names) for row in found.rows]
    st.plotly_chart(
        trade_off(places, what, setup.rate, setup.choices.caption, ink()),
        key="answer",
        alt=tr("{what} against speed-up over r, with your point, {caption}.", what=what, caption=setup.choices.caption),
    )
    slower = ", ".join(str(row["r"]) for row in found.rows if row["r"] and row["speed_up_high"] < 1)
    st.caption(
        in_row([tr("Slower than unmerged: r = {r}.", r=slower) if slower else "", tr(OF_SQUARES, place=found.place)])
    )
