"""Whether photos order the choices as ImageNet did in the paper: for one photo, and for many with their spread."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from explorer.labs.lab import Lab
from explorer.locale.language import in_row, mark, tr
from explorer.shell.table import table

if TYPE_CHECKING:
    from explorer.labs.order import Verdict
    from explorer.labs.survey import Line

__all__ = ["on_many", "on_one"]


def on_one(lab: Lab) -> None:
    """Draw the verdict of one photo on the paper's claims, as far as both sides are shown."""
    from explorer.labs.order import verdicts
    from explorer.labs.survey import Line

    if lab.model.model.cls_token is None:
        st.caption(tr("The order is judged by the class token, and this model has none."))
        return
    photo = lab.choices.picture.name
    lines = [Line(photo, panel.title, panel.config, lab.score(panel.config)) for panel in lab.panels]
    found = verdicts(lines, lab.choices.r)
    if not found:
        st.caption(tr("No two panels show a pair that the paper compared."))
        return
    if all(verdict.better == verdict.worse for verdict in found):
        st.caption(tr("All equal: nothing is merged."))
        return
    st.markdown("\n".join(f"- {tr(v.claim.text)}: {_word(v)}, {_pair(v)}" for v in found))
    st.caption(in_row([tr("Class cosine on this photo: no proof. Below, many are measured."), *_limits(found)]))


def _limits(found: "Sequence[Verdict]") -> list[str]:
    """Return what the verdicts do not say, in sentences."""
    fields = {verdict.claim.field for verdict in found}
    said = {
        "metric": tr("Metrics are compared for keys only."),
        "feature": tr(
            "Over the ten samples, with DINOv2 at r = 13 and 16, keys differ from queries, values, X and X_pre by no more than chance."
        ),
    }
    return [sentence for field, sentence in said.items() if field in fields]


def on_many(lines: "Sequence[Line]", lab: Lab) -> None:
    """Draw the verdicts over many photos, with differences within chance marked as such."""
    from explorer.labs.order import verdicts

    found = [verdict for verdict in verdicts(lines, lab.choices.r) if verdict.photos > 1]
    if not found:
        return
    st.markdown(tr("**The paper's order, over these photos**"))
    table(
        [
            {
                mark("The paper"): tr(verdict.claim.text),
                mark("Here"): _words(verdict),
                mark("Class cosine"): _pair(verdict),
                mark("Difference"): f"{verdict.better - verdict.worse:+.4f} ± {verdict.error:.4f}",
                mark("Photos"): tr("{count} of {all}", count=verdict.agree, all=verdict.photos),
            }
            for verdict in found
        ],
        height="content",
    )
    st.caption(
        tr(
            "Means over the photos, and the mean difference with its standard error. A difference of less than two "
            "standard errors is not clear. Photos: the number with this order."
        )
    )


def _word(verdict: "Verdict") -> str:
    return tr("equal") if verdict.better == verdict.worse else tr("yes") if verdict.holds else tr("no")


def _pair(verdict: "Verdict") -> str:
    return tr("{better:.4f} and {worse:.4f}", better=verdict.better, worse=verdict.worse)


def _words(verdict: "Verdict") -> str:
    if not verdict.clear:
        return tr("No clear difference")
    return tr("Yes") if verdict.holds else tr("No, the other way round")
