"""A lab's table over many photos: the samples, or files and archives of the reader's own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from explorer.core.images import BadImage, Picture
from explorer.core.models import Backbone
from explorer.core.runs import Busy, Job, Superseded
from explorer.core.views import View, fit
from explorer.ui import cache, state
from explorer.ui.controls import FORMATS, Choices
from explorer.ui.lab import Panel

if TYPE_CHECKING:
    from explorer.core.folder import Entry, Line

__all__ = ["over_photos"]

TICK_SECONDS = 0.4
MEGABYTES = 50
SHOWN = {
    "class_cosine": "Class cosine", "patch_cosine": "Patch cosine", "top5": "Top 5 kept", "agreement": "Agreement",
    "kept": "Similarity kept", "merging_ms": "Matching, ms per layer", "ms": "Run, ms",
}  # fmt: skip


@dataclass(eq=False)
class Survey:
    """Lines about the photos that are done."""

    subject: tuple
    photos: int
    lines: "list[Line]" = field(default_factory=list)
    done: int = 0
    job: Job | None = None

    def take(self, lines: "list[Line]") -> None:
        self.lines += lines
        self.done += 1


def over_photos(backbone: Backbone, choices: Choices, panels: Sequence[Panel], reference: int) -> None:
    """Offer the lab's table over many photos, and draw it as it grows.  A change of any control cancels it."""
    st.subheader("Over many photos")
    own = st.toggle("My own photos", key="folder.own", help="Off: the ten samples. On: files or a zip archive of yours.")
    files = _files() if own else _samples()
    configs = tuple(panel.config.key for panel in panels)
    names = tuple(entry.name for entry in files)
    subject = (backbone.key, choices.side, choices.crop, choices.offset, configs, reference, names)
    kept: Survey | None = st.session_state.get("folder")
    if kept and kept.subject != subject:
        if kept.job:
            kept.job.cancel()
        kept = None
    asked = st.button(
        f"Measure {len(files)} photo{'' if len(files) == 1 else 's'}", disabled=not files, icon=":material/functions:"
    )
    if asked:
        kept = _start(Survey(subject, len(files)), backbone, choices, panels, reference, files)
    st.session_state["folder"] = kept
    if kept:
        running = kept.job is not None and not kept.job.wait(0)
        st.fragment(_draw, run_every=TICK_SECONDS if running else None)(kept, running)


def _samples() -> "list[Entry]":
    from explorer.core.folder import Entry

    return [Entry(name, lambda c=content: c) for name, content in cache.samples().items()]


def _files() -> "list[Entry]":
    from explorer.core.folder import entries

    uploads = st.file_uploader(
        "Photos or a zip archive",
        type=[*FORMATS, "zip"],
        accept_multiple_files=True,
        max_upload_size=MEGABYTES,
        help="Up to 200 photos. They stay in this server's memory for your session.",
    )
    try:
        return entries((upload.name, upload.getvalue()) for upload in uploads)
    except BadImage as refused:
        st.error(str(refused), icon=":material/folder_off:")
        return []


def _start(kept: Survey, backbone: Backbone, choices: Choices, panels, reference: int, files) -> Survey | None:
    from explorer.core.folder import survey

    side = choices.side if backbone.any_shape else backbone.side
    crop = choices.crop if backbone.any_shape else "square"

    def see(picture: Picture) -> View:
        return fit(picture, backbone.patch, (side // backbone.patch) ** 2, crop, choices.offset)

    pairs = [(panel.title, panel.config) for panel in panels]
    try:
        kept.job = cache.engine().runs.submit(
            state.session(), lambda job: survey(backbone, files, see, pairs, reference, job, kept.take)
        )
    except Busy as full:
        st.warning(str(full), icon=":material/hourglass_top:")
        return None
    return kept


def _draw(kept: Survey, running: bool) -> None:
    slot = st.empty()
    if not kept.job.wait(0):
        slot.progress(kept.done / kept.photos, f"{kept.done} of {kept.photos} photos. Changing a control cancels.")
    elif running:
        st.rerun()
    try:
        if kept.job.wait(0):
            kept.job.result()
    except Superseded:
        slot.info("Cancelled: what was measured before stands below.")
    except Exception as error:  # noqa: BLE001 — the page stays, and says what happened
        slot.error(f"The photos could not be measured ({type(error).__name__}): {str(error)[:200]}")
    _table(kept)


def _table(kept: Survey) -> None:
    from explorer.core.folder import summaries, to_csv

    lines = list(kept.lines)
    rows = [
        {
            "Panel": summary.panel,
            "Photos": summary.photos,
            **{label: _spread(summary.mean[name], summary.spread[name], name) for name, label in SHOWN.items()},
        }
        for summary in summaries(lines)
    ]
    shown = [{name: value for name, value in row.items() if any(other[name] for other in rows)} for row in rows]
    if shown:
        st.dataframe(shown, hide_index=True)
        st.caption("Mean ± standard deviation over the photos.")
        st.download_button("CSV, one line per photo and panel", to_csv(lines), "tome-lab.csv", "text/csv", on_click="ignore")
    for line in lines:
        if line.reason:
            st.text(f"{line.photo}: {line.reason}" if line.panel else line.reason)


def _spread(mean: float | None, spread: float | None, name: str) -> str:
    if mean is None:
        return ""
    digits = {"class_cosine": 4, "patch_cosine": 4, "agreement": 3, "merging_ms": 2, "ms": 0}.get(name, 3)
    return f"{mean:.{digits}f}" + ("" if spread is None else f" ± {spread:.{digits}f}")
