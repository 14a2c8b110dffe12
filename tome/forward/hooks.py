"""Call a module with another forward, hooks included."""

import copy
from collections.abc import Callable
from typing import Any

from torch import nn

__all__ = ["call", "hooked"]


def hooked(module: nn.Module) -> bool:
    """Return whether any hook is registered on ``module`` itself."""
    hooks = (module._forward_pre_hooks, module._forward_hooks, module._backward_pre_hooks, module._backward_hooks)
    return any(hooks)


def call(module: nn.Module, forward: Callable[..., Any], *inputs: Any) -> Any:
    """Call ``module`` with ``forward`` instead of its own forward; its hooks fire and receive a shallow copy."""
    if not hooked(module):
        return forward(*inputs)
    # Other threads must not see the replaced forward, so it is set on a copy that shares everything else.
    stand_in = copy.copy(module)
    vars(stand_in)["forward"] = forward
    return stand_in._call_impl(*inputs)
