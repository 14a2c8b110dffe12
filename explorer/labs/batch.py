"""Several photos in one batch: pruned patches, padding, throughput, and fidelity over r."""

from collections.abc import Sequence

import streamlit as st

from explorer.charts.series import padding
from explorer.charts.speed import lines
from explorer.engine.models import Backbone
from explorer.labs import panels
from explorer.locale.language import in_row, mark, retell, tr
from explorer.locale.numbers import number
from explorer.media.images import Picture
from explorer.records.build import photo_part
from explorer.records.build import record as tell
from explorer.records.photos import photo_address
from explorer.records.query import Query
from explorer.shell import cache, measuring, run
from explorer.shell.controls import Choices
from explorer.shell.measuring import Measurement
from explorer.shell.photo_control import SAMPLES
from explorer.shell.table import table
from explorer.shell.timing import not_now
from explorer.viewer import component
from tome.config import MergeConfig
from tome.matching import ALGORITHMS
from tome.schedule import cap

__all__ = ["information", "photos", "pruned", "throughput"]

ROUNDS = 7
ASIDE = 640
"""width in pixels: no larger than the page's main panels"""


def photos() -> list[Picture]:
    """Return the photos of the batch, at least two."""
    names = panels.several(
        mark("Photos of the batch"), "batch", {name: SAMPLES.get(name, name) for name in cache.samples()}
    )
    if len(names) < 2:
        st.info(tr("A batch needs at least two photos."), icon=":material/photo_library:")
        st.stop()
    return [cache.picture(cache.samples()[name], name) for name in names]


def pruned(backbone: Backbone, choices: Choices, batch: Sequence[Picture]) -> None:
    """Draw the batch under content-dependent pruning: a panel per photo, and the padding it needs."""
    from explorer.measuring.pruning import crowd, square

    subject = _subject(backbone, choices, batch)
    found = run.pooled(
        ("crowd", *subject, str(choices.r)), lambda task: crowd(backbone, batch, choices.side, choices.r, task)
    )
    records = []
    for place, photo in enumerate(batch):
        address = photo_address(Query(sample=photo.name))
        part = photo_part(photo, square(backbone, photo, choices.side), address)
        records.append(tell(part, found.trace, "", place))
    titles = [tr(SAMPLES.get(photo.name, photo.name)) for photo in batch]
    with st.container(width=ASIDE):
        component.show(records, titles, f"crowd {subject} {choices.r}", key="crowd")
    most, least = max(found.kept, key=lambda k: k[-1]), min(found.kept, key=lambda k: k[-1])
    st.markdown(
        tr(
            "After the last layer the busiest photo keeps **{most}** tokens and the plainest **{least}**, but the "
            "batch is as long as its longest row: **{padding:.0%}** of the computed tokens are padding.",
            most=most[-1],
            least=least[-1],
            padding=found.padding,
        )
    )
    st.plotly_chart(
        padding(dict(zip(titles, found.kept, strict=True)), found.longest),
        key="padding",
        alt=tr("Tokens of each photo after every layer, under the length of the batch."),
    )


def throughput(backbone: Backbone, choices: Choices, batch: Sequence[Picture], names: Sequence[str]) -> None:
    """Draw images per second of the same batch, plain, merged and pruned in turn."""
    from explorer.measuring.pruning import speeds
    from explorer.measuring.pruning import throughput as measure

    subject = (*_subject(backbone, choices, batch), str(choices.r), tuple(names))
    labels = [ALGORITHMS[name].label for name in names]
    configs = [MergeConfig(r=0), *(choices.config(algorithm=name) for name in names)]

    def drawn(_: Measurement, rounds: Sequence[tuple[float, ...]]) -> None:
        if not rounds:
            return
        found = speeds(rounds, len(batch), [mark("Unmerged"), *labels])
        if not_now(found[0].images):
            return
        rows = [
            {
                "": retell(speed.algorithm),
                mark("Images per second"): number(speed.images.median, ".1f"),
                mark("Times unmerged"): f"{speed.ratio.median:.2f}",
                mark("Quartiles"): f"{speed.ratio.low:.2f}–{speed.ratio.high:.2f}",
            }
            for speed in found
        ]
        table(rows)
        st.caption(
            tr(
                "{rounds} of {all} rounds; a round runs each once, in turn. Times unmerged is the median of the "
                "ratios within rounds, with its quartiles: other load slows a whole round, so this is steadier than "
                "the ratio of the rates. Where quartiles overlap, the order is undecided.",
                rounds=len(rounds),
                all=ROUNDS,
            )
        )

    measuring.measured(
        "throughput", subject, ROUNDS, mark("rounds"),
        lambda task, tell: measure(backbone, batch, choices.side, configs, ROUNDS, task, tell), drawn,
        label=tr("Measure the throughput, {rounds} rounds", rounds=ROUNDS),
        help=tr("Plain, {labels}: the choices above, and dynamic pruning.", labels=in_row(map(retell, labels), ", ")),
    )  # fmt: skip


def information(backbone: Backbone, choices: Choices, batch: Sequence[Picture], names: Sequence[str]) -> None:
    """Draw the fidelity over r, all photos in one batch."""
    from explorer.measuring.pruning import information as measure

    side = choices.side if backbone.any_shape else backbone.side
    depth = len(backbone.model.blocks)
    tokens = (side // backbone.patch) ** 2
    longest = min(cap(tokens, 0), tokens // depth)
    rates = sorted({round(longest * step / 6) for step in range(1, 7)} - {0})
    subject = (*_subject(backbone, choices, batch), tuple(names), tuple(rates))

    def chart(_: Measurement, points: Sequence) -> None:
        if not points:
            return
        found = {(point.algorithm, point.r): point for point in points}
        for title, field in ((mark("Class cosine"), "class_cosine"), (mark("Patch cosine"), "patch_cosine")):
            series = {
                retell(ALGORITHMS[name].label): [(r, getattr(found.get((name, r)), field, None)) for r in rates]
                for name in names
            }
            if any(value is not None for places in series.values() for _, value in places):
                figure = lines(series, tr("Tokens removed per layer (r)"), tr(title), height=380)
                st.plotly_chart(
                    figure, key=f"information.{field}", alt=tr("{title} over r, a line per method.", title=tr(title))
                )
        shown = in_row((tr(SAMPLES.get(photo.name, photo.name)) for photo in batch), ", ")
        st.caption(
            tr("Mean over the batch's photos: {shown}. For the patch cosine a dropped patch counts 0.", shown=shown)
        )

    measuring.measured(
        "information", subject, len(rates) * len(names), mark("runs"),
        lambda task, tell: measure(backbone, batch, choices.side, names, rates, task, tell), chart,
        label=tr("Measure {count} values of r", count=len(rates)), icon=":material/show_chart:",
    )  # fmt: skip


def _subject(backbone: Backbone, choices: Choices, batch: Sequence[Picture]) -> tuple:
    return (backbone.key, choices.side, tuple(photo.digest for photo in batch))
