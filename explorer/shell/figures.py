"""Numbers beside the picture."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.charts.layers import tokens_per_layer
from explorer.locale.language import mark, tr
from explorer.locale.numbers import filled, number
from explorer.measuring.rows import as_csv
from explorer.measuring.steady import busy
from explorer.records.schema import Record
from explorer.shell.fragment import fragment
from explorer.shell.layer_columns import COLUMNS, FILE, column
from explorer.shell.table import explained, save_csv, table

if TYPE_CHECKING:
    from explorer.engine.forward import Timing

__all__ = ["classes", "cost", "gflops", "layer_table", "speed", "tokens"]


def cost(record: Record, trained: bool = True) -> None:
    """Draw tokens, multiply-adds and class-token cosine of a merged run; ``trained`` tells whether the weights are."""
    merged, plain = record.figures.gflops, record.plain.gflops
    ends = tr("Before the first layer and after the last. The class token, which is not on the photo, counts too.")
    tokens(st, record, ends)
    st.metric(
        "GFLOPs",
        filled("{:.2f} → {:.2f}", plain, merged),
        tr("{ratio:.2f} × less compute", ratio=plain / merged) if merged < plain else None,
        delta_color="off",
        delta_arrow="off",
        help=tr(
            "Billions of multiply-adds, as the Token Merging paper counts them. The ratio is the ideal speed-up; real ones are smaller. "
            "Speed counts those of a square: a whole photo that is not square has another number of tokens."
        ),
    )
    st.metric(
        tr("Class-token cosine"),
        number(record.class_cosine, ".4f"),
        None if trained else tr("random weights: says little"),
        delta_color="off",
        delta_arrow="off",
        help=tr(
            "How much the model's summary of the photo stays the same: 1 is unchanged. For scale: between "
            "two of the ten sample photos, the embedded model gives 0.40 to 0.88, median 0.75, at 224 px."
        ),
    )


def tokens(place: Any, record: Record, help: str) -> None:
    """Draw the tokens before the first layer and after the last in ``place``."""
    ends = filled("{} → {}", record.layers[0].tokens, record.layers[-1].tokens)
    place.metric(tr("Tokens, first to last layer"), ends, help=help)


def gflops(place: Any, record: Record, help: str, title: str = "GFLOPs", digits: int = 2) -> None:
    """Draw the multiply-adds of a plain and a merged run in ``place``, with how many times fewer they are."""
    merged, plain = record.figures.gflops, record.plain.gflops
    fewer = tr("{ratio:.2f} × fewer", ratio=plain / merged) if merged < plain else None
    ends = " → ".join(number(each, f".{digits}f") for each in (plain, merged))
    place.metric(title, ends, fewer, delta_color="off", delta_arrow="off", help=help)


def speed(timing: "Callable[[bool], Timing | None]") -> None:
    """Draw forward times on request: ``timing(asked)`` returns them, or the cached ones, or None.

    A single run is not a measurement: the first is always slowest.
    """
    slot = st.empty()
    asked = st.button(
        tr("Measure the speed-up"), help=tr("Seven forwards each, unmerged and merged in turn, on this server.")
    )
    found = timing(asked)
    if not found:
        return
    if why := busy(found.plain):
        slot.warning(why, icon=":material/hourglass_disabled:")
        return
    plain, merged = found.plain.median, found.merged.median
    tie = found.merged.high >= found.plain.low and found.merged.low <= found.plain.high
    slot.metric(
        tr("Forward time, medians"),
        filled("{:.0f} → {:.0f} ms", 1e3 * plain, 1e3 * merged),
        tr("a tie: quartiles overlap") if tie else tr("{ratio:.2f} × as fast", ratio=plain / merged),
        delta_color="off",
        delta_arrow="off",
        help=tr(
            "Medians of {rounds} forwards each, in turn, on the machine that serves the page.", rounds=found.rounds
        ),
    )
    st.caption(
        tr("Measured on this server on {at:%d %b %Y at %H:%M} UTC: this photo alone. Speed has every r.", at=found.at)
    )


def classes(record: Record) -> None:
    """Draw the five likeliest classes, without and with merging; nothing for a model without a head."""
    if not record.plain.top:
        return
    plain, probability = tr("Plain"), tr("Probability")
    merged, after = tr("Merged"), tr("Probability, merged")
    rows = [
        {plain: a, probability: p, merged: b, after: q}
        for (a, p), (b, q) in zip(record.plain.top, record.figures.top, strict=True)
    ]
    percent = st.column_config.NumberColumn(format="percent")
    st.markdown(tr("**The model's five likeliest classes**"))
    st.dataframe(rows, hide_index=True, column_config={probability: percent, after: percent})


@fragment  # opening it reruns only this function
def layer_table(record: Record, name: str, settings: Callable[[], Mapping[str, object]]) -> None:
    """Draw the numbers of every layer as a chart and a table, in an expander.

    They are saved as a file ``name`` with ``settings()`` in columns.
    """
    folded = st.expander(tr("Every layer in numbers"), key="every_layer", on_change="rerun")
    if folded.open:
        with folded:
            rows = _layer_table(record)
            whole = lambda: as_csv([{**_in_english(row), **settings()} for row in rows])  # noqa: E731
            save_csv(tr("CSV with all settings"), whole, name, key="save layers")
            explained(FILE, "columns_layers")


def _in_english(row: Mapping[str, object]) -> dict[str, object]:
    return {column(title): value for title, value in row.items()}


def _layer_table(record: Record) -> list[dict[str, object]]:
    tokens = [layer.tokens for layer in record.layers]
    st.plotly_chart(
        tokens_per_layer(tokens, record.plain.block_gflops, record.figures.block_gflops),
        key="tokens_per_layer",
        alt=tr(
            "Tokens fall from {first} to {last}; GFLOPs per layer fall with them.",
            first=tokens[0],
            last=tokens[-1],
        ),
    )
    rows = []
    for at, layer in enumerate(record.layers[1:], start=1):
        rows.append(
            {
                mark("Layer"): at,
                mark("Tokens in"): tokens[at - 1],
                mark("Merged (r)"): tokens[at - 1] - tokens[at],
                mark("Tokens out"): tokens[at],
                "GFLOPs": round(record.figures.block_gflops[at - 1], 3),
                mark("Most similar"): round(layer.similarity[0], 3) if layer.similarity else None,
                mark("Least similar"): round(layer.similarity[-1], 3) if layer.similarity else None,
                mark("Largest token"): layer.largest,
            }
        )
    table(rows, {title: {"help": meaning} for title, meaning in COLUMNS.items()}, height="content")
    return rows
