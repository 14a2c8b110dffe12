"""A model of the user's own: what ``package.module:callable`` returns."""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from torch import nn

from tome.forward.patch import unpatch
from tome.hosts.protocol import of_kind
from tome.hosts.registry import host_of
from tome.lab.boundary import BadArgument, sentence
from tome.models.spectrograms import is_ast, layout_of

__all__ = ["check_runs", "frames_of", "is_own", "own_model", "own_shape", "own_size"]

SOURCES = ("hf-hub", "hf_hub", "local-dir")
"""what timm takes before a colon"""


def is_own(name: str) -> bool:
    """Return whether ``name`` has the form ``module:callable``."""
    return ":" in name and name.partition(":")[0].lower() not in SOURCES


def own_model(name: str, seed: int = 0) -> nn.Module:
    """Return the model that ``name``, a ``package.module:callable``, returns, in evaluation mode and not patched.

    Modules of the current directory can be imported.  Random weights follow ``seed``.  Raises BadArgument for a name
    that leads to no callable, or to one that returns no model with a host, and ValueError, with the error as its cause,
    if the module or the callable raises one.
    """
    make = _callable(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            model = make()
        except Exception as reason:
            rule = f"{name} must return a model when it is called without arguments"
            raise ValueError(f"{rule}; it raised {_named(reason)}") from reason
    if not isinstance(model, nn.Module):
        raise BadArgument(f"{name} must return a torch.nn.Module; got {of_kind(model)}")
    try:
        host_of(model).check(model)
    except (TypeError, ValueError) as reason:
        raise BadArgument(f"{name} must return a model that can be merged: {sentence(reason)}") from reason
    return unpatch(model).eval()


def _callable(name: str) -> Callable[[], Any]:
    module, _, path = name.partition(":")
    if not module or not path:
        raise BadArgument(f"model must be module:callable, such as my_model:build; got {name!r}")
    found: Any = _imported(module)
    for part in path.split("."):
        if not hasattr(found, part):
            raise BadArgument(f"model must name an attribute of {module} after the colon; it has no {path!r}")
        found = getattr(found, part)
    if isinstance(found, nn.Module):
        raise BadArgument(f"{name} must be a callable that returns the model; got the model itself")
    if not callable(found):
        raise BadArgument(f"{name} must be a callable that returns the model; got {of_kind(found)}")
    made: Callable[[], Any] = found
    return made


def _imported(module: str) -> Any:
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return import_module(module)
    except Exception as reason:
        if isinstance(reason, ModuleNotFoundError) and f"{module}.".startswith(f"{reason.name}."):
            rule = "model must name a module that can be imported, here or from Python's path, before the colon"
            raise BadArgument(f"{rule}; got {module!r}: {reason}") from reason
        rule = "model must name a module that can be imported before the colon"
        raise ValueError(f"{rule}; {module} raised {_named(reason)}") from reason


def own_size(name: str, model: Any) -> int | tuple[int, int]:
    """Return the size of the images that ``model`` says it takes: a side, or height and width.

    Raises BadArgument if it says none.
    """
    if is_ast(model):
        layout = layout_of(model)
        return layout.frames, 128
    timm_size = (getattr(model, "pretrained_cfg", None) or {}).get("input_size", ())[-2:]
    config = getattr(model, "config", None)
    places = (
        (getattr(model, "patch_embed", None), "img_size"), (model, "image_size"), (model, "img_size"),
        (config, "image_size"), (config, "crop_size"),
    )  # fmt: skip
    said = [getattr(owner, each, None) for owner, each in places]
    for sides in (*said, timm_size):
        if isinstance(sides, int):
            return sides
        if isinstance(sides, list | tuple) and len(sides) == 2:
            height, width = map(int, sides)
            return height if height == width else (height, width)
    raise BadArgument(
        f"--image-size must be given for {name}: {type(model).__name__} has no image_size, nor img_size, config.image_size, "
        "config.crop_size, patch_embed.img_size or pretrained_cfg"
    )


def frames_of(model: Any) -> tuple[int, bool] | None:
    """Return how many frames of a clip ``model`` takes, and whether they come before the channels; None for images."""
    config = getattr(model, "config", None)
    first = getattr(config, "num_frames", None) or getattr(config, "frames_per_clip", None)
    if first:
        return int(first), True
    clip = getattr(getattr(model, "patch_embed", None), "clip", ())
    return (clip[0], False) if clip else None


def own_shape(model: Any, size: int | tuple[int, int], channels: int | None = None) -> tuple[int, ...]:
    """Return the shape of one sample of ``size`` for ``model``; of ``channels``, or as many as it says, or 3."""
    sides = (size, size) if isinstance(size, int) else size
    if is_ast(model):
        return sides
    said = (getattr(model, "in_chans", None), getattr(getattr(model, "config", None), "num_channels", None), 3)
    colours = channels or next(each for each in said if isinstance(each, int))
    frames, first = frames_of(model) or (None, False)
    if frames is None:
        return (colours, *sides)
    return (frames, colours, *sides) if first else (colours, frames, *sides)


def check_runs(name: str, model: nn.Module, shape: tuple[int, ...]) -> None:
    """Raise ValueError, with the reason as its cause, unless the forward of ``model`` takes one sample of ``shape``."""
    host, images = host_of(model), torch.zeros(1, *shape, device=next(model.parameters()).device)
    try:
        host.check_inputs(model, images)
        with torch.inference_mode():
            host.run(model, images)
    except Exception as reason:
        raise ValueError(f"{name} must take an input of {list(images.shape)}; it raised {_named(reason)}") from reason


def _named(reason: BaseException) -> str:
    return f"{type(reason).__name__}: {' '.join(str(reason).split())}"
