"""The choices of a configuration: in words in captions and figures, by the names of its fields in tables of data."""

import json
from dataclasses import fields

from explorer.engine.effect import without_effect
from explorer.locale.language import mark
from tome.config import MergeConfig
from tome.schedule import R

__all__ = ["choices", "chosen", "columns_of", "r_in_json", "said", "schedule_name"]

SCHEDULES = {-1: "decreasing", 0: "constant", 1: "increasing"}
"""inflection → name"""
CHOSEN = (
    mark("feature query"), mark("feature value"), mark("feature input"), mark("feature output"),
    mark("metric dot"), mark("metric euclidean"), mark("metric softmax"), mark("heads concat"),
    mark("combine mean"), mark("combine max"), mark("combine keep"), mark("partition sequential"), mark("partition random"),
    mark("proportional attention off"),
)  # fmt: skip
"""what ``chosen`` may return, listed for the catalogue"""


def schedule_name(r: R) -> str:
    """Return what tables, captions and files call the schedule of ``r``."""
    if isinstance(r, int):
        return "constant"
    if not isinstance(r, tuple):
        return "per layer"
    bend = r[1]
    whole = SCHEDULES.get(bend)
    return whole or f"{SCHEDULES[-1 if bend < 0 else 1]} (inflection {bend:g})".replace("-", "−")


def r_in_json(r: R) -> int | list[float]:
    """Return r as records of the command line have it: a number, or [r, inflection]."""
    return r if isinstance(r, int) else list(r)


def choices(config: MergeConfig) -> dict[str, str]:
    """Return the choices beyond r and algorithm by name, "" for those without effect."""
    told = {
        "feature": config.feature,
        "metric": config.metric,
        "heads": config.heads,
        "combine": config.combine,
        "partition": config.partition,
        "proportional attention": "on" if config.proportional_attention else "off",
        "seed": str(config.seed),
        **{name: str(value) for name, value in sorted(dict(config.params).items())},
    }
    return told | dict.fromkeys((name.replace("_", " ") for name in without_effect(config)), "")


def chosen(config: MergeConfig) -> list[str]:
    """Return the choices that have an effect and are not the default, in words."""
    usual = choices(MergeConfig(r=config.r, algorithm=config.algorithm))
    return [said(name, value) for name, value in choices(config).items() if value and value != usual.get(name)]


def columns_of(config: MergeConfig | None) -> dict[str, object]:
    """Return every field of a configuration and the name of its schedule for a CSV file, "" where a field has no effect.

    Without a configuration all values are None.
    """
    names = [*(field.name for field in fields(MergeConfig)), "schedule"]
    if config is None:
        return dict.fromkeys(names)
    told = {name: getattr(config, name) for name in names[:-1]} | {"schedule": schedule_name(config.r)}
    told["r"] = config.r if isinstance(config.r, int) else " ".join(map(str, config.r))
    told["params"] = json.dumps(dict(config.params)) if config.params else ""
    return told | dict.fromkeys(without_effect(config), "")


def said(name: str, value: str) -> str:
    """Return one choice in words."""
    return f"{name} = {value}" if name in ("r", "seed") else f"{name} {value}"
