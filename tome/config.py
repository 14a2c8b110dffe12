"""The configuration: every choice of the paper, in one frozen record."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, TypedDict

from tome.matching import ALGORITHMS, Option, check_params
from tome.schedule import R, check

__all__ = ["Choices", "MergeConfig", "check_config", "of_paper"]


def choice(default: Any, label: str, options: tuple[str, ...] | None = None, **limits: float) -> Any:
    """Return a dataclass field with its label, and its options or its limits ``low`` and ``high``."""
    return field(default=default, metadata={"label": label, "options": options, **limits})


class Choices(TypedDict, total=False):
    """The fields of MergeConfig as keyword arguments."""

    r: R
    algorithm: str
    partition: str
    feature: str
    metric: str
    heads: str
    combine: str
    proportional_attention: bool
    seed: int
    params: Mapping[str, Option]


def of_paper(model: str) -> Choices:
    """Return the paper's choices for a ``model`` off the shelf, by its name: MAE has no proportional attention (Table 1f)."""
    return {"proportional_attention": False} if "mae" in model.lower() else {}


@dataclass(frozen=True)
class MergeConfig:
    """Configuration of a merge (ToMe, sections 3 and 4.1; the defaults are the paper's).

    Off the shelf, MAE models do better with ``proportional_attention=False`` (Table 1f); models trained with
    merging need it.  Keys and queries are compared after q/k-norm and before rotary rotation.
    ``algorithm`` is any name in ``tome.ALGORITHMS``; ``params`` are its own options, {name: value}, where they differ
    from its defaults.  Whatever counts as an integer may be r, numpy's, too, and is kept as an int; a list is kept as
    a PerLayer, a mapping given as params as sorted pairs.
    Raises TypeError or ValueError for a value outside a field's options or limits.

    Examples:
        >>> tome.MergeConfig(r=(16, -1), metric="dot").r
        (16, -1.0)
        >>> tome.MergeConfig(metric="manhattan")
        Traceback (most recent call last):
        ValueError: metric must be one of cosine, dot, euclidean, softmax; got 'manhattan'
    """

    r: R = choice(8, "Tokens merged per layer (r)", low=0)
    """tokens merged per block: a number, (r, inflection), or a list with one number per block"""
    algorithm: str = choice("bipartite", "Matching algorithm")
    """name of a registered algorithm"""
    partition: str = choice("alternating", "Split into A and B", ("alternating", "sequential", "random"))
    """how bipartite matching splits the tokens into A and B"""
    feature: str = choice("key", "Feature compared", ("key", "query", "value", "input", "output"))
    """the feature compared; ``input`` is the paper's X_pre, ``output`` its X"""
    metric: str = choice("cosine", "Similarity", ("cosine", "dot", "euclidean", "softmax"))
    """similarity of two tokens"""
    heads: str = choice("mean", "Attention heads", ("mean", "concat"))
    """whether features are averaged over heads or concatenated"""
    combine: str = choice("weighted", "Merged token is", ("weighted", "mean", "max", "keep"))
    """value of a merged token: average weighted by size, plain average, maximum, or the token that stays"""
    proportional_attention: bool = choice(True, "Proportional attention")
    """whether attention adds the log of each token's size to its logits"""
    seed: int = choice(0, "Seed", low=0, high=2**31 - 1)
    """seed of algorithms and partitions that draw"""
    params: Mapping[str, Option] | tuple[tuple[str, Option], ...] = choice((), "Options of the algorithm")
    """options that only this algorithm has, {name: value}"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "r", check(self.r))  # (8, 1) and (8, 1.0) are equal, and so are their keys
        if not isinstance(self.algorithm, str) or self.algorithm not in ALGORITHMS:
            raise ValueError(f"algorithm must be one of {', '.join(ALGORITHMS)}; got {self.algorithm!r}")
        object.__setattr__(self, "params", check_params(self.algorithm, self.params))
        for name, options in ((f.name, f.metadata["options"]) for f in fields(self)):
            value = getattr(self, name)
            if options and value not in options:
                raise ValueError(f"{name} must be one of {', '.join(options)}; got {value!r}")
        if not isinstance(self.proportional_attention, bool):
            raise TypeError(f"proportional_attention must be True or False; got {self.proportional_attention!r}")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise TypeError(f"seed must be an int; got {self.seed!r}")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed must be between 0 and 2**31 - 1; got {self.seed}")

    @cached_property  # a page asks for it a hundred times
    def key(self) -> str:
        """Key for caches, file names and links: equal for equal configurations only."""
        kind = "inflection" if isinstance(self.r, tuple) else "layers"
        chosen = {**asdict(self), "r": self.r if isinstance(self.r, int) else {kind: list(self.r)}}
        if not self.params:
            del chosen["params"]
        return json.dumps(chosen)

    def __hash__(self) -> int:
        return hash(self.key)


def check_config(config: object) -> None:
    """Raise TypeError unless ``config`` is a MergeConfig."""
    if not isinstance(config, MergeConfig):
        raise TypeError(f"config must be a MergeConfig; got {type(config).__name__}")
