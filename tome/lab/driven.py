"""A model's forward with the loop over the blocks replaced."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.one_call import OneCall
from tome.forward.state import ForwardState
from tome.forward.surgery import with_parts
from tome.hosts.registry import host_of

__all__ = ["driven"]


def driven(
    model: nn.Module,
    config: MergeConfig,
    drive: Callable[[ForwardState, list[nn.Module]], Tensor],
    track: bool | None = None,
) -> Callable[[Any], Any]:
    """Return the forward of ``model`` with ``drive(state, blocks)`` in place of the loop over blocks.

    The model is not modified.  ``track`` keeps the source map; None keeps it if the head needs it.
    """
    host = host_of(model)
    blocks = OneCall.driven(model, host, config, lambda state: drive(state, list(blocks.children())), track)
    other = with_parts(model, {**host.swaps(model), host.blocks_path(model): blocks})
    return lambda inputs: host.run(other, inputs)
