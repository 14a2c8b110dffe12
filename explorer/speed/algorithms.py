"""Every algorithm as a point: speed and likeness to the plain run."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from explorer.locale.language import mark, retell, tr
from explorer.measuring import paper
from explorer.measuring.examples import example
from explorer.measuring.steady import beaten, ranks
from explorer.shell.timing import ROUNDS, SECONDS, Setup, is_own, mark_example, measured, not_now, rounds_of
from explorer.shell.timing_files import context, keep, left_out
from explorer.speed.frontier import Place, frontier
from explorer.speed.ink import ink
from explorer.speed.timed import timed
from tome.matching import ALGORITHMS

__all__ = ["algorithms"]


def algorithms(setup: Setup) -> None:
    """Measure every algorithm at the sidebar's r; show the stored example before."""
    from explorer.measuring.speed import sweep

    model = setup.backbone.model
    if not setup.rate:
        st.info(tr("Choose an r above 0 in the sidebar: at 0 all algorithms do nothing."), icon=":material/tune:")
        return
    seeing = model.cls_token is not None
    configs = [
        setup.choices.config(algorithm=name) for name, a in ALGORITHMS.items() if seeing or not a.needs_class_token
    ]
    known = measured(
        "algorithms",
        (*setup.subject, str(setup.choices.r)),
        tr(
            "Measure {count} algorithms at {settings} on this server",
            count=len(configs),
            settings=setup.choices.caption,
        ),
        1 + len(configs) + ROUNDS,
        mark("steps"),
        lambda task, tell: sweep(model, setup.images(), configs, task, tell, rounds=ROUNDS, seconds=SECONDS),
        lambda told: _found(setup, told),
    )
    if not known:
        _show_example(setup)


def _found(setup: Setup, told: list) -> None:
    from explorer.measuring.rows import untimed

    left_out(told)
    found = setup.points(told) if told else []
    if len(found) < 2 or not found[0].throughput:
        _show_example(setup)
        return
    own = setup.rows(found)
    if not_now(found[0].throughput):
        own = untimed(own)
        _show_example(setup)
    else:
        _draw(setup, own[1:], _compared(setup, own, setup.batch))
        st.caption(
            tr(
                "Medians and quartiles of {count} of {all} rounds on this server.",
                count=rounds_of(told),
                all=ROUNDS,
            )
        )
    keep("algorithms", setup, own, told[0], context("algorithms", setup, rounds_of(told)))


def _show_example(setup: Setup) -> None:
    stored = example("algorithms")
    mark_example(setup, stored)
    r, note = stored.rows[1]["r"], ""
    if setup.choices.r != r:
        note = tr("This example is at r = {r}, not at {settings}.", r=r, settings=setup.choices.caption)
    elif is_own(setup, stored):
        note = _compared(setup, stored.rows, stored.setting["batch"])
    _draw(setup, [row for row in stored.rows[1:] if row["algorithm"] in ALGORITHMS], note)
    st.caption(tr("{caption} At r = {r}.", caption=stored.caption, r=r))


def _compared(setup: Setup, rows: Sequence[Mapping[str, Any]], batch: int) -> str:
    """Return why the paper's algorithm has another speed-up here than at the top of the page; "" if it has not."""
    above = timed(setup)
    here = next((row for row in rows if row["algorithm"] == "bipartite" and row["r"]), None)
    if not (above and above.spread) or above.batch != batch or here is None:
        return ""
    there = above.spread
    if f"{here['speed_up']:.2f}" == f"{there.median:.2f}":
        return ""
    return tr(
        "{name} gains {here:.2f} × here ({here_low:.2f} to {here_high:.2f}) and {there:.2f} × at the top of the page ({low:.2f} to "
        "{high:.2f}): the same setting, timed twice, each time against unmerged runs of its own. The ranges are quartiles.",
        name=retell(ALGORITHMS["bipartite"].label), here=here["speed_up"], here_low=here["speed_up_low"],
        here_high=here["speed_up_high"], there=there.median, low=there.low, high=there.high,
    )  # fmt: skip


def _draw(setup: Setup, rows: Sequence[Mapping[str, Any]], note: str) -> None:
    """Draw the chart and the table, with ``note`` between them."""
    from explorer.measuring.rows import likeness

    what, column = likeness(rows) or ("", "")
    merged = sorted(rows, key=lambda row: -row["speed_up"])
    places = [
        Place(number, retell(ALGORITHMS[row["algorithm"]].label), ALGORITHMS[row["algorithm"]].kind,
              row["speed_up"], row["speed_up_low"], row["speed_up_high"], row[column] if what else None)
        for number, row in enumerate(merged, start=1)
    ]  # fmt: skip
    if what:
        _frontier(setup, places, tr(what))
    else:
        st.caption(tr("By speed alone: with random weights, likeness to the plain run says nothing of trained ones."))
    if note:
        st.markdown(note)
    _table(places, tr(what) if what else "", best=_best(places) if what else [])


def _frontier(setup: Setup, places: list[Place], what: str) -> None:
    printed = [
        (retell(ALGORITHMS[row.choice].label), row.images_per_second / paper.PLAIN[1], row.accuracy)
        for row in paper.TABLE_2
    ]
    figure = frontier(places, what, printed if setup.with_paper else (), ink())
    st.plotly_chart(
        figure,
        key="frontier",
        alt=tr("{what} against speed-up, a mark per algorithm, numbered for the best trade-offs.", what=what),
    )
    left = [place.name for place in _best(places)]
    st.caption(
        tr(
            "Bars are quartiles; algorithms with overlapping bars are tied in speed. The numbered ones, bold in the table, are the "
            "best trade-offs: {left}. Every other algorithm is clearly slower than one that is at least as close to the plain run.",
            left=", ".join(left),
        )
    )
    if setup.with_paper:
        st.caption(
            tr("Grey circles: {setting}, Table 2. Accuracy and cosine are different scales.", setting=tr(paper.SETTING))
        )


def _best(places: list[Place]) -> list[Place]:
    return [place for place, lost in zip(places, beaten(places), strict=True) if not lost]


def _table(places: list[Place], what: str, best: list[Place]) -> None:
    # Markdown, since it wraps long names, which a grid would cut.
    lines = [
        f"| {f'**{each.number}** | **{each.name}**' if each in best else f'{each.number} | {each.name}'} | {each.speed_up:.2f} × | {each.low:.2f}–{each.high:.2f} "
        f"| {_rank(rank)} |" + (f" {each.cosine:.4f} |" if what else "")
        for each, rank in zip(places, ranks(places), strict=True)
    ]
    heads = [tr("Mark"), tr("Algorithm"), tr("Speed-up"), tr("Quartiles"), tr("Rank"), *([what] if what else [])]
    with st.container(key="ranking"):
        st.markdown("\n".join([f"| {' | '.join(heads)} |", "|-:|:-|-:|-:|:-|" + ("-:|" if what else ""), *lines]))
    st.html("<style>.st-key-ranking {overflow-x: auto}</style>")  # on phones, let the table scroll instead of the page


def _rank(rank: tuple[int, int]) -> str:
    first, last = rank
    return str(first) if first == last else tr("tie, {first} to {last}", first=first, last=last)
