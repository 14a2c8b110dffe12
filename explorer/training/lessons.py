"""Two models learn digits on the page Training, one with merging, with live curves."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.engine.models import EMBEDDED, Backbone
from explorer.locale.language import mark, named, tr
from explorer.shell import measuring
from explorer.shell.session import session
from explorer.shell.state import from_link, to_link
from explorer.shell.timing_files import download
from explorer.training.curves import draw, draw_example

if TYPE_CHECKING:
    from explorer.training.courses import Course

__all__ = ["lessons"]

WHO = {"vit": mark("Two tiny ViTs"), "blocks": mark("The model's last two blocks")}
ABOUT = {
    "vit": mark("640 digits to learn from, 500 to test on, 24 × 24 pixels in 36 patches, six blocks."),
    "blocks": mark(
        "200 digits to learn from, 200 to test on, 112 × 112 pixels in 64 patches. The first ten blocks are frozen "
        "and run once per image; they merge too."
    ),
}
RATES, EPOCHS = (2, 4, 6), (5, 10, 20)


def lessons(backbone: Backbone) -> None:
    """Draw the training of two models, which can be stopped and resumed."""
    offered = ("vit", "blocks") if backbone.key == EMBEDDED else ("vit",)
    with st.container(horizontal=True):
        who = st.segmented_control(
            tr("Model to train"), offered, key=from_link("who", offered), required=True, format_func=named(WHO)
        )
        r = st.segmented_control(tr("Tokens merged per layer (r)"), RATES, key=from_link("learn", RATES), required=True)
        epochs = st.segmented_control(tr("Epochs"), EPOCHS, key=from_link("epochs", EPOCHS), required=True)
    to_link(who=who, learn=r, epochs=epochs)
    st.caption(tr(ABOUT[who]))
    asked = (who, r, epochs)
    known = measuring.kept("course", asked)
    subject, course = session().course or (None, None)
    if known and subject != asked:
        course, subject = known.carried, asked  # from before a reload of the page
        session().course = (asked, course)
    if subject != asked or course.done:
        course = None
    with st.container(horizontal=True):
        label = tr("Resume") if course else tr("Train both here")
        if st.button(label, key="course.start", icon=":material/play_arrow:", disabled=bool(known and known.running)):
            course = course or _course(backbone, *asked)
            measuring.start("course", asked, course.total, mark("steps"), course.go, carried=course)
            st.rerun()
        if known and known.running and st.button(tr("Stop"), key="course.stop", icon=":material/stop:"):
            measuring.stop(known)
    if known:
        measuring.draw(known, lambda told: _drawn(known, told, {"learner": WHO[who], "r": r, "epochs": epochs}))
    else:
        draw_example()


def _course(backbone: Backbone, *asked: str | int) -> "Course":
    # Imports scikit-learn, which is slow and not needed to look at the page.
    from explorer.training.courses import Course

    who, r, epochs = asked
    course = Course.of_vits(r, epochs) if who == "vit" else Course.of_last_blocks(backbone.model, r, epochs)
    session().course = (asked, course)
    return course


def _drawn(known: measuring.Measurement, told: list, setting: dict) -> None:
    from explorer.training.courses import Step

    spent = [event.seconds for event in told if isinstance(event, Step)]
    if known.running and spent:
        st.caption(tr("About {seconds:.0f} seconds left.", seconds=np.mean(spent) * (known.total - len(told))))
    _learned(told, setting)


def _learned(told: list, setting: dict) -> None:
    from explorer.training.courses import Score, Step

    steps = [event for event in told if isinstance(event, Step)]
    if not steps:
        return
    rows = [
        {"trained_r": s.r, "epoch": s.progress.epoch, "step": s.progress.step, "loss": s.progress.loss,
         "accuracy": s.progress.accuracy, "seconds": s.seconds}
        for s in steps
    ]  # fmt: skip
    tested = [vars(event) for event in told if isinstance(event, Score)]
    draw(rows, tested, setting["r"])
    plain, merged = (_seconds(rows, r) for r in (0, setting["r"]))
    st.caption(
        tr(
            "A step takes {plain:.0f} ms without merging and {merged:.0f} ms with it (medians, in turn). The "
            "next section times all blocks of a ViT of the usual size.",
            plain=1000.0 * plain,
            merged=1000.0 * merged,
        )
    )
    whole = {**setting, **told[0]}
    records = [{**whole, **row} for row in rows]
    download("training", records, {"setting": whole, "steps": records, "tested": tested})


def _seconds(rows: list[dict], r: int) -> float:
    # Steps with a test of accuracy are not pure training time.
    own = [row["seconds"] for row in rows if row["trained_r"] == r and row["accuracy"] is None]
    return float(np.median(own or [np.nan]))
