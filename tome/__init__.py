"""Token Merging (Bolya et al., ICLR 2023, arXiv 2210.09461) for Vision Transformers of timm, transformers and your own."""

from importlib import import_module

_HOME = {
    "ALGORITHMS": "matching",
    "Algorithm": "matching",
    "Entry": "hosts.protocol",
    "Grouping": "grouping",
    "Host": "hosts.protocol",
    "LayerTrace": "forward.trace",
    "MatchInput": "matching.match_input",
    "Matching": "matching.match_input",
    "MergeConfig": "config",
    "Observer": "forward.state",
    "Shape": "metrics.cost",
    "Trace": "forward.trace",
    "algorithm": "matching",
    "flops": "metrics.cost",
    "gflops": "metrics.cost",
    "agreement": "metrics.fidelity",
    "merging": "forward.patch",
    "patch": "forward.patch",
    "r_for": "metrics.cost",
    "register": "matching",
    "register_host": "hosts.registry",
    "trace": "forward.trace",
    "unpatch": "forward.patch",
}
__all__ = list(_HOME)


def __getattr__(name: str):
    # Names load on first use: an app can show its page before torch and timm, which take seconds, are imported.
    if name == "fidelity":
        return import_module("tome.fidelity")
    if name not in _HOME:
        raise AttributeError(f"module 'tome' has no attribute {name!r}")
    member = getattr(import_module(f"tome.{_HOME[name]}"), name)
    globals()[name] = member
    return member


def __dir__() -> list[str]:
    return __all__
