"""A figure's caption, list of settings and citation."""

import re
from collections.abc import Mapping
from typing import Any

from explorer.engine.choices import choices, columns_of, schedule_name
from explorer.engine.choices import said as choice_said
from explorer.engine.weights import HASH, NAME, Loaded, weights_of, weights_said
from explorer.records.schema import Record
from tome import __version__
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

__all__ = ["BIBTEX", "SOFTWARE", "caption", "cells_of", "citation", "columns", "names", "said", "settings"]

YEAR = 2026
"""of this version in CHANGELOG.md"""
SOFTWARE = f"ToMe Explorer {__version__}"

BIBTEX = """@inproceedings{bolya2023tome,
  title = {Token Merging: Your {ViT} But Faster},
  author = {Bolya, Daniel and Fu, Cheng-Yang and Dai, Xiaoliang and Zhang, Peizhao and Feichtenhofer, Christoph and Hoffman, Judy},
  booktitle = {International Conference on Learning Representations},
  year = {2023},
  url = {https://arxiv.org/abs/2210.09461},
}
"""


def citation() -> str:
    """Return BibTeX entries of the paper and of the running version of this software."""
    return BIBTEX + (
        "\n@software{tome_explorer,\n"
        "  title = {{ToMe Explorer}},\n"
        "  author = {{The ToMe Explorer developers}},\n"
        f"  version = {{{__version__}}},\n"
        f"  year = {{{YEAR}}},\n"
        "  note = {Token Merging, explained and measured},\n"
        "}\n"
    )


def settings(model: Loaded, size: str, config: MergeConfig, **more: str) -> dict[str, str]:
    """Return every setting of a run by name, "" for those without effect.  ``size`` describes the model's input."""
    return {
        **_seen(model, size),
        **more,
        "r": _rate(config.r),
        "schedule": schedule_name(config.r),
        "algorithm": ALGORITHMS[config.algorithm].label,
        **choices(config),
    }


def columns(model: Loaded, size: str, config: MergeConfig, **more: str) -> dict[str, object]:
    """Return the same for a CSV file: the configuration by the names and values of its fields."""
    return {"model_key": model.key, **_seen(model, size), **more, **columns_of(config), "software": SOFTWARE}


def _seen(model: Loaded, size: str) -> dict[str, str]:
    return {"model": model.label, **weights_of(model), "input": size}


def _rate(r: Any) -> str:
    if isinstance(r, tuple):
        return f"{r[0]:g}"
    return str(r) if isinstance(r, int) else ", ".join(map(str, r))


def said(name: str, value: str) -> str:
    """Return one setting in words."""
    if name == HASH:
        return f"SHA-256 {value}…"
    return choice_said(name, value)


def names(title: str, name: str, value: str) -> bool:
    """Return whether ``title`` names the setting: by its value, or by name and value if that is a number or a switch."""
    word = value[0].isalpha() and value not in ("on", "off")
    wanted = re.escape(value if word else said(name, value)).replace(r"\ ", r"\s*")
    return bool(re.search(rf"(?<!\w){wanted}(?!\w)", title, re.IGNORECASE))


def cells_of(record: Record) -> str:
    """Return what the tokens of a record are made of."""
    return "words" if record.text else "steps of time" if record.sound else "patches"


def caption(
    record: Record,
    told: Mapping[str, str],
    merging: Mapping[str, str],
    marks: str,
    layer: int | None = None,
    several: bool = False,
) -> str:
    """Return the caption in full sentences; ``None`` as the layer means all of them.

    ``told`` are settings of all panels, ``merging`` those of the panels that merge; ``marks`` says what is drawn.  For
    ``several`` panels it omits token counts, which differ.
    """
    first, last = record.layers[0].tokens, len(record.layers) - 1
    after = record.layers[last if layer is None else layer].tokens
    when = f"layers 0 to {last}" if layer is None else f"layer {layer} of {record.depth}"
    count = "" if several else f": {first} to {after} tokens"
    rest = _listed({name: value for name, value in told.items() if name not in ("model", NAME, HASH)}, "; ")
    partly = f"merging panels: {_listed(merging, ', ')}" if merging else ""
    model = ", ".join(filter(None, (told.get("model"), weights_said(told))))
    made = "; ".join(filter(None, (model, rest, partly))) or record.caption
    return (
        f"{record.name}, {when}{count}. {marks} {made}. Token Merging (Bolya et al., ICLR 2023), drawn by {SOFTWARE}."
    )


def _listed(told: Mapping[str, str], between: str) -> str:
    return between.join(said(name, value) for name, value in told.items() if value)
