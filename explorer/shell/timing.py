"""Shared by all measurements of the page Speed: subject, buttons and time limit."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.engine.models import Backbone
from explorer.engine.weights import weights_of
from explorer.locale.language import retell, tr
from explorer.measuring import paper
from explorer.measuring.examples import Example
from explorer.measuring.rows import mean_r
from explorer.measuring.steady import Quartiles, busy
from explorer.shell import cache, measuring
from explorer.shell.controls import Choices
from explorer.shell.measuring import Measurement
from explorer.shell.state import from_link, to_link
from explorer.shell.text import literal
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

if TYPE_CHECKING:
    from explorer.measuring.points import Point

__all__ = [
    "ROUNDS",
    "SECONDS",
    "Setup",
    "is_own",
    "label",
    "mark_example",
    "measured",
    "not_now",
    "rounds_of",
    "setup",
]

BATCHES = (1, 4, 8)
ROUNDS = 9
SECONDS = 45.0
"""time after which a measurement starts no further round"""
LOOK_SECONDS = 3.0
"""interval between redraws: a browser on the same machine competes with the measurement for cores"""


@dataclass(frozen=True, eq=False)
class Setup:
    """Model, images and configuration of a measurement."""

    backbone: Backbone
    choices: Choices
    batch: int
    with_paper: bool

    @property
    def side(self) -> int:
        return (
            self.choices.side // self.backbone.patch * self.backbone.patch
            if self.backbone.any_shape
            else self.backbone.side
        )

    @property
    def rate(self) -> int:
        """r without its schedule."""
        return mean_r(self.choices.r)

    @property
    def subject(self) -> tuple:
        return (self.backbone.key, self.side, self.batch, self.choices.picture.digest)

    @property
    def setting(self) -> dict[str, Any]:
        return {
            "model": self.backbone.key,
            **weights_of(self.backbone),
            "image_size": self.side,
            "batch": self.batch,
        }

    def images(self):
        """Return the photo and the first samples after it, as one batch [B, 3, side, side]."""
        from explorer.measuring.pruning import images

        others = [cache.picture(content, name) for name, content in cache.samples().items()]
        photos = [self.choices.picture, *(p for p in others if p.digest != self.choices.picture.digest)]
        return images(self.backbone, photos[: self.batch], self.side)

    def points(self, told: list) -> "list[Point]":
        """Return the points of a sweep so far."""
        from explorer.measuring.points import points

        return points(told, self.backbone.model, self.side, self.batch)

    def rows(self, found: "Sequence[Point]") -> list[dict[str, Any]]:
        """Return points as records, without likeness where the weights are random."""
        from explorer.measuring.rows import rows, without_likeness

        return without_likeness(rows(found)) if self.backbone.weights == "random" else rows(found)


def setup(choices: Choices, backbone: Backbone) -> Setup:
    """Draw the shared controls and return their values."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        batch = st.segmented_control(
            tr("Images in a batch"), BATCHES, key=from_link("images", BATCHES), required=True,
            help=tr("Your photo first, then samples, each as its middle square."),
        )  # fmt: skip
        with_paper = st.toggle(
            tr("Paper's points, V100"),
            key=from_link("v100"),
            help=tr("Printed figures. {setting}.", setting=tr(paper.SETTING)),
        )
    to_link(images=batch, v100=with_paper)
    return Setup(backbone, choices, batch, with_paper)


def measured(
    name: str, subject: tuple, label: str, total: int, unit: str, work: measuring.Work, body: Callable[[list], None]
) -> Measurement | None:
    """Draw a measurement with a time limit, and return it; None before its start."""

    def timed(known: Measurement, told: list) -> None:
        if known.running and known.task.began is not None:
            _say_time(known.task.began)
        body(told)

    return measuring.measured(name, subject, total, unit, work, timed, label=label, seconds=LOOK_SECONDS)


def is_own(setup: Setup, stored: Example) -> bool:
    """Return whether a stored example is of the chosen model."""
    return setup.backbone.label == stored.setting["model"]


def mark_example(setup: Setup, stored: Example) -> None:
    """Say whose measurement a stored example is, unless it is the chosen model's."""
    if not is_own(setup, stored):
        told = {"embedded": stored.setting["model"], "chosen": literal(setup.backbone.label)}
        st.info(tr("This example is of {embedded}, not of {chosen}.", **told), icon=":material/info:")


def _say_time(began: float) -> None:
    left = SECONDS - (time.monotonic() - began)
    over = tr("Time is up: the measurement ends after this round, or the third. Stop keeps the results so far.")
    st.caption(tr("Stops in about {left:.0f} s.", left=left) if left > 1 else over)


def not_now(plain: Quartiles) -> bool:
    """Return whether the machine is too busy for a meaningful measurement, with a warning if so."""
    why = busy(plain)
    if why:
        st.warning(why, icon=":material/hourglass_disabled:")
    return bool(why)


def label(config: MergeConfig) -> str:
    """Return the algorithm's name for readers."""
    return retell(ALGORITHMS[config.algorithm].label)


def rounds_of(told: list) -> int:
    """Return the number of finished rounds of a sweep."""
    from explorer.measuring.speed import Round

    return sum(isinstance(event, Round) for event in told)
