"""What a reader measures on the page Speed: over r, every algorithm, and inside each block."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.core import paper
from explorer.core.models import Backbone
from explorer.figures import speed as figures
from explorer.figures.layers import tokens_per_layer
from explorer.ui import cache, growing
from explorer.ui.controls import Choices
from explorer.ui.state import from_link, to_link
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

if TYPE_CHECKING:
    from explorer.core.speed import Point

__all__ = ["Setup", "algorithms", "block_parts", "cost", "measured", "over_r", "setup"]

BATCHES = (1, 4, 8)
ROUNDS = 9


@dataclass(frozen=True, eq=False)
class Setup:
    """What all measurements of the page share."""

    backbone: Backbone
    choices: Choices
    batch: int
    with_paper: bool

    @property
    def side(self) -> int:
        return (
            self.choices.side // self.backbone.patch * self.backbone.patch
            if self.backbone.any_shape
            else self.backbone.side
        )

    @property
    def subject(self) -> tuple:
        return (self.backbone.key, self.side, self.batch, self.choices.picture.digest)

    @property
    def setting(self) -> dict[str, Any]:
        return {
            "model": self.backbone.key,
            "weights": self.backbone.weights,
            "image_size": self.side,
            "batch": self.batch,
        }

    def images(self):
        """The photo and the first samples after it, as one batch [B, 3, side, side]."""
        from explorer.core.pruning import images

        others = [cache.picture(content, name) for name, content in cache.samples().items()]
        photos = [self.choices.picture, *(p for p in others if p.digest != self.choices.picture.digest)]
        return images(self.backbone, photos[: self.batch], self.side)


def setup(choices: Choices, backbone: Backbone) -> Setup:
    """The controls that all measurements share."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        batch = st.segmented_control(
            "Images in a batch", BATCHES, key=from_link("images", 1, BATCHES), required=True,
            help="Your photo first, then samples, each as its middle square.",
        )  # fmt: skip
        with_paper = st.toggle(
            "Paper's points, V100", key=from_link("v100", False, (True,)), help=f"Printed figures. {paper.SETTING}."
        )
    to_link(images=(batch, 1), v100=(with_paper, False))
    return Setup(backbone, choices, batch, with_paper)


def measured(
    name: str, subject: tuple, label: str, total: int, unit: str, work: growing.Work, body: Callable[[list], None]
) -> None:
    """A button that starts ``work``, one that stops it, and what has been told so far."""
    known = growing.kept(name, subject)
    with st.container(horizontal=True):
        if st.button(label, key=f"{name}.start", icon=":material/speed:"):
            known = growing.start(name, subject, total, unit, work)
        if known and known.running and st.button("Stop", key=f"{name}.stop", icon=":material/stop:"):
            known.job.cancel()
    if known:
        growing.draw(known, body)


def cost(setup: Setup, r: Any) -> None:
    """Tokens and GFLOPs per layer: arithmetic, nothing is run."""
    from tome.cost import block_gflops, shape_of
    from tome.schedule import token_counts

    shape = shape_of(setup.backbone.model, setup.side)
    tokens = list(token_counts(r, len(shape.blocks), shape.tokens, shape.prefix))
    merged = block_gflops(shape, MergeConfig(r=r))
    figure = tokens_per_layer(tokens, tuple(block_gflops(shape)), tuple(merged))
    st.plotly_chart(
        figure, key="cost", alt=f"Tokens fall from {tokens[0]} to {tokens[-1]}; GFLOPs per block fall with them."
    )


def over_r(setup: Setup) -> None:
    """Throughput and likeness against r, constant and decreasing."""
    from explorer.core.speed import rates, rounds_of, sweep
    from tome.cost import shape_of

    shape = shape_of(setup.backbone.model, setup.side)
    asked = rates(shape.tokens, shape.prefix, len(shape.blocks))
    configs = [MergeConfig(r=form) for form in (*asked, *((r, -1.0) for r in asked))]

    def body(told: list) -> None:
        found = _points(setup, told, configs)
        if len(found) < 2:
            return
        series = {"Constant r": found[: len(asked) + 1], "Decreasing r": [found[0], *found[len(asked) + 1 :]]}
        left, right = st.columns(2)
        timed = {name: [_throughput(p) for p in own if p.throughput] for name, own in series.items()}
        near = {name: [(_r(p), p.fidelity) for p in own] for name, own in series.items()}
        with left:
            if not any(timed.values()):
                st.caption("Throughput follows with the first round.")
            else:
                figure = figures.lines(timed, "Tokens merged per layer (r)", "Images per second")
                st.plotly_chart(figure, key="over_r.speed", alt="Images per second over r, with quartiles.")
        with right:
            figure = figures.lines(near, "Tokens merged per layer (r)", _likeness(found))
            st.plotly_chart(figure, key="over_r.near", alt=f"{_likeness(found)} over r.")
        rounds = rounds_of(told)
        if rounds:
            _reached({name: own[1:] for name, own in series.items()}, setup.with_paper, rounds)
            _keep("r", setup, found, told[0])

    total = len(configs) + ROUNDS + 1
    subject = (*setup.subject, "over r")
    work = lambda job, tell: sweep(setup.backbone.model, setup.images(), configs, job, tell, rounds=ROUNDS)  # noqa: E731
    measured("over_r", subject, f"Measure {len(asked)} values of r", total, "steps", work, body)


def algorithms(setup: Setup) -> None:
    """Every algorithm as a point: how fast, and how like the plain run."""
    from explorer.core.speed import sweep

    r = setup.choices.r
    if not (r if isinstance(r, int) else r[0]):
        st.info("Choose an r above 0 in the sidebar: at 0 all algorithms do nothing.", icon=":material/tune:")
        return
    seeing = setup.backbone.model.cls_token is not None
    configs = [MergeConfig(r=r, algorithm=name) for name, a in ALGORITHMS.items() if seeing or not a.needs_class_token]

    def body(told: list) -> None:
        found = [point for point in _points(setup, told, configs) if point.speed_up]
        if not found:
            return
        marks = [(_label(p), p.speed_up.median, p.fidelity, p.speed_up.low, p.speed_up.high) for p in found[1:]]
        printed = [
            (ALGORITHMS[row.choice].label, row.images_per_second / paper.PLAIN[1], row.accuracy)
            for row in paper.TABLE_2
        ]
        figure = figures.frontier(marks, _likeness(found), printed if setup.with_paper else ())
        st.plotly_chart(figure, key="frontier", alt="Likeness against speed-up, a mark per algorithm.")
        if setup.with_paper:
            st.caption(f"Grey circles: {paper.SETTING}, Table 2. Accuracy and cosine are different scales.")
        _keep("algorithms", setup, found, told[0])

    subject = (*setup.subject, str(r))
    total = len(configs) + 3 + 1
    work = lambda job, tell: sweep(setup.backbone.model, setup.images(), configs, job, tell, rounds=3)  # noqa: E731
    measured(
        "algorithms",
        subject,
        f"Measure {len(configs)} algorithms at {setup.choices.caption}",
        total,
        "steps",
        work,
        body,
    )


def block_parts(setup: Setup) -> None:
    """Where the time of each block goes."""
    from explorer.core.speed import as_csv, file_name, time_parts

    config = MergeConfig(r=setup.choices.r)

    def body(told: list) -> None:
        if len(told) < 2:
            return
        parts = ("attention", "matching", "merging", "mlp")
        times = {part: [1e3 * getattr(block, part).median for block in told[-1]] for part in parts}
        shown = {"Attention": "attention", "MLP": "mlp", "Matching": "matching", "Merging": "merging"}
        figure = figures.part_bars({name: times[part] for name, part in shown.items()})
        st.plotly_chart(figure, key="parts", alt="Milliseconds of each part of every block, stacked.")
        whole, own = sum(map(sum, times.values())), sum(times["matching"]) + sum(times["merging"])
        st.caption(
            f"Matching and merging take {own / whole:.1%} of the blocks' {whole:.0f} ms; medians of {len(told) - 1} rounds."
        )
        columns = zip(*times.values(), strict=True)
        records = [
            {
                **setup.setting,
                "r": str(config.r),
                "block": number,
                **{f"{p}_ms": t for p, t in zip(parts, block, strict=True)},
                **told[0],
            }
            for number, block in enumerate(columns, start=1)
        ]
        _download("parts", records, as_csv, file_name)

    subject = (*setup.subject, str(config.r), "parts")
    work = lambda job, tell: time_parts(setup.backbone.model, setup.images(), config, job, tell, rounds=ROUNDS)  # noqa: E731
    measured("parts", subject, f"Time the blocks at {setup.choices.caption}", ROUNDS + 1, "rounds", work, body)


def _points(setup: Setup, told: list, configs: Sequence[MergeConfig]) -> "list[Point]":
    from explorer.core.speed import points

    return points(told, setup.backbone.model, setup.side, setup.batch, configs)


def _reached(series: "dict[str, list[Point]]", with_paper: bool, rounds: int) -> None:
    from explorer.core.speed import LEAST, share

    whole = [point for own in series.values() for point in own]
    part = share(whole)
    if part is None or rounds < LEAST:
        st.caption(f"Speed-ups are drawn after {LEAST} rounds; of fewer a median says nothing.")
        return
    marks = {
        name: [(f"r = {_r(p)}", p.predicted, p.speed_up.median, p.speed_up.low, p.speed_up.high) for p in own]
        for name, own in series.items()
    }
    printed = [(row.name, row.predicted, row.speed_up) for row in paper.FAST] if with_paper else []
    st.plotly_chart(figures.reached(marks, printed), key="reached", alt="Speed-up measured against predicted.")
    source = " Grey circles: Tables 3 and 4 of the paper, trained models on a V100." if with_paper else ""
    st.caption(
        f"{part:.0%} of the speed-up that GFLOPs predict was reached, median over the points, {rounds} rounds.{source}"
    )


def _keep(name: str, setup: Setup, found: "list[Point]", machine: dict) -> None:
    from explorer.core.speed import as_csv, file_name, rows

    records = rows(found, {**setup.setting, **machine})
    with st.expander("Numbers, machine and versions"):
        st.dataframe(
            [{k: v for k, v in row.items() if k not in {*setup.setting, *machine}} for row in records], hide_index=True
        )
    st.caption(" · ".join(f"{key} {value}" for key, value in {**machine, **setup.setting}.items()))
    _download(name, records, as_csv, file_name)


def _download(name: str, records: list[dict], as_csv: Callable, file_name: Callable) -> None:
    files = {"csv": as_csv(records), "json": json.dumps(records, indent=1)}
    with st.container(horizontal=True):
        for ending, text in files.items():
            st.download_button(
                ending.upper(), text, file_name(name, records, ending), key=f"{name}.{ending}", on_click="ignore",
                icon=":material/download:",
            )  # fmt: skip


def _throughput(point: "Point") -> tuple[float, ...]:
    return (_r(point), point.throughput.median, point.throughput.low, point.throughput.high)


def _r(point: "Point") -> int:
    return point.config.r if isinstance(point.config.r, int) else point.config.r[0]


def _label(point: "Point") -> str:
    return ALGORITHMS[point.config.algorithm].label


def _likeness(found: "Sequence[Point]") -> str:
    return "Patch cosine" if found[0].near.class_cosine is None else "Class cosine"
