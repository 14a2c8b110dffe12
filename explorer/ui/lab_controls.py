"""What a lab lets its reader choose: the panels, and the one that the others are compared with.  All of it in the link."""

from collections.abc import Sequence

import streamlit as st

from explorer.ui.lab import MOST, Panel
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

__all__ = ["algorithms", "fits", "reference", "several", "similarity"]

FEATURES = {"key": "Key", "query": "Query", "value": "Value", "input": "Input (X_pre)", "output": "Output (X)"}
METRICS = {"cosine": "Cosine", "dot": "Dot product", "euclidean": "Euclidean", "softmax": "Softmax"}
HEADS = {"mean": "Mean of heads", "concat": "All heads"}
COMBINES = {"weighted": "Mean by size", "mean": "Plain mean", "max": "Maximum", "keep": "Keep one"}
PARTITIONS = {"alternating": "Alternating", "sequential": "Sequential", "random": "Random"}


def similarity() -> dict[str, list[str]]:
    """The values to show of each field of MergeConfig that is about similarity; the panels are all combinations."""
    features = several("Feature", "feature", FEATURES, ["key", "query", "value", "output"])
    metrics = several("Similarity", "metric", METRICS, ["cosine", "dot", "softmax"])
    with st.expander("Heads, merged token, split into A and B"):
        heads = several("Attention heads", "heads", HEADS, ["mean"])
        combines = several("Merged token", "combine", COMBINES, ["weighted"])
        partitions = several("Split into A and B", "partition", PARTITIONS, ["alternating"])
    return {"feature": features, "metric": metrics, "heads": heads, "combine": combines, "partition": partitions}


def algorithms(default: Sequence[str], names: Sequence[str] = tuple(ALGORITHMS)) -> list[str]:
    """The algorithms to show."""
    labels = {name: ALGORITHMS[name].label for name in names}
    return several("Algorithms", "algorithms", labels, list(default))


def fits(panels: Sequence[Panel]) -> bool:
    """Whether there are panels, and no more than can be looked at; says so where not."""
    if not panels:
        st.info("Choose at least one of each.", icon=":material/checklist:")
    elif len(panels) > MOST:
        st.info(
            f"These would be {len(panels)} panels. Leave something out: up to {MOST} fit.", icon=":material/grid_view:"
        )
    return 0 < len(panels) <= MOST


def reference(panels: Sequence[Panel], default: MergeConfig) -> int:
    """The panel that the others are compared with: the paper's choice where it is among them."""
    titles = [panel.title for panel in panels]
    usual = next((i for i, panel in enumerate(panels) if panel.config == default), 0)
    key = "reference"
    if st.session_state.get(key) not in titles:
        asked = st.query_params.get(key)
        st.session_state[key] = asked if asked in titles else titles[usual]
    title = st.selectbox(
        "Reference", titles, key=key, width=320, help="Agreement and the fill “Difference” compare with this panel."
    )
    _to_link(key, title, titles[usual])
    return titles.index(title)


def several(label: str, name: str, labels: dict[str, str], default: list[str]) -> list[str]:
    """The values of ``labels`` that the reader has on, in its order; in the link as ``name``."""
    key = f"lab.{name}"
    if key not in st.session_state:
        asked = st.query_params.get(name, "").split(",")
        st.session_state[key] = [value for value in labels if value in asked] or default
    taken = st.pills(label, list(labels), selection_mode="multi", key=key, format_func=labels.get)
    taken = [value for value in labels if value in taken]  # in the order of the menu, however they were clicked
    _to_link(name, ",".join(taken), ",".join(value for value in labels if value in default))
    return taken


def _to_link(name: str, value: str, default: str) -> None:
    if value == default:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
