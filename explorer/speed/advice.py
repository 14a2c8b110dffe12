"""An r to try first, and the accuracy that it cost the authors of the method."""

import streamlit as st

from explorer.locale.language import tr
from explorer.measuring.printed import SOURCE, WITH, Printed, is_of, of_size
from explorer.shell.timing import Setup

__all__ = ["advice"]


def advice(setup: Setup) -> None:
    """Say which r to try first, and why, from printed accuracies of models of this size."""
    rows = of_size(setup.backbone.model)
    if not rows:
        st.markdown(
            tr(
                "**Which r?** The authors print no accuracy for a model of this width and depth: they took r = 13 or 16 for "
                "12 layers, 7 or 8 for 24, and 7 for 32, at 224 px. Try the nearest, and judge by the accuracy on your own labelled photos."
            )
        )
        return
    rows.sort(key=lambda row: not is_of(row, setup.backbone.model))
    own = [row for row in rows if is_of(row, setup.backbone.model)]
    lost = "; ".join(_told(row, row in own) for row in rows)
    st.markdown(
        tr(
            "**Which r?** Try r = {r} first: the authors' own for {depth} layers of this width at 224 px. There it cost "
            "accuracy on ImageNet: {lost} ([their table]({source})). Your model may lose more or less: merge if its accuracy "
            "on your own labelled photos allows it, and if the time falls on your machine.",
            r=rows[0].r, depth=rows[0].depth, lost=lost, source=SOURCE,
        )
    )  # fmt: skip
    if not own:
        st.caption(
            tr(
                "None of these is known to be the checkpoint chosen here: the accuracy before merging tells, if you know yours."
            )
        )
    elif all(row.trained == WITH for row in own):
        st.markdown(
            tr(
                "The code below merges without training: off the shelf this model loses more, and how much is not printed."
            )
        )


def _told(row: Printed, own: bool) -> str:
    name = tr("{name} (this model)", name=row.name) if own else row.name
    return f"{name} {row.plain:.1f} → {row.merged:.1f} %, r = {row.r}, {tr(row.trained)}"
