"""Every choice of the paper, in one frozen record that a form can be built from."""

import json
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

from tome.matching import ALGORITHMS
from tome.schedule import R, check

__all__ = ["MergeConfig"]


def choice(default: Any, label: str, options: tuple[str, ...] | None = None, **limits: float) -> Any:
    """A dataclass field with what a form needs: its label, and its options or its limits ``low`` and ``high``."""
    return field(default=default, metadata={"label": label, "options": options, **limits})


@dataclass(frozen=True)
class MergeConfig:
    """What to merge, and how (ToMe, sections 3 and 4.1; the defaults are the paper's).

    Models of MAE merged off the shelf do better with ``proportional_attention=False`` (Table 1f); trained with
    merging they want it.  Keys and queries are compared after q/k-norm and before rotation by their place.
    Raises TypeError or ValueError for a value outside a field's options or limits.
    """

    r: R = choice(8, "Tokens merged per layer (r)", low=0)
    algorithm: str = choice("bipartite", "Matching algorithm", tuple(ALGORITHMS))
    partition: str = choice("alternating", "Split into A and B", ("alternating", "sequential", "random"))
    feature: str = choice("key", "Feature compared", ("key", "query", "value", "input", "output"))
    metric: str = choice("cosine", "Similarity", ("cosine", "dot", "euclidean", "softmax"))
    heads: str = choice("mean", "Attention heads", ("mean", "concat"))
    combine: str = choice("weighted", "Merged token is", ("weighted", "mean", "max", "keep"))
    proportional_attention: bool = choice(True, "Proportional attention")
    seed: int = choice(0, "Seed", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        check(self.r)
        if isinstance(self.r, list):
            object.__setattr__(self, "r", list(self.r))  # a caller that edits its list must not edit the config
        if isinstance(self.r, tuple):
            object.__setattr__(
                self, "r", (self.r[0], float(self.r[1]))
            )  # (8, 1) and (8, 1.0) are equal: so be their keys
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
        """A text that is equal for equal configurations only: for caches, files and links."""
        kind = "inflection" if isinstance(self.r, tuple) else "layers"
        return json.dumps({**asdict(self), "r": self.r if isinstance(self.r, int) else {kind: list(self.r)}})

    def __hash__(self) -> int:
        return hash(self.key)
