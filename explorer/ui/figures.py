"""Numbers beside the picture."""

from typing import TYPE_CHECKING

import streamlit as st

from explorer.figures.layers import tokens_per_layer

if TYPE_CHECKING:
    from explorer.core.forward import Outcome

__all__ = ["classes", "cost", "layer_table"]


def cost(plain: "Outcome", merged: "Outcome", cosine: float) -> None:
    """Tokens, multiply-adds, time and class-token cosine of a merged run against the plain one."""
    tokens = _tokens(merged)
    st.metric(
        "Tokens", f"{tokens[0]} → {tokens[-1]}", help="Before the first block and after the last, class token included."
    )
    st.metric(
        "GFLOPs",
        f"{plain.gflops:.2f} → {merged.gflops:.2f}",
        f"{plain.gflops / merged.gflops:.2f}× fewer",
        delta_color="off",
        delta_arrow="off",
        help="Billions of multiply-adds in the paper's convention; the ratio is the speed-up to hope for.",
    )
    st.metric(
        "Forward time",
        f"{plain.seconds * 1e3:.0f} → {merged.seconds * 1e3:.0f} ms",
        f"{plain.seconds / merged.seconds:.2f}× faster" if merged.seconds < plain.seconds else "not faster",
        delta_color="off",
        delta_arrow="off",
        help="One forward each, just measured on this server, which others may be using.",
    )
    st.metric(
        "Class-token cosine",
        f"{cosine:.4f}",
        help="Between the plain and the merged run. 1: merging changed nothing in what the model says of the photo.",
    )


def classes(plain: "Outcome", merged: "Outcome") -> None:
    """The five likeliest classes, without and with merging; nothing for a model without a head."""
    if not plain.top:
        return
    st.markdown("**Top 5, plain and merged**")
    rows = [{"Plain": a, "p": p, "Merged": b, "p ": q} for (a, p), (b, q) in zip(plain.top, merged.top, strict=True)]
    st.dataframe(
        rows, hide_index=True, column_config={p: st.column_config.NumberColumn(format="percent") for p in ("p", "p ")}
    )


def layer_table(plain: "Outcome", merged: "Outcome") -> None:
    """Every layer's numbers, as a chart and as a table."""
    tokens = _tokens(merged)
    st.plotly_chart(
        tokens_per_layer(tokens, plain.block_gflops, merged.block_gflops),
        key="tokens_per_layer",
        alt=f"Tokens fall from {tokens[0]} to {tokens[-1]}; GFLOPs per block fall with them.",
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
