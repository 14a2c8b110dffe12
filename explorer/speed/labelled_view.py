"""Accuracy on own labelled photos, below the answer on the page Speed."""

from collections.abc import Sequence

import streamlit as st

from explorer.locale.language import in_row, mark, retell, tr
from explorer.media.images import BadImage
from explorer.shell import measuring
from explorer.shell.photo_control import archive_limit
from explorer.shell.text import literal
from explorer.shell.timing import Setup
from explorer.shell.upload import upload

__all__ = ["labelled"]

MOST_NAMED = 8


def labelled(setup: Setup) -> None:
    """Draw the accuracy, unmerged and merged, on an uploaded zip archive with a folder per label."""
    with st.expander(tr("Accuracy on labelled photos of your own")):
        st.markdown(
            tr(
                "A zip archive with a folder for each label, up to 200 photos. Folders named like the model's own "
                "classes are classified by its head; others by the nearest neighbours of each photo among the rest."
            )
        )
        archive = upload(
            tr("Labelled photos, a zip archive"),
            archive_limit(),
            type=["zip"],
            key="labelled",
            help=tr("They stay in this server's memory for your session."),
        )
        if archive is not None:
            _judge(setup, archive)


def _judge(setup: Setup, archive) -> None:
    from explorer.media.folder import entries, without_others
    from explorer.speed.labelled import look

    try:
        files, others = without_others(entries([(archive.name, archive.getvalue())]))
    except BadImage as refused:
        st.error(literal(str(refused)), icon=":material/folder_off:")
        return
    if others:
        st.caption(literal(tr("Left out, as they are no photos: {names}.", names=_listed(others))))
    config = setup.choices.config()
    measuring.measured(
        "labelled", (setup.backbone.key, setup.side, config.key, archive.file_id), len(files), mark("photos"),
        lambda task, tell: look(setup.backbone, files, setup.side, config, task, tell),
        lambda known, told: _found(setup, told),
        label=tr("Classify {count} photos", count=len(files)), icon=":material/functions:", disabled=not files,
    )  # fmt: skip


def _found(setup: Setup, told) -> None:
    from explorer.speed.labelled import Refused, Seen, verdict

    for each in told:
        if isinstance(each, Refused):
            st.warning(literal(f"{each.name}: {retell(each.why)}"), icon=":material/broken_image:")
    found = verdict([each for each in told if isinstance(each, Seen)], setup.backbone.classes)
    if found is None:
        st.caption(tr("At least two labels are needed; without the model's head, of at least two photos each."))
        return
    by = tr("the model's own head") if found.by == "head" else tr("nearest neighbours among the other photos")
    plain, merged = (f"{100 * count / found.photos:.1f} %" for count in (found.plain, found.merged))
    number = tr(
        "**Accuracy {plain} → {merged}** at {caption}, {photos} photos, by {by}.",
        plain=plain, merged=merged, caption=setup.choices.caption, photos=found.photos, by=by,
    )  # fmt: skip
    random = setup.backbone.weights == "random"
    st.markdown(in_row([number, tr("The weights are random: this says nothing of a trained model.") if random else ""]))
    if found.alone:
        st.caption(
            literal(
                tr(
                    "Not counted, as a photo alone has no neighbour of its own label: {names}.",
                    names=_listed(found.alone),
                )
            )
        )
    tie = tr("That is a tie: so small a difference may be chance (sign test).") if found.tie else ""
    st.caption(
        in_row([tr("Correct only unmerged: {lost}; correct only merged: {won}.", lost=found.lost, won=found.won), tie])
    )


def _listed(names: Sequence[str]) -> str:
    more = tr("and {rest} more", rest=len(names) - MOST_NAMED) if len(names) > MOST_NAMED else ""
    return ", ".join([*names[:MOST_NAMED], *filter(None, [more])])
