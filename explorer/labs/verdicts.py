"""Whether photos order the choices as ImageNet did in the paper: for one photo, and for many with their spread."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.engine.models import EMBEDDED
from explorer.labs.lab import Lab
from explorer.locale.language import in_row, mark, tr
from explorer.locale.numbers import number
from explorer.measuring.examples import example
from explorer.measuring.rows import mean_r
from explorer.shell.table import table, wrapped

if TYPE_CHECKING:
    from explorer.labs.order import Verdict
    from explorer.labs.survey import Line

__all__ = ["on_many", "on_one"]


def on_one(lab: Lab, *fields: str) -> None:
    """Draw the paper's claims on ``fields`` of MergeConfig, on this photo and on the ten samples.

    A claim has a value for this photo if both of its sides are panels.
    """
    from explorer.labs.order import CLAIMS, verdicts
    from explorer.labs.survey import Line

    if lab.model.model.cls_token is None:
        st.caption(tr("The order is judged by the class token, and this model has none."))
        return
    photo = lab.choices.picture.name
    lines = [Line(photo, panel.title, panel.config, lab.score(panel.config)) for panel in lab.panels]
    found = {verdict.claim: verdict for verdict in verdicts(lines, lab.choices.config())}
    stored = example("order")
    r = min({row["r"] for row in stored.rows}, key=lambda each: abs(each - mean_r(lab.choices.r)))
    samples = {row["claim"]: row for row in stored.rows if row["r"] == r}
    wrapped(
        [
            {
                mark("The paper"): tr(claim.text),
                mark("This photo"): _difference(found.get(claim)),
                mark("Ten samples, DINOv2"): _stored(samples[claim.text]),
            }
            for claim in CLAIMS
            if claim.field in fields
        ],
        "order",
    )
    told = tr(
        "Each row names two choices; the rest is at its default, so *merging* is bipartite soft matching. This photo: class cosine of the "
        "first minus that of the second, + where it agrees with the paper; – where one of them is no panel above. One photo is no proof. "
        "Ten samples, r = {r}: *Yes* if the first is better beyond chance (paired t-test, 5 % for each row alone); *No clear difference* neither contradicts *at least as good* nor shows it. In brackets: the mean difference, and how many photos have this order. The paper judged by accuracy on ImageNet.",
        r=r,
    )
    other = lab.model.key != EMBEDDED
    models = tr("The model of this photo is {model}.", model=lab.model.label) if other else ""
    random = (
        tr("The weights are random: this says nothing of a trained model.") if lab.model.weights == "random" else ""
    )
    st.caption(in_row([told, models, random]))
    st.caption(stored.caption)


def _difference(verdict: "Verdict | None") -> str:
    if verdict is None:
        return "–"
    return _signed(verdict.difference) if verdict.difference else tr("equal")


def _stored(row: Mapping[str, Any]) -> str:
    return tr(
        "{verdict} ({by}, {agree} of {photos})",
        verdict=_words(row["verdict"]),
        by=_signed(row["better"] - row["worse"]),
        agree=row["agree"],
        photos=row["photos"],
    )


def _signed(value: float) -> str:
    return number(value, "+.4f")


def on_many(lines: "Sequence[Line]", lab: Lab) -> None:
    """Draw the verdicts over many photos, with differences within chance marked as such."""
    from explorer.labs.order import verdicts

    found = [verdict for verdict in verdicts(lines, lab.choices.config()) if verdict.photos > 1]
    if not found:
        return
    st.markdown(tr("**The paper's order, over these photos**"))
    table(
        [
            {
                mark("The paper"): tr(verdict.claim.text),
                mark("These photos"): _words(verdict.word),
                mark("Class cosine"): _pair(verdict),
                mark("Difference, 95 % interval"): _interval(verdict),
                mark("Photos"): tr("{count} of {all}", count=verdict.agree, all=verdict.photos),
            }
            for verdict in found
        ],
        height="content",
    )
    st.caption(
        tr(
            "Means over the photos, and the mean difference with its 95 % interval by Student's t, photo by photo. A difference is clear "
            "where the interval leaves out 0. Each row stands alone: of twenty rows without a real difference, about one looks clear. "
            "*No clear difference* neither contradicts *at least as good* nor shows it; with few photos it is the usual answer. "
            "Photos: the number with this order."
        )
    )


def _interval(verdict: "Verdict") -> str:
    return tr(
        "{by} ({low} to {high})",
        by=_signed(verdict.difference),
        low=_signed(verdict.difference - verdict.margin),
        high=_signed(verdict.difference + verdict.margin),
    )


def _pair(verdict: "Verdict") -> str:
    return tr("{better:.4f} and {worse:.4f}", better=verdict.better, worse=verdict.worse)


def _words(word: str) -> str:
    """Return ``word`` of a verdict in the reader's language."""
    return {"yes": tr("Yes"), "no": tr("No, the other way round")}.get(word, tr("No clear difference"))
