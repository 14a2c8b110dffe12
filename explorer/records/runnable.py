"""Whether the model of a source can run a configuration: found out before anything is queued."""

from collections.abc import Sequence
from typing import Any

from explorer.records.errors import BadQuery
from tome.config import MergeConfig

__all__ = ["check_panels", "check_runnable"]


def check_runnable(source: Any, config: MergeConfig) -> None:
    """Raise BadQuery, naming the parameter, if the model of ``source`` does not support ``config``."""
    from tome.forward.plan import MergePlan
    from tome.forward.trace import blocks_of
    from tome.hosts.registry import host_of

    model = source.merged
    try:
        MergePlan.of(host_of(model), model, config, len(blocks_of(model)))
    except ValueError as reason:
        parameter = str(reason).split(" ", 1)[0]  # the library's messages begin with it
        value = getattr(config, parameter, "")
        raise BadQuery(parameter, str(reason), str(list(value) if parameter == "r" else value)) from None


def check_panels(source: Any, configs: Sequence[MergeConfig]) -> None:
    """Raise BadQuery, naming the panel, if the model of ``source`` does not support one of ``configs``."""
    for number, config in enumerate(configs):
        try:
            check_runnable(source, config)
        except BadQuery as bad:
            raise BadQuery("panels", f"panels must be runnable; panel {number}: {bad.rule}", bad.got) from None
