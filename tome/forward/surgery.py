"""Replace modules of a model; no other module does."""

import copy
from collections.abc import Mapping
from typing import Any

from torch import nn

__all__ = ["part", "put", "shallow_copy", "with_parts", "with_state_of"]


def part(model: nn.Module, path: str) -> nn.Module:
    """Return the module of ``model`` at the dotted ``path``, or raise TypeError."""
    try:
        return model.get_submodule(path)
    except AttributeError as reason:
        raise TypeError(f"model must have a module at {path!r}, where its host says its blocks are: {reason}") from None


def put(model: nn.Module, path: str, module: nn.Module) -> None:
    """Replace the module of ``model`` at the dotted ``path``."""
    parent, _, name = path.rpartition(".")
    setattr(model.get_submodule(parent), name, module)


def shallow_copy(module: nn.Module) -> nn.Module:
    """Return a copy with the same parts; replacing a part of the copy does not affect ``module``."""
    other = copy.copy(module)
    other._modules = dict(module._modules)
    return other


def with_parts(model: nn.Module, parts: Mapping[str, nn.Module]) -> nn.Module:
    """Return a copy of ``model`` with other modules at some dotted paths; the rest is shared, ``model`` unchanged."""
    other = shallow_copy(model)
    copied: dict[str, nn.Module] = {"": other}
    for path, module in parts.items():
        *parents, name = path.split(".")
        where, at = other, ""
        for step in parents:
            at = f"{at}.{step}" if at else step
            if at not in copied:
                copied[at] = where._modules[step] = shallow_copy(where.get_submodule(step))
            where = copied[at]
        where._modules[name] = module
    return other


def with_state_of(module: nn.Module, kind: type[nn.Module]) -> Any:
    """Return a module of ``kind`` with the parameters, buffers and settings of ``module``."""
    other = kind.__new__(kind)
    vars(other).update(vars(module))
    return other
