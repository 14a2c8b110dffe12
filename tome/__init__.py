"""Token Merging (Bolya et al., ICLR 2023, arXiv 2210.09461) for Vision Transformers of timm, transformers and your own."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tome import fidelity as fidelity
    from tome.config import MergeConfig
    from tome.forward.observer import Observer
    from tome.forward.patch import merging, patch, unpatch
    from tome.forward.trace import LayerTrace, Trace, trace
    from tome.grouping import Grouping
    from tome.hosts.frames import FrameModel
    from tome.hosts.protocol import Entry, Host
    from tome.hosts.registry import register_host
    from tome.matching import ALGORITHMS, Algorithm, algorithm, register
    from tome.matching.match_input import Matching, MatchInput
    from tome.metrics.comparison import Comparison, compare
    from tome.metrics.cost import Shape, flops, gflops, r_for
    from tome.metrics.fidelity import agreement

__version__ = "0.2.0"

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "Comparison",
    "Entry",
    "FrameModel",
    "Grouping",
    "Host",
    "LayerTrace",
    "MatchInput",
    "Matching",
    "MergeConfig",
    "Observer",
    "Shape",
    "Trace",
    "agreement",
    "algorithm",
    "compare",
    "flops",
    "gflops",
    "merging",
    "patch",
    "r_for",
    "register",
    "register_host",
    "trace",
    "unpatch",
]

_MEMBERS = {
    "config": ("MergeConfig",),
    "forward.observer": ("Observer",),
    "forward.patch": ("merging", "patch", "unpatch"),
    "forward.trace": ("LayerTrace", "Trace", "trace"),
    "grouping": ("Grouping",),
    "hosts.frames": ("FrameModel",),
    "hosts.protocol": ("Entry", "Host"),
    "hosts.registry": ("register_host",),
    "matching": ("ALGORITHMS", "Algorithm", "algorithm", "register"),
    "matching.match_input": ("MatchInput", "Matching"),
    "metrics.comparison": ("Comparison", "compare"),
    "metrics.cost": ("Shape", "flops", "gflops", "r_for"),
    "metrics.fidelity": ("agreement",),
}
"""module → its public names"""
_HOME = {name: module for module, names in _MEMBERS.items() for name in names}


if not TYPE_CHECKING:  # a type checker must not take an unknown name for a lazy one

    def __getattr__(name: str) -> Any:
        # Names load on first use: an app can show its page before torch and timm, which take seconds, are imported.
        if name in ("fidelity", "cost", "testing"):
            return import_module(f"tome.{name}")
        if name not in _HOME:
            raise AttributeError(f"module 'tome' has no attribute {name!r}")
        member = getattr(import_module(f"tome.{_HOME[name]}"), name)
        globals()[name] = member
        return member


def __dir__() -> list[str]:
    return __all__
