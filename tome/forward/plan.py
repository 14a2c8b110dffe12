"""The decisions made before a forward."""

from dataclasses import dataclass

from torch import nn

from tome.config import MergeConfig
from tome.hosts.protocol import Host
from tome.matching import Algorithm, configured
from tome.schedule import schedule

__all__ = ["MergePlan"]


@dataclass(frozen=True)
class MergePlan:
    """The decisions made before a forward."""

    config: MergeConfig
    r: tuple[int, ...]
    """asked of each block of the whole model, before the cap"""
    prefix: int
    algorithm: Algorithm
    """that of the configuration, with its function, since torch.compile does not follow an import"""

    @classmethod
    def of(cls, host: Host, model: nn.Module, config: MergeConfig, depth: int) -> "MergePlan":
        """Return the plan of a forward; raise ValueError for an algorithm that ``model`` does not support."""
        algorithm = configured(config.algorithm, config.params)
        if algorithm.needs_class_token and not host.class_token(model):
            raise ValueError(f"algorithm {config.algorithm!r} scores tokens by the class token; this model has none")
        if algorithm.kind != "merge" and not host.takes_dropped(model):
            raise ValueError(
                f"algorithm must keep every patch, since {type(model).__name__} reads all of them; "
                f"{config.algorithm!r} may drop tokens"
            )
        return cls(config, schedule(config.r, depth), host.prefix(model), algorithm)
