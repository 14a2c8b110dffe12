"""A hint where r asks for more tokens than a sample has, with a button for a smaller r."""

import streamlit as st

from explorer.locale.language import tr
from explorer.records.schema import Record
from explorer.shell.state import set_rate
from tome.schedule import R as Rate

__all__ = ["too_much"]


def too_much(page: str, record: Record, rate: Rate, sentence: str) -> None:
    """Say ``sentence`` if the layers of ``record`` cannot all merge r tokens, and offer an r that leaves half of them.

    ``sentence`` may name {r}, {layers} and {tokens}.
    """
    r = rate if isinstance(rate, int) else rate[0]
    tokens, layers = record.layers[0].tokens - record.prefix, len(record.layers) - 1
    less = max(1, tokens // (2 * layers))
    if r * layers < tokens or r <= less:
        return
    st.info(tr(sentence, r=r, layers=layers, tokens=tokens))
    st.button(tr("Set r to {first}", first=less), icon=":material/tune:", on_click=set_rate, args=(page, less))
