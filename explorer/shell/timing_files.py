"""Below a measurement: failures, the numbers with their machine, and downloads."""

import json

import streamlit as st

from explorer.locale.language import retell, tr
from explorer.measuring.rows import mean_r
from explorer.shell.session import session
from explorer.shell.text import literal
from explorer.shell.timing import ROUNDS, Setup, label
from tome import __version__

__all__ = ["context", "download", "keep", "left_out"]

CHOSEN = ("feature", "metric", "heads", "combine", "partition", "proportional_attention", "seed")
"""fields of MergeConfig that are the same in all runs of a measurement"""


def left_out(told: list) -> None:
    """List the failures with their reasons, one sentence each."""
    from explorer.measuring.speed import LeftOut

    for each in (event for event in told if isinstance(event, LeftOut)):
        r, constant = f"r = {mean_r(each.config.r)}", isinstance(each.config.r, int)
        st.warning(
            tr(
                "{algorithm} at {settings} is left out: it failed with {why}",
                algorithm=label(each.config),
                settings=r if constant else tr("{r}, decreasing", r=r),
                why=literal(retell(each.why)),
            ),
            icon=":material/block:",
        )


def context(name: str, setup: Setup, rounds: int) -> dict[str, object]:
    """Return the circumstances of the session's measurement ``name`` after ``rounds``, for its files."""
    known, config = session().measurements[name], setup.choices.config()
    return {
        "app_version": __version__, "requested_utc": f"{known.asked:%Y-%m-%d %H:%M}", "load_before": round(known.load, 2),
        "rounds": rounds, "rounds_planned": ROUNDS, "photo": setup.choices.picture.name,
        "photo_sha256": setup.choices.picture.digest, **{each: getattr(config, each) for each in CHOSEN},
    }  # fmt: skip


def keep(name: str, setup: Setup, records: list[dict], machine: dict, around: dict) -> None:
    """Draw the records as a table and as files, together with machine, settings and circumstances."""
    whole = [{**record, **setup.setting, **machine, **around} for record in records]
    with st.expander(tr("Numbers, machine and versions")):
        st.dataframe(whole, hide_index=True)  # as in the files: Streamlit offers its own CSV of it
    st.caption(" · ".join(f"{key} {value}" for key, value in {**machine, **setup.setting}.items() if value != ""))
    download(name, whole)


def download(name: str, records: list[dict], whole: object = None) -> None:
    """Draw download buttons for ``records`` as CSV and JSON; ``whole``, if given, replaces them in the JSON."""
    from explorer.measuring.rows import as_csv, file_name

    files = {"csv": as_csv(records), "json": json.dumps(whole or records, indent=1)}
    with st.container(horizontal=True):
        for ending, text in files.items():
            st.download_button(
                ending.upper(), text, file_name(name, records, ending), key=f"{name}.{ending}", on_click="ignore",
                icon=":material/download:",
            )  # fmt: skip
