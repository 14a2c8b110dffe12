"""The choices of a lab: panels and reference panel, both in the link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import streamlit as st

from explorer.export.lab_link import panel_name, reference_of
from explorer.locale.language import in_row, mark, named, tr
from explorer.shell import state
from explorer.shell.controls import Choices
from explorer.shell.keys import key_of
from explorer.shell.link import PARAMETERS, read
from explorer.shell.session import link, session
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

__all__ = ["ONE_ROW", "WORDS", "Panel", "algorithms", "fitting", "refer", "reference", "several", "similarity"]

ONE_ROW = """<style>
@media (max-width: 640px) {
  [class*="st-key-lab-"] [data-testid="stButtonGroup"] > div {flex-wrap: nowrap; overflow-x: auto; scrollbar-width: thin}
  [class*="st-key-lab-"] [data-testid="stButtonGroup"] button {flex: none}
}
</style>"""
"""A narrow screen scrolls the choices sideways, so that the pictures below are not far away."""
MOST = 12
"""panels side by side"""
WORDS = {
    "feature": {
        "key": mark("Key"),
        "query": mark("Query"),
        "value": mark("Value"),
        "input": mark("Input (X_pre)"),
        "output": mark("Output (X)"),
    },
    "metric": {
        "cosine": mark("Cosine"),
        "dot": mark("Dot product"),
        "euclidean": mark("Euclidean"),
        "softmax": mark("Softmax"),
    },
    "heads": {"mean": mark("Mean of heads"), "concat": mark("All heads")},
    "combine": {
        "weighted": mark("Mean by size"),
        "mean": mark("Plain mean"),
        "max": mark("Maximum"),
        "keep": mark("Keep one"),
    },
    "partition": {"alternating": mark("Alternating"), "sequential": mark("Sequential"), "random": mark("Random")},
}
"""field of MergeConfig → labels of its values"""


@dataclass(frozen=True)
class Panel:
    """A configuration and its title."""

    title: str
    config: MergeConfig
    changes: dict[str, str]
    """fields of ``config`` that the panel sets"""

    @property
    def name(self) -> str:
        """Name in links."""
        return panel_name(self.config)


def similarity(choices: Choices) -> list[Panel]:
    """Return the panels for all combinations of the selected values."""
    chosen = {}
    for place, (field, label) in zip(
        st.columns(2), {"feature": mark("Feature"), "metric": mark("Similarity")}.items(), strict=True
    ):
        with place:
            chosen[field] = several(label, field, WORDS[field])
    with st.expander(tr("Heads, merged token, split into A and B")):
        labels = {
            "heads": mark("Attention heads"),
            "combine": mark("Merged token"),
            "partition": mark("Split into A and B"),
        }
        chosen |= {field: several(label, field, WORDS[field]) for field, label in labels.items()}
    varied = [field for field, values in chosen.items() if len(values) > 1] or ["feature", "metric"]
    settings = [dict(zip(chosen, values, strict=True)) for values in product(*chosen.values())]
    return [
        Panel(" · ".join(WORDS[field][setting[field]] for field in varied), choices.config(**setting), setting)
        for setting in settings
    ]


def algorithms(choices: Choices, names: Sequence[str] | None = None, parameter: str = "algorithms") -> list[Panel]:
    """Return a panel for each selected one of ``names``, or of all algorithms; in the link as ``parameter``."""
    labels = {name: ALGORITHMS[name].label for name in names or ALGORITHMS}
    chosen = several(mark("Algorithms"), parameter, labels)
    return [Panel(labels[name], choices.config(algorithm=name), {"algorithm": name}) for name in chosen]


def fitting(panels: Sequence[Panel], choices: Choices) -> Sequence[Panel]:
    """Return ``panels`` if they are 1 to MOST; otherwise say so, and return the page's selection before, if any."""
    now = session()
    if 0 < len(panels) <= MOST:
        now.panels[now.page or ""] = panels
        return panels
    many = mark("This selection has {count} panels, and at most {most} fit: deselect something.")
    reason = tr(many, count=len(panels), most=MOST) if panels else tr("Choose at least one.")
    before = now.panels.get(now.page or "", ())
    words = in_row([reason, tr("Below is the selection before.")]) if before else reason
    st.info(words, icon=":material/grid_view:" if panels else ":material/checklist:")
    return [replace(panel, config=choices.config(**panel.changes)) for panel in before]


def reference(panels: Sequence[Panel]) -> int:
    """Return the reference panel: the chosen one, or the paper's choice if it is shown, else the first."""
    names = [panel.name for panel in panels]
    usual = reference_of(names)
    chosen = session().reference or read("reference", link().get("reference"))
    if chosen not in names:  # set on another page; keep it in the link
        return usual
    state.to_link(reference=None if chosen == names[usual] else chosen)
    return names.index(chosen)


def refer(panel: Panel) -> None:
    """Compare the others with ``panel`` from now on."""
    session().reference = panel.name


def several(label: str, name: str, labels: dict[str, str]) -> list[str]:
    """Return the selected values of ``labels``, in its order; in the link as ``name``."""
    new = key_of(f"lab.{name}") not in st.session_state
    key = state.from_link(name, key=f"lab.{name}")
    if new:
        st.session_state[key] = _known(st.session_state[key], labels) or _known(PARAMETERS[name].default, labels)
    taken = st.pills(tr(label), list(labels), selection_mode="multi", key=key, format_func=named(labels))
    taken = _known(taken, labels)  # in menu order, regardless of the order of clicks
    state.to_link(**{name: tuple(taken)})
    return taken


def _known(values: Sequence[str], labels: dict[str, str]) -> list[str]:
    return [value for value in labels if value in values]
