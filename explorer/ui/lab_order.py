"""Whether photos order the choices as ImageNet did in the paper: one photo at a glance, many with their spread."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from explorer.ui.lab import Lab

if TYPE_CHECKING:
    from explorer.core.order import Verdict
    from explorer.core.survey import Line

__all__ = ["on_many", "on_one"]


def on_one(lab: Lab) -> None:
    """What the panels of one photo say to the paper's claims, as far as they show both sides."""
    from explorer.core.order import verdicts
    from explorer.core.survey import Line

    if lab.model.model.cls_token is None:
        st.caption("The order is told by the class token, and this model has none.")
        return
    photo = lab.choices.picture.name
    lines = [Line(photo, panel.title, panel.config, lab.score(panel.config)) for panel in lab.panels]
    found = verdicts(lines, lab.choices.r)
    if not found:
        st.caption("No two panels show what the paper compared.")
        return
    mark = {True: ":material/check:", False: ":material/close:"}
    if all(verdict.better == verdict.worse for verdict in found):
        st.caption("All the same: nothing is merged.")
        return
    st.markdown(
        "  \n".join(f"{mark[v.holds]} {v.claim.text}: {_word(v)}, {v.better:.4f} and {v.worse:.4f}" for v in found)
    )
    st.caption("Class cosine. One photo says little: below, many are measured.")


def on_many(lines: "Sequence[Line]", lab: Lab) -> None:
    """The same over many photos.  What differs by chance only is called so."""
    from explorer.core.order import verdicts

    found = [verdict for verdict in verdicts(lines, lab.choices.r) if verdict.photos > 1]
    if not found:
        return
    st.markdown("**The paper's order, over these photos**")
    st.dataframe(
        [
            {
                "The paper": verdict.claim.text,
                "Here": _words(verdict),
                "Class cosine": f"{verdict.better:.4f} and {verdict.worse:.4f}",
                "Difference": f"{verdict.better - verdict.worse:+.4f} ± {verdict.error:.4f}",
                "Photos": f"{verdict.agree} of {verdict.photos}",
            }
            for verdict in found
        ],
        hide_index=True,
        height="content",
    )
    st.caption(
        "Means over the photos, and the mean difference with its standard error. A difference of less than two standard "
        "errors is not clear. Photos: how many have this order."
    )


def _word(verdict: "Verdict") -> str:
    return "equal" if verdict.better == verdict.worse else "yes" if verdict.holds else "no"


def _words(verdict: "Verdict") -> str:
    if not verdict.clear:
        return "No clear difference"
    return "Yes" if verdict.holds else "No, the other way round"
