"""Models of timm without weights: which are offered, and their shapes."""

import re
from typing import Any

from explorer.engine.checkpoints import ModelError

__all__ = ["empty", "flexible"]

_TIMM_NAME = re.compile(r"[a-z0-9_]{3,80}(\.[A-Za-z0-9_]{1,60})?")


def empty(name: str) -> Any:
    """Return timm's model ``name`` without memory for its weights, or raise ModelError for one that is not offered."""
    import timm
    import torch

    from tome.hosts.registry import host_of

    # timm resolves "hf-hub:" over the network and "local-dir:" on disk.
    if not _TIMM_NAME.fullmatch(name) or not timm.is_model(name):
        raise ModelError(f"There is no timm model called {name[:80]!r}.")
    try:
        with torch.device("meta"):
            model = timm.create_model(name, **flexible(name))
            host_of(model).check(model)
    except (TypeError, ValueError) as reason:
        raise ModelError(
            f"{name} is not offered, since only plain Vision Transformers can be merged: {reason}."
        ) from reason
    return model


def flexible(name: str) -> dict[str, bool]:
    """Return the options that let one copy of the weights serve photos of every shape."""
    import timm

    known = timm.models.is_model_in_modules(name, ("vision_transformer", "deit"))
    return {"dynamic_img_size": True} if known else {}
