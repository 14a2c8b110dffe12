"""The shared sidebar: photo, model, resolution, r.  Every choice is part of the link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import streamlit as st

from explorer.engine.models import EMBEDDED
from explorer.export.offered import PHOTO_SIDES
from explorer.locale.language import tr
from explorer.media.images import Picture
from explorer.records.query import Query
from explorer.shell.embed import locked
from explorer.shell.link import read
from explorer.shell.model_control import choose_model
from explorer.shell.photo_control import choose_photo
from explorer.shell.rate_control import choose_rate, most_r
from explorer.shell.state import from_link, show_link, to_link
from tome.config import MergeConfig
from tome.schedule import R as Rate

__all__ = ["Choices", "choose_side", "sidebar"]


@dataclass(frozen=True, eq=False)
class Choices:
    """What the reader has chosen."""

    picture: Picture
    sample: str
    """name of the sample; empty for an own photo"""
    model: str
    side: int
    """pixels of a side of the square with about as many patches"""
    r: Rate
    crop: Literal["whole", "square"]
    offset: float

    @property
    def caption(self) -> str:
        """r in words."""
        return f"r = {self.r}" if isinstance(self.r, int) else tr("r = {r}, decreasing", r=self.r[0])

    @property
    def query(self) -> Query:
        """What the records of these choices are asked for by."""
        photo = {"sample": self.sample} if self.sample else {"photo": self.picture.digest}
        model = "embedded" if self.model == EMBEDDED else self.model
        offset = {"offset": self.offset} if self.crop == "square" else {}
        return Query(**photo, model=model, size=self.side, crop=self.crop, **offset, r=self.r)

    def config(self, **changes: Any) -> MergeConfig:
        """Return the configuration that all pages run: the reader's r and the paper's choices for the model."""
        return replace(self.query.config, **changes)


def sidebar(rate_here: bool = True) -> Choices:
    """Draw the controls and read them; without r on pages that have it under the picture."""
    with st.sidebar:
        picture, sample = choose_photo()
        crop, offset = _crop()
        chosen = choose_model()
        side = _size()
        r = choose_rate(most_r(chosen, side), rate_here)
        show_link()
    return Choices(picture, sample, chosen, side, r, crop, offset)


def _size() -> int:
    rule = tr(
        "More pixels, more patches: 224 px gives about 256 patches of 14 px or 196 of 16 px, 518 px about 1,369 of 14 px, whatever the shape."
    )
    side = choose_side("side", PHOTO_SIDES, rule)
    to_link(side=side)
    return side


def choose_side(name: str, sides: Sequence[int], help: str) -> int:
    """Draw the choice of the resolution, the link's parameter ``name``, among ``sides`` in pixels; return it."""
    side = st.segmented_control(
        tr("Resolution"), sides, key=from_link(name, sides), disabled=locked("size"), required=True,
        format_func=lambda side: f"{side} px", help=help,
    )  # fmt: skip
    return side or read(name, None)  # required, so only a forged message lacks it


def _crop() -> tuple[Literal["whole", "square"], float]:
    square = st.toggle(
        tr("Square crop"),
        key=from_link("square"),
        disabled=locked("crop"),
        help=tr("Models are trained on squares. Off: the whole photo, at its own aspect ratio."),
    )
    offset = 0.5
    if square:
        offset = st.slider(
            tr("Position of the crop"), 0.0, 1.0, step=0.05, key=from_link("offset"), disabled=locked("crop")
        )
    to_link(square=square, offset=offset)
    return ("square" if square else "whole"), offset
