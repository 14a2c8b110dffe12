"""Every algorithm as a point: how fast, and how like the plain run."""

import streamlit as st

from explorer.core import paper
from explorer.figures.speed_frontier import Place, best, frontier
from explorer.ui.speed import ROUNDS, SECONDS, Setup, label, likeness, measured
from explorer.ui.speed_records import keep, left_out
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

__all__ = ["algorithms"]


def algorithms(setup: Setup) -> None:
    """Measure every algorithm at the r of the sidebar."""
    from explorer.core.speed import sweep

    r, model = setup.choices.r, setup.backbone.model
    if not (r if isinstance(r, int) else r[0]):
        st.info("Choose an r above 0 in the sidebar: at 0 all algorithms do nothing.", icon=":material/tune:")
        return
    seeing = model.cls_token is not None
    configs = [MergeConfig(r=r, algorithm=name) for name, a in ALGORITHMS.items() if seeing or not a.needs_class_token]
    measured(
        "algorithms",
        (*setup.subject, str(r)),
        f"Measure {len(configs)} algorithms at {setup.choices.caption}",
        1 + len(configs) + ROUNDS,
        "steps",
        lambda job, tell: sweep(model, setup.images(), configs, job, tell, rounds=ROUNDS, seconds=SECONDS),
        lambda told: _found(setup, told),
    )


def _found(setup: Setup, told: list) -> None:
    from explorer.core.speed import Round

    left_out(told)
    found = setup.points(told)
    merged = sorted((point for point in found[1:] if point.speed_up), key=lambda point: -point.speed_up.median)
    if not merged:
        return
    places = [
        Place(number, label(p.config), ALGORITHMS[p.config.algorithm].kind,
              p.speed_up.median, p.speed_up.low, p.speed_up.high, p.fidelity)
        for number, p in enumerate(merged, start=1)
    ]  # fmt: skip
    printed = [
        (ALGORITHMS[row.choice].label, row.images_per_second / paper.PLAIN[1], row.accuracy) for row in paper.TABLE_2
    ]
    what = likeness(merged)
    figure = frontier(places, what, printed if setup.with_paper else ())
    st.plotly_chart(figure, key="frontier", alt=f"{what} against speed-up, a numbered mark per algorithm.")
    rounds = sum(isinstance(event, Round) for event in told)
    st.caption(
        f"Medians and quartiles of {rounds} of {ROUNDS} rounds. On the frontier, where no other is both faster and "
        f"nearer: {', '.join(place.name for place in best(places))}."
    )
    if setup.with_paper:
        st.caption(f"Grey circles: {paper.SETTING}, Table 2. Accuracy and cosine are different scales.")
    _table(places, what)
    keep("algorithms", setup, found, told[0])


def _table(places: list[Place], what: str) -> None:
    # Markdown wraps a long name where a grid would cut it.
    rows = [f"| {each.number} | {each.name} | {each.speed_up:.2f} × | {each.cosine:.4f} |" for each in places]
    st.markdown("\n".join([f"| № | Algorithm | Speed-up | {what} |", "|-:|:-|-:|-:|", *rows]))
