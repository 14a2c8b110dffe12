"""Two models learn digits on the page Training, one of them merging; the curves grow as they do."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.core.models import EMBEDDED, Backbone
from explorer.figures.speed import lines
from explorer.ui import measuring
from explorer.ui.session import session
from explorer.ui.speed_records import download
from explorer.ui.state import from_link, to_link

if TYPE_CHECKING:
    from explorer.core.training import Course, Score, Step

__all__ = ["lessons"]

WHO = {"vit": "Two tiny ViTs", "blocks": "The model's last two blocks"}
ABOUT = {
    "vit": "640 digits to learn from, 500 to test on, 24 × 24 pixels in 36 patches, six blocks.",
    "blocks": "200 digits to learn from, 200 to test on, 112 × 112 pixels in 64 patches. The first ten blocks stay as "
    "they are and run once an image; they merge too.",
}
RATES, EPOCHS = (2, 4, 6), (5, 10, 20)
SMOOTH = 10
"""steps in one place of the loss curve"""


def lessons(backbone: Backbone) -> None:
    """Two models learn digits; stopped, they go on from the very step."""
    offered = ("vit", "blocks") if backbone.key == EMBEDDED else ("vit",)
    with st.container(horizontal=True):
        who = st.segmented_control(
            "What learns", offered, key=from_link("who", offered), required=True, format_func=WHO.get
        )
        r = st.segmented_control("Tokens merged per layer (r)", RATES, key=from_link("learn", RATES), required=True)
        epochs = st.segmented_control("Epochs", EPOCHS, key=from_link("epochs", EPOCHS), required=True)
    to_link(who=who, learn=r, epochs=epochs)
    st.caption(ABOUT[who])
    asked = (who, r, epochs)
    subject, course = session().course or (None, None)
    if subject != asked or course.done:
        course = None
    known = measuring.kept("course", asked)
    with st.container(horizontal=True):
        label = "Resume" if course else "Train both"
        if st.button(label, key="course.start", icon=":material/play_arrow:", disabled=bool(known and known.running)):
            course = course or _course(backbone, *asked)
            measuring.start("course", asked, course.total, "steps", course.go)
            st.rerun()
        if known and known.running and st.button("Stop", key="course.stop", icon=":material/stop:"):
            measuring.stop(known)
    if known:
        measuring.draw(known, lambda told: _drawn(known, told, {"learner": WHO[who], "r": r, "epochs": epochs}))


def _course(backbone: Backbone, *asked: str | int) -> "Course":
    # Brings scikit-learn, which whoever only looks at the page need not wait for.
    from explorer.core.training import Course

    who, r, epochs = asked
    course = Course.of_vits(r, epochs) if who == "vit" else Course.of_last_blocks(backbone.model, r, epochs)
    session().course = (asked, course)
    return course


def _drawn(known: measuring.Measurement, told: list, setting: dict) -> None:
    from explorer.core.training import Step

    spent = [event.seconds for event in told if isinstance(event, Step)]
    if known.running and spent:
        st.caption(f"About {np.mean(spent) * (known.total - len(told)):.0f} seconds left.")
    _learned(told, setting)


def _learned(told: list, setting: dict) -> None:
    from explorer.core.training import Score, Step

    steps = [event for event in told if isinstance(event, Step)]
    if not steps:
        return
    trained = (0, setting["r"])
    own = {r: list(enumerate((step for step in steps if step.r == r), start=1)) for r in trained}
    correct = {
        _name(r): [(place, s.progress.accuracy) for place, s in own[r] if s.progress.accuracy is not None]
        for r in trained
    }
    left, right = st.columns(2)
    figure = lines({_name(r): _smooth(own[r]) for r in trained}, "Step", f"Loss, mean of {SMOOTH} steps")
    left.plotly_chart(figure, key="loss", alt="Loss of both runs over steps.")
    figure = lines(correct, "Step", "Accuracy on test digits in %")
    right.plotly_chart(figure, key="correct", alt="Accuracy of both runs.")
    plain, merged = (_seconds(own[r]) for r in trained)
    st.caption(
        f"A step takes {1e3 * plain:.0f} ms without merging and {1e3 * merged:.0f} ms with it (medians, in turn). "
        "The next section times all blocks of a ViT of the usual size."
    )
    tested = [event for event in told if isinstance(event, Score)]
    if tested:
        _show_scores(trained, tested)
    _keep(steps, tested, {**setting, **told[0]})


def _smooth(own: "list[tuple[int, Step]]") -> list[tuple[int, float]]:
    chunks = [own[start : start + SMOOTH] for start in range(0, len(own), SMOOTH)]
    return [(chunk[-1][0], sum(step.progress.loss for _, step in chunk) / len(chunk)) for chunk in chunks]


def _seconds(own: "list[tuple[int, Step]]") -> float:
    # The accuracy at the end of an epoch is not training time.
    return float(np.median([step.seconds for _, step in own if step.progress.accuracy is None] or [np.nan]))


def _show_scores(trained: tuple[int, ...], tested: "list[Score]") -> None:
    rows = {r: {"Trained with": f"r = {r}"} for r in trained}
    for found in tested:
        rows[found.trained_r][f"r = {found.tested_r}"] = f"{found.accuracy:.1f} %"
    st.markdown("Accuracy on test digits, by the r of training and the r of the test:")
    st.dataframe(list(rows.values()), hide_index=True)
    st.caption("A few hundred held-out digits: one image is 0.2 % or 0.5 %, so small differences are chance.")


def _keep(steps: "list[Step]", tested: "list[Score]", setting: dict) -> None:
    records = [
        {**setting, "trained_r": s.r, "epoch": s.progress.epoch, "step": s.progress.step, "loss": s.progress.loss,
         "accuracy": s.progress.accuracy, "seconds": s.seconds}
        for s in steps
    ]  # fmt: skip
    download("training", records, {"setting": setting, "steps": records, "tested": [vars(each) for each in tested]})


def _name(r: int) -> str:
    return f"r = {r}" if r else "r = 0, no merging"
