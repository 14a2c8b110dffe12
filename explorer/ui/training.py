"""What a reader trains and times on the page Training, and what MAE does with tokens."""

import json
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.core import paper
from explorer.core.masking import KEPT, mask
from explorer.core.models import Backbone
from explorer.core.views import crop_and_resize, fit
from explorer.figures.speed import lines
from explorer.ui import cache, growing, speed
from explorer.ui.controls import Choices
from explorer.ui.state import from_link, to_link
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.core.training import Course

__all__ = ["lessons", "mae_masking", "mae_pooling", "step_time"]

RATES, EPOCHS = (2, 4, 6), (6, 12, 24)
MAE = "vit_base_patch16_224.mae"
SMOOTH = 10
"""steps in one place of the loss curve"""


def lessons() -> None:
    """Two tiny ViTs learn digits; stopped, they go on where they were."""
    with st.container(horizontal=True):
        r = st.segmented_control("Tokens merged per layer (r)", RATES, key=from_link("learn", 4, RATES), required=True)
        epochs = st.segmented_control("Epochs", EPOCHS, key=from_link("epochs", 12, EPOCHS), required=True)
    to_link(learn=(r, 4), epochs=(epochs, 12))
    subject, course = st.session_state.get("course", (None, None))
    if subject != (r, epochs) or course.done:
        course = None
    known = growing.kept("course", (r, epochs))
    with st.container(horizontal=True):
        label = "Go on" if course else "Train both"
        if st.button(label, key="course.start", icon=":material/play_arrow:", disabled=bool(known and known.running)):
            course = course or _course(r, epochs)
            growing.start("course", (r, epochs), course.total, "steps", course.go)
            st.rerun()
        if known and known.running and st.button("Stop", key="course.stop", icon=":material/stop:"):
            known.job.cancel()
    if known:
        growing.draw(known, lambda told: _learned(told, {"r": r, "epochs": epochs}))


def _course(r: int, epochs: int) -> "Course":
    # Brings scikit-learn, which whoever only looks at the page need not wait for.
    from explorer.core.training import Course

    course = Course(r, epochs)
    st.session_state["course"] = ((r, epochs), course)
    return course


def _learned(told: list, setting: dict) -> None:
    from explorer.core.training import Score, Step

    steps = [event for event in told if isinstance(event, Step)]
    tested = [event for event in told if isinstance(event, Score)]
    if not steps:
        return
    loss, correct, seconds = {}, {}, {}
    for r in (0, setting["r"]):
        own = [(place + 1, step) for place, step in enumerate(s for s in steps if s.r == r)]
        chunks = [own[start : start + SMOOTH] for start in range(0, len(own), SMOOTH)]
        loss[_name(r)] = [(c[-1][0], sum(s.progress.loss for _, s in c) / len(c)) for c in chunks]
        correct[_name(r)] = [(place, s.progress.accuracy) for place, s in own if s.progress.accuracy is not None]
        # The accuracy at the end of an epoch is not training time.
        seconds[r] = np.median([s.seconds for _, s in own if s.progress.accuracy is None] or [np.nan])
    left, right = st.columns(2)
    left.plotly_chart(
        lines(loss, "Step", f"Loss, mean of {SMOOTH} steps"), key="loss", alt="Loss of both runs over steps."
    )
    right.plotly_chart(
        lines(correct, "Step", "Accuracy on test digits in %"), key="correct", alt="Accuracy of both runs."
    )
    plain, merged = seconds.values()
    st.caption(
        f"A step takes {1e3 * plain:.0f} ms without merging and {1e3 * merged:.0f} ms with it (medians, in turn). "
        "The next section times a ViT of the usual size."
    )
    if tested:
        rows = {each: {"Trained": _name(each)} for each in (0, setting["r"])}
        for found in tested:
            rows[found.trained_r][f"Tested at r = {found.tested_r}"] = f"{found.accuracy:.1f} %"
        st.dataframe(list(rows.values()), hide_index=True)
        st.caption("500 held-out digits of scikit-learn: one image is 0.2 %, so small differences are chance.")
    _keep(steps, tested, {**setting, **told[0]})


def _keep(steps: list, tested: list, setting: dict) -> None:
    from explorer.core.speed import as_csv, file_name

    records = [
        {**setting, "trained_r": s.r, "epoch": s.progress.epoch, "step": s.progress.step, "loss": s.progress.loss,
         "accuracy": s.progress.accuracy, "seconds": s.seconds}
        for s in steps
    ]  # fmt: skip
    whole = {"setting": setting, "steps": records, "tested": [vars(found) for found in tested]}
    files = {"csv": as_csv(records), "json": json.dumps(whole, indent=1)}
    with st.container(horizontal=True):
        for ending, text in files.items():
            name = file_name("training", [*records, *whole["tested"]], ending)
            st.download_button(
                ending.upper(), text, name, key=f"course.{ending}", on_click="ignore", icon=":material/download:"
            )


def step_time(choices: Choices, backbone: Backbone) -> None:
    """Forward, backward and an AdamW step of the chosen model, plain and merged in turn."""
    from explorer.core.training import time_step

    setup = speed.Setup(backbone, choices, 4, False)
    config = MergeConfig(r=choices.r)

    def body(told: list) -> None:
        if len(told) < 2:
            return
        found, (model, times, table) = told[-1], paper.TRAINING
        for column, label, value in zip(
            st.columns(4),
            ("Plain", "Merged", "Speed-up", "Predicted from GFLOPs"),
            (
                f"{found.plain_seconds.median:.2f} s",
                f"{found.seconds.median:.2f} s",
                f"{found.speed_up.median:.2f} ×",
                f"{found.predicted:.2f} ×",
            ),
            strict=True,
        ):
            column.metric(label, value)
        low, high = found.speed_up.low, found.speed_up.high
        st.caption(
            f"Medians of {found.rounds} rounds of batch {found.images}; quartiles of the speed-up {low:.2f} to {high:.2f}. "
            f"The paper's {model}: {times} × ({table}, V100). " + " · ".join(f"{k} {v}" for k, v in told[0].items())
        )

    work = lambda job, tell: time_step(backbone.model, setup.images(), config, job, tell, rounds=3)  # noqa: E731
    label = f"Time a training step at {choices.caption}"
    speed.measured("step", (*setup.subject, config.key), label, 4, "rounds", work, body)


def mae_masking(choices: Choices) -> None:
    """What the encoder sees of the photo in one step of MAE's pre-training."""
    draw = st.slider("Draw", 1, 20, key=from_link("draw", 1, range(1, 21)), help="Another step, another quarter.")
    to_link(draw=(draw, 1))
    view = fit(choices.picture, 16, 14 * 14, "square", choices.offset)
    image = crop_and_resize(choices.picture, view)
    seen = mask(view.rows, view.cols, draw)
    shown = np.where(seen.repeat(16, 0).repeat(16, 1)[..., None], image, np.uint8(138))
    whole, left = st.columns(2)
    whole.image(image, "All 196 patches: fine-tuning and inference", width="stretch")
    left.image(
        shown,
        f"The {seen.sum()} patches ({KEPT:.0%}) that the encoder sees in one step of pre-training",
        width="stretch",
    )


def mae_pooling(choices: Choices) -> None:
    """The mean over patches of an MAE ViT under merging: by size or not, proportional attention or not."""
    if not st.toggle(
        "Load MAE ViT-B/16", key=from_link("mae", False, (True,)), help="86 million weights; runs about a second."
    ):
        to_link(mae=(False, False))
        return
    to_link(mae=(True, False))
    backbone = _mae()
    if backbone is None:
        return
    from explorer.core.training import pooling

    setup = speed.Setup(backbone, choices, 4, False)
    r = st.slider("r", 1, 16, key=from_link("mae_r", 8, range(1, 17)))
    to_link(mae_r=(r, 8))

    def body(told: list) -> None:
        rows = [
            {"Proportional attention": "on" if each.proportional_attention else "off, as in the paper",
             "Cosine, mean by size": each.by_size, "Cosine, plain mean": each.plain_mean}
            for each in told
        ]  # fmt: skip
        if rows:
            number = st.column_config.NumberColumn(format="%.4f")
            st.dataframe(rows, hide_index=True, column_config=dict.fromkeys(list(rows[0])[1:], number))

    work = lambda job, tell: pooling(backbone.model, setup.images(), r, job, tell)  # noqa: E731
    speed.measured("mae", (*setup.subject, r), f"Compare at r = {r}", 2, "runs", work, body)


@st.fragment(run_every=0.5)
def _wait(key: str) -> None:
    loading = cache.engine().model(key)
    if loading.done.is_set():
        st.rerun()
    st.info(f"The model is loading: {loading.note}…", icon=":material/hourglass_top:")


def _mae() -> Backbone | None:
    """MAE's own weights, or random ones under the banner that says so."""
    engine = cache.engine()
    loading = engine.model(MAE)
    if loading.error:
        reason, loading = loading.error, engine.model(f"random:{MAE}")
        if loading.backbone:
            st.warning(
                f"{reason} These weights are random: what follows shows the architecture at work, not what a trained model sees.",
                icon=":material/casino:",
            )
    if not loading.done.is_set():
        _wait(loading.key)
        return None
    if loading.error:
        st.error(loading.error, icon=":material/cloud_off:")
    return loading.backbone


def _name(r: int) -> str:
    return f"r = {r}" if r else "r = 0, no merging"
