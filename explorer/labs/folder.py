"""A lab's table over many photos: the samples, or files and archives of the reader's own."""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import streamlit as st

from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.labs import verdicts
from explorer.labs.columns import MANY_PHOTOS
from explorer.labs.files import setting
from explorer.labs.lab import Lab
from explorer.locale.language import in_row, mark, retell, tr
from explorer.media.images import BadImage, Picture
from explorer.media.views import View, fit
from explorer.shell import cache, measuring
from explorer.shell.controls import Choices
from explorer.shell.photo_control import FORMATS, archive_limit
from explorer.shell.session import session
from explorer.shell.table import explained, table
from explorer.shell.text import literal
from explorer.shell.upload import upload

if TYPE_CHECKING:
    from explorer.labs.survey import Line
    from explorer.media.folder import Entry

__all__ = ["over_photos"]

WHOLE = 125
"""width in pixels: enough for a mean with its spread"""
SHOWN = {  # field of Score → column and digits
    "class_cosine": (mark("Class cosine"), 4),
    "patch_cosine": (mark("Patch cosine"), 4),
    "top5": (mark("Top 5 kept"), 2),
    "kept": (mark("Kept"), 4),
    "agreement": (mark("Agreement"), 3),
    "pairs": (mark("Pairs"), 3),
}


def over_photos(lab: Lab) -> None:
    """Offer the lab's table over many photos, and draw it as it grows.  A change of any control cancels it."""
    st.header(tr("Over many photos"))
    own = st.toggle(
        tr("My own photos"), key="folder.own", help=tr("Off: the ten samples. On: your own files or a zip archive.")
    )
    files, identity = _uploads() if own else _samples()
    choices, configs = lab.choices, tuple(panel.config.key for panel in lab.panels)
    subject = (lab.model.key, choices.side, choices.crop, choices.offset, configs, lab.reference, identity)
    label = tr("Measure {count} files", count=len(files)) if own else tr("Measure {count} photos", count=len(files))

    def look(task: Task, tell: "Callable[[list[Line]], None]") -> None:
        from explorer.labs.survey import survey

        pairs = [(panel.title, panel.config) for panel in lab.panels]
        survey(lab.model, files, _view(lab.model, choices), pairs, lab.reference, task, tell)

    measuring.measured(
        "folder", subject, len(files), mark("photos"), look, lambda known, photos: _table(photos, known.total, lab),
        label=label, icon=":material/functions:", disabled=not files,
    )  # fmt: skip


def _samples() -> "tuple[list[Entry], Hashable]":
    from explorer.media.folder import Entry

    return [Entry(name, lambda c=content: c) for name, content in cache.samples().items()], "samples"


def _uploads() -> "tuple[list[Entry], Hashable]":
    from explorer.media.folder import entries

    files = upload(
        tr("Photos or a zip archive"),
        archive_limit(),
        type=[*FORMATS, "zip"],
        key="folder.files",
        accept_multiple_files=True,
        help=tr("Up to 200 photos. They stay in this server's memory for your session."),
    )
    identity = tuple(file.file_id for file in files)
    # Every control reruns the page: remember a refusal, but not the content.
    known, reason = session().refused
    if known != identity:
        try:
            return entries((file.name, file.getvalue()) for file in files), identity
        except BadImage as refused:
            reason = str(refused)
            session().refused = (identity, reason)
    st.error(literal(retell(reason)), icon=":material/folder_off:")
    return [], identity


def _view(backbone: Backbone, choices: Choices):
    side = choices.side if backbone.any_shape else backbone.side
    crop = choices.crop if backbone.any_shape else "square"

    def see(picture: Picture) -> View:
        return fit(picture, backbone.patch, (side // backbone.patch) ** 2, crop, choices.offset)

    return see


def _table(photos: "list[list[Line]]", total: int, lab: Lab) -> None:
    from explorer.labs.survey import csv_name, summaries, to_csv

    lines = [line for photo in photos for line in photo]
    for line in lines:
        if line.reason:
            reason = f"{line.photo}: {retell(line.reason)}" if line.panel else retell(line.reason)
            if line.again:
                st.info(literal(reason), icon=":material/content_copy:")
            else:
                st.warning(in_row([literal(reason), tr("It is left out.")]), icon=":material/broken_image:")
    found = summaries(lines)
    if found:
        there = [name for name in SHOWN if any(summary.mean[name] is not None for summary in found)]
        table(
            [
                {
                    mark("Panel"): retell(summary.panel),
                    mark("Photos"): summary.photos,
                    **{
                        SHOWN[name][0]: _spread(summary.mean[name], summary.spread[name], SHOWN[name][1])
                        for name in there
                    },
                }
                for summary in found
            ],
            {
                mark("Panel"): st.column_config.TextColumn(pinned=True),
                **{SHOWN[name][0]: st.column_config.TextColumn(width=WHOLE) for name in there},
            },
            height="content",
        )
        st.caption(in_row([tr("Mean ± standard deviation over the photos."), _sizes(lines)]))
        st.download_button(
            tr("CSV, one line per photo and panel"),
            to_csv(lines, setting(lab)),
            csv_name(setting(lab), lines, session().page or "lab"),
            "text/csv",
            on_click="ignore",
        )
        explained(MANY_PHOTOS, "columns_many_photos")
    if len(photos) == total:  # earlier, verdicts would change with every photo
        verdicts.on_many(lines, lab)


def _sizes(lines: "list[Line]") -> str:
    """Say how many tokens the photos have: the same r means more for a smaller one."""
    counts = [line.tokens for line in lines if line.tokens]
    least, most = min(counts), max(counts)
    if least == most:
        return tr("Each has {tokens} tokens.", tokens=most)
    return tr(
        "By their shapes they have {least} to {most} tokens, so the same *r* removes a larger share of some, and the deviation holds "
        "this, too. With *Square crop* all have the same number.",
        least=least,
        most=most,
    )


def _spread(mean: float | None, spread: float | None, digits: int) -> str:
    if mean is None:
        return ""
    return f"{mean:.{digits}f}" + ("" if spread is None else f" ± {spread:.{digits}f}")
