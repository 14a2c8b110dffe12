"""Inside the blocks: computed tokens and GFLOPs, measured milliseconds."""

import streamlit as st

from explorer.charts import speed as figures
from explorer.charts.layers import tokens_per_layer
from explorer.locale.language import mark, tr
from explorer.measuring.examples import example
from explorer.shell.timing import ROUNDS, SECONDS, Setup, mark_example, measured, not_now
from explorer.shell.timing_files import context, download
from tome.config import MergeConfig

__all__ = ["block_parts", "cost"]

PARTS = {"attention": mark("Attention"), "mlp": "MLP", "matching": mark("Matching"), "merging": mark("Merging")}


def cost(setup: Setup) -> None:
    """Draw computed tokens and GFLOPs per layer."""
    from tome.metrics.cost import block_gflops, shape_of
    from tome.schedule import token_counts

    shape, r = shape_of(setup.backbone.model, setup.side), setup.choices.r
    tokens = list(token_counts(r, len(shape.blocks), shape.tokens, shape.prefix))
    merged = block_gflops(shape, MergeConfig(r=r))
    figure = tokens_per_layer(tokens, tuple(block_gflops(shape)), tuple(merged))
    st.plotly_chart(
        figure,
        key="cost",
        alt=tr(
            "Tokens fall from {first} to {last}; GFLOPs per layer fall with them.",
            first=tokens[0],
            last=tokens[-1],
        ),
    )


def block_parts(setup: Setup) -> None:
    """Draw the time of each block by part."""
    from explorer.measuring.speed import time_parts

    model, config = setup.backbone.model, setup.choices.config()
    known = measured(
        "parts",
        (*setup.subject, config.key),
        tr("Time the blocks at {settings} on this server", settings=setup.choices.caption),
        1 + ROUNDS,
        mark("rounds"),
        lambda task, tell: time_parts(model, setup.images(), config, task, tell, rounds=ROUNDS, seconds=SECONDS),
        lambda told: _found(setup, config, told),
    )
    if not known:
        _show_example(setup)


def _found(setup: Setup, config: MergeConfig, told: list) -> None:
    from explorer.measuring.speed import LEAST

    machine, *rounds = told or [{}]
    # The first block's MLP has the same work in every round, whatever merges.
    if not rounds or (len(rounds) >= LEAST and not_now(rounds[-1][0].mlp)):
        _show_example(setup)
        return
    times = {part: [1e3 * getattr(block, part).median for block in rounds[-1]] for part in PARTS}
    _draw(times)
    st.caption(tr("Medians of {count} of {all} rounds on this server.", count=len(rounds), all=ROUNDS))
    around = context("parts", setup, len(rounds))
    records = [
        {**setup.setting, "r": str(config.r), "block": number,
         **{f"{part}_ms": spent for part, spent in zip(PARTS, block, strict=True)}, **machine, **around}
        for number, block in enumerate(zip(*times.values(), strict=True), start=1)
    ]  # fmt: skip
    download("parts", records)


def _show_example(setup: Setup) -> None:
    stored = example("parts")
    mark_example(setup, stored)
    _draw({part: [row[part] for row in stored.rows] for part in PARTS})
    st.caption(stored.caption)


def _draw(times: dict[str, list[float]]) -> None:
    figure = figures.part_bars({tr(name): times[part] for part, name in PARTS.items()})
    st.plotly_chart(figure, key="parts", alt=tr("Milliseconds of each part of every block, stacked."))
    whole, own = sum(map(sum, times.values())), sum(times["matching"]) + sum(times["merging"])
    st.caption(
        tr("Matching and merging take {share:.1%} of the blocks' {whole:.0f} ms.", share=own / whole, whole=whole)
    )
