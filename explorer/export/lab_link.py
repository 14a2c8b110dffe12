"""The lab that shows several configurations of a photo side by side: exactly these, in their order."""

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import product

from tome.config import MergeConfig
from tome.matching import ALGORITHMS

__all__ = ["lab_of", "panel_name", "reference_of"]

COMPARED = ("feature", "metric", "heads", "combine", "partition")
"""fields of MergeConfig of which Similarity shows every combination, in its order"""
SHARED = ("r", "proportional_attention")
"""fields that are the same in all panels: the reader's r, and what the model needs"""
OPTIONS = {field.name: field.metadata["options"] for field in fields(MergeConfig)}


def lab_of(configs: Sequence[MergeConfig]) -> tuple[str, dict[str, str]] | None:
    """Return the path of the lab with the panels ``configs``, and its choices by parameter; None if there is none."""
    rest = MergeConfig(**{name: getattr(configs[0], name) for name in SHARED})
    names = [name for name in ALGORITHMS if any(config.algorithm == name for config in configs)]
    if [replace(rest, algorithm=name) for name in names] == list(configs):
        return "algorithms", {"algorithms": ",".join(names)}
    chosen = {
        name: [each for each in OPTIONS[name] if any(_is(config, name, each) for config in configs)]
        for name in COMPARED
    }
    shown = [replace(rest, **dict(zip(chosen, values, strict=True))) for values in product(*chosen.values())]
    if shown != list(configs):
        return None
    return "similarity", {name: ",".join(values) for name, values in chosen.items()}


def _is(config: MergeConfig, name: str, value: str) -> bool:
    return bool(getattr(config, name) == value)


def panel_name(config: MergeConfig) -> str:
    """Return the name of a panel in links: the fields that differ from the default, without those that all panels share."""
    default, names = MergeConfig(), [field.name for field in fields(MergeConfig) if field.name not in SHARED]
    other = [getattr(config, name) for name in names if getattr(config, name) != getattr(default, name)]
    return "-".join(map(str, other)) or "default"


def reference_of(names: Sequence[str]) -> int:
    """Return the panel with which a lab compares unless another is chosen: the paper's choice, or the first."""
    return names.index("default") if "default" in names else 0
