"""A hint where r asks for more tokens than a sample has, with a button for a smaller r."""

from functools import partial

import streamlit as st

from explorer.locale.language import mark, tr
from explorer.measuring.rows import mean_r
from explorer.records.schema import Record
from explorer.shell.cursor import set_rate
from explorer.shell.state import turn
from tome.schedule import R as Rate

__all__ = ["ALL_PATCHES", "asks_for_all", "too_much"]

ALL_PATCHES = mark(
    "This r is large: {r} in {layers} layers asks for all {tokens} patches or more. No layer merges more than half of what is "
    "left, so the last ones merge almost nothing and hardly any token stays."
)


def too_much(page: str, record: Record, rate: Rate, sentence: str) -> None:
    """Say ``sentence`` if the layers of ``record`` cannot all merge r tokens, and offer an r that leaves half of them.

    ``sentence`` may name {r}, {layers} and {tokens}; ``page`` is that of a page with its own r, else empty.
    """
    tokens, layers = record.layers[0].tokens - record.prefix, len(record.layers) - 1
    if not asks_for_all(rate, layers, tokens):
        return
    less = _half(layers, tokens)
    st.info(tr(sentence, r=mean_r(rate), layers=layers, tokens=tokens))
    act = partial(set_rate, page, less) if page else partial(turn, r=str(less))
    st.button(tr("Set r to {first}: about half stay", first=less), icon=":material/tune:", on_click=act)


def asks_for_all(rate: Rate, layers: int, tokens: int) -> bool:
    """Return whether ``rate`` asks ``layers`` for all ``tokens`` or more, and a smaller r would leave half of them."""
    r = mean_r(rate)
    return r * layers >= tokens and r > _half(layers, tokens)


def _half(layers: int, tokens: int) -> int:
    return max(1, tokens // (2 * layers))
