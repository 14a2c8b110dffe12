"""Models of timm without weights: which are offered, and their shapes."""

import re
from difflib import get_close_matches
from typing import Any

from explorer.engine.checkpoints import NotOffered

__all__ = ["empty", "flexible", "names", "published"]

_TIMM_NAME = re.compile(r"[a-z0-9_]{3,80}(\.[A-Za-z0-9_]{1,60})?")
MODULES = (
    "vision_transformer", "vision_transformer_hybrid", "vision_transformer_relpos", "vision_transformer_sam", "vitamin",
    "deit", "eva", "beit", "cait", "naflexvit", "qwen3_vit", "deepseek_vit", "gemma4_vit",
)  # fmt: skip
"""timm's modules of families that can be merged"""
_BUT = re.compile(r"vit_(\w+_xp_224|d?pwee_\w+)|samvit_\w+_patch16")
"""models of these modules whose blocks run side by side, or attend within windows"""
CLOSE = 3


def names() -> list[str]:
    """Return timm's names of models that can be merged, without tags of weights."""
    import timm

    return sorted(name for each in MODULES for name in timm.list_models(module=each) if not _BUT.fullmatch(name))


def empty(name: str) -> Any:
    """Return timm's model ``name`` without memory for its weights, or raise NotOffered, with the reason."""
    import timm
    import torch

    from tome.hosts.registry import host_of

    # timm resolves "hf-hub:" over the network and "local-dir:" on disk.
    if not _TIMM_NAME.fullmatch(name) or not timm.is_model(name):
        raise NotOffered(_unknown(name))
    kind, _, tag = name.partition(".")
    if tag and name not in (known := timm.models.get_arch_pretrained_cfgs(kind)):
        tags = ", ".join(each.partition(".")[2] for each in known)
        raise NotOffered(f"timm has no weights {tag!r} for {kind}, but these: {tags}.")
    try:
        with torch.device("meta"):
            model = timm.create_model(name, **flexible(name))
    except (TypeError, ValueError) as reason:
        raise NotOffered(f"timm cannot build {name}: {reason}.") from reason
    try:
        host_of(model).check(model)
    except (TypeError, ValueError) as reason:
        raise NotOffered(f"{name} cannot be merged: {_why(model, reason)}.") from reason
    return model


def published(name: str) -> Any:
    """Return timm's configuration of the published weights of the model ``name``, or None without any."""
    import timm

    config = timm.get_pretrained_cfg(name)
    return config if config is not None and config.hf_hub_id else None


def _unknown(name: str) -> str:
    if "/" in name:
        return (
            f"There is no timm model called {name[:80]!r}. Models of the Hugging Face hub are in the list of models, "
            "if the operator allows them."
        )
    typed, known = name[:80].partition(".")[0].lower().replace("-", "_"), names()
    begun = [each for each in known if len(typed) > 2 and each.startswith(typed)]
    begun.sort(key=_weights, reverse=True)
    close = list(dict.fromkeys([*begun, *get_close_matches(typed, known, CLOSE)]))[:CLOSE]
    if close:
        return f"There is no timm model called {name[:80]!r}. Similar names: {', '.join(close)}."
    return f"There is no timm model called {name[:80]!r}."


def _weights(name: str) -> int:
    """Return how many weights timm has for ``name``: what most readers mean has most."""
    import timm

    return len(timm.models.get_arch_pretrained_cfgs(name))


def _why(model: Any, reason: Exception) -> str:
    """Return the reason in words for readers, who write no hosts."""
    from tome.hosts.refused import REFUSED
    from tome.hosts.registry import HOSTS

    classes = type(model).__mro__
    parts = (type(part) for part in model.modules())
    if known := next((REFUSED[kind.__name__] for kind in (*classes, *parts) if kind.__name__ in REFUSED), None):
        return known
    if not any(kind in HOSTS for kind in classes):
        return f"{type(model).__name__} is none of the families of Vision Transformers that this app can merge"
    return str(reason)


def flexible(name: str) -> dict[str, bool]:
    """Return the options that let one copy of the weights serve photos of every shape."""
    import timm

    known = timm.models.is_model_in_modules(name, ("vision_transformer", "deit"))
    return {"dynamic_img_size": True} if known else {}
