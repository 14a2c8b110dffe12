"""Numbers beside the picture."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from explorer.figures.layers import tokens_per_layer

if TYPE_CHECKING:
    from explorer.core.forward import Outcome, Timing

__all__ = ["classes", "cost", "layer_table", "speed"]


def cost(merged: "Outcome", plain: "Outcome | None" = None, cosine: float | None = None) -> None:
    """Tokens, multiply-adds and class-token cosine of a merged run; what needs the plain one waits for it."""
    tokens = _tokens(merged)
    ends = "Before the first layer and after the last. The class token, which is not on the photo, counts too."
    st.metric("Tokens, first to last layer", f"{tokens[0]} → {tokens[-1]}", help=ends)
    st.metric(
        "GFLOPs",
        f"{plain.gflops:.2f} → {merged.gflops:.2f}" if plain else f"… → {merged.gflops:.2f}",
        f"{plain.gflops / merged.gflops:.2f}× fewer" if plain and merged.gflops < plain.gflops else None,
        delta_color="off",
        delta_arrow="off",
        help="Billions of multiply-adds, as the Token Merging paper counts them. The ratio is the speed-up to hope for.",
    )
    st.metric(
        "Class-token cosine" if merged.trace.class_token else "Mean-patch cosine",
        "…" if cosine is None else f"{cosine:.4f}",
        help="How much the model's summary of the photo stays the same: 1 is unchanged. For scale: between "
        "two of the ten sample photos, the embedded model gives 0.40 to 0.88, median 0.75, at 224 px. With random "
        "weights this says little.",
    )


def speed(timing: "Callable[[bool], Timing | None]") -> None:
    """Forward times, once a reader has asked for them: ``timing(asked)`` gives them, or what is known of them.

    The one run each that a page needs is no measure: the first is the slowest, whichever it is.
    """
    slot = st.empty()
    asked = st.button(
        "Time plain and merged", help="Seven forwards each, plain and merged in turn: how much faster it is here."
    )
    found = timing(asked)
    if found:
        slot.metric(
            "Forward time, medians",
            f"{1e3 * found.plain:.0f} → {1e3 * found.merged:.0f} ms",
            f"{found.plain / found.merged:.2f}× as fast",
            delta_color="off",
            delta_arrow="off",
            help=f"Medians of {found.rounds} forwards each, in turn, on the machine that serves the page.",
        )


def classes(plain: "Outcome", merged: "Outcome") -> None:
    """The five likeliest classes, without and with merging; nothing for a model without a head."""
    if not plain.top:
        return
    rows = [
        {"Plain": a, "Probability": p, "Merged": b, "Probability, merged": q}
        for (a, p), (b, q) in zip(plain.top, merged.top, strict=True)
    ]
    percent = st.column_config.NumberColumn(format="percent")
    st.markdown("**The model's five likeliest classes**")
    st.dataframe(rows, hide_index=True, column_config={"Probability": percent, "Probability, merged": percent})


@st.fragment  # opening it reruns this function, not the page
def layer_table(plain: "Outcome", merged: "Outcome") -> None:
    """Every layer's numbers, as a chart and as a table, for who opens it."""
    folded = st.expander("Every layer in numbers", key="every_layer", on_change="rerun")
    if folded.open:
        with folded:
            _layer_table(plain, merged)


def _layer_table(plain: "Outcome", merged: "Outcome") -> None:
    tokens = _tokens(merged)
    st.plotly_chart(
        tokens_per_layer(tokens, plain.block_gflops, merged.block_gflops),
        key="tokens_per_layer",
        alt=f"Tokens fall from {tokens[0]} to {tokens[-1]}; GFLOPs per layer fall with them.",
    )
    rows = []
    for number, step in enumerate(merged.trace.layers, start=1):
        edges = step.similarity[0]
        rows.append(
            {
                "Layer": number,
                "Tokens in": tokens[number - 1],
                "Merged (r)": step.r,
                "Tokens out": tokens[number],
                "GFLOPs": round(merged.block_gflops[number - 1], 3),
                "Most similar": round(edges[0].item(), 3) if len(edges) else None,
                "Least similar": round(edges[-1].item(), 3) if len(edges) else None,
                "Largest token": int(step.size[0].max()),
            }
        )
    st.dataframe(rows, hide_index=True)


def _tokens(outcome: "Outcome") -> list[int]:
    return [outcome.trace.n_in, *(int((step.size[0] > 0).sum()) for step in outcome.trace.layers)]
