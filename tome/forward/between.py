"""What a model gets between two blocks while all blocks run as one."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

__all__ = ["Between", "between", "check_output"]

AS_IT_IS = ("contiguous", "cpu", "cuda", "float", "half", "bfloat16", "to", "type", "type_as")
"""methods that return the tensor itself where there is nothing to do"""


class Between(Tensor):
    """Tokens that only the next block may take: a computation with them raises RuntimeError; their shape may be read.

    They are not what the block gave: all blocks have run already.
    """

    refusal: str

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        with torch._C.DisableTorchFunctionSubclass():
            result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", str(func))
        if args and result is args[0] and name in AS_IT_IS:
            return result
        if any(isinstance(leaf, Tensor) for leaf in tree_leaves(result)):
            given = next(each for each in tree_leaves((args, kwargs)) if isinstance(each, Between))
            raise RuntimeError(f"{given.refusal} called {name.strip('_')} with it")
        return result


def check_output(output: Any) -> None:
    """Raise RuntimeError if ``output`` of a model holds what only the next block may take."""
    for leaf in tree_leaves(output):
        if isinstance(leaf, Between):
            raise RuntimeError(f"{leaf.refusal} returned it")


def between(x: Tensor, refusal: str) -> Between:
    """Return ``x`` for the next block alone.  ``refusal`` begins the error of any other use and ends with its subject."""
    shown = x.as_subclass(Between)
    shown.refusal = refusal
    return shown
