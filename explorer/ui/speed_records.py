"""Under a measurement: what was left out, the numbers with their machine, and the files to take away."""

import json
from typing import TYPE_CHECKING

import streamlit as st

from explorer.ui.speed import Setup, label, rate
from explorer.ui.text import literal

if TYPE_CHECKING:
    from explorer.core.speed_points import Point

__all__ = ["download", "keep", "left_out"]

BUSY = 1.25
"""upper by lower quartile of the plain model's rate, from which on readers are warned"""


def left_out(told: list) -> None:
    """Name what failed, and why: one sentence each."""
    from explorer.core.speed import LeftOut

    for each in (event for event in told if isinstance(event, LeftOut)):
        schedule = "" if isinstance(each.config.r, int) else ", decreasing"
        st.warning(
            f"{label(each.config)} at r = {rate(each.config)}{schedule} is left out: it failed with {literal(each.why)}",
            icon=":material/block:",
        )


def keep(name: str, setup: Setup, found: "list[Point]", machine: dict) -> None:
    """The points as a table, with what they have to be read with, and as files."""
    from explorer.core.speed_records import rows

    plain = found[0].throughput
    if plain.high / plain.low > BUSY:
        st.caption(
            f"The plain model's own rate varied {plain.high / plain.low:.1f} × between its quartiles: the machine had "
            "other work meanwhile. Trust the bars more than the marks, or measure again."
        )
    records = rows(found, {**setup.setting, **machine})
    with st.expander("Numbers, machine and versions"):
        st.dataframe(
            [{k: v for k, v in row.items() if k not in {*setup.setting, *machine}} for row in records], hide_index=True
        )
    st.caption(" · ".join(f"{key} {value}" for key, value in {**machine, **setup.setting}.items()))
    download(name, records)


def download(name: str, records: list[dict], whole: object = None) -> None:
    """Buttons for ``records`` as CSV, and as JSON, or ``whole`` instead if there is more to it."""
    from explorer.core.speed_records import as_csv, file_name

    files = {"csv": as_csv(records), "json": json.dumps(whole or records, indent=1)}
    with st.container(horizontal=True):
        for ending, text in files.items():
            st.download_button(
                ending.upper(), text, file_name(name, records, ending), key=f"{name}.{ending}", on_click="ignore",
                icon=":material/download:",
            )  # fmt: skip
