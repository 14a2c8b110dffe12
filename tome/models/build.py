"""Models by name: timm's, timm's on clips, and those of this package."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import timm
from timm.data import resolve_model_data_config
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from tome.models.audiomae import audiomae
from tome.models.mae_st import load_mae_st, mae_st
from tome.models.tubelet import TubeletEmbed
from tome.models.videomae import load_videomae, videomae

__all__ = ["NAMED", "create", "load", "named", "normalisation"]

NAMED: dict[str, Callable[..., VisionTransformer]] = {"mae_st_": mae_st, "videomae_": videomae, "audiomae_": audiomae}
"""prefix of a name, before the size → builder of the model"""


def named(name: str) -> str | None:
    """Return the prefix of ``name`` if it is a model of this package, a key of NAMED; else an empty text."""
    return next((start for start in NAMED if name.startswith(start)), None)


def create(
    name: str,
    *,
    image_size: int | tuple[int, int] | None = None,
    frames: int | None = None,
    tubelet: int | None = None,
    in_chans: int | None = None,
    **options: Any,
) -> nn.Module:
    """Return a model with random weights: timm's ``name``, or ``mae_st_``, ``videomae_`` or ``audiomae_`` and a size.

    A size is one of ``tome.models.sizes``, such as vit_base.  ``frames`` turns timm's ViT into a model of
    clips, with tubelets of ``tubelet`` frames, 2 if None.  ``image_size`` is a side or (height, width), None for the model's own.
    ``options`` go to the model's own constructor.  Raises ValueError for ``frames`` of a model that takes no tubelets.
    """
    clip = {"frames": frames, "tubelet": tubelet}
    start = named(name)
    if start is not None:
        given = _given(image_size=image_size, in_chans=in_chans, **clip)
        if start == "audiomae_" and (frames or tubelet):
            raise ValueError(f"frames must not be given for {name}, a model of spectrograms; got {frames or tubelet}")
        return NAMED[start](name.removeprefix(start), **given, **options)
    if frames is not None:
        options["embed_layer"] = partial(TubeletEmbed, **_given(**clip))
    try:
        return timm.create_model(name, **_given(img_size=image_size, in_chans=in_chans), **options)
    except TypeError as reason:
        if frames is None:
            raise
        raise ValueError(
            f"frames must be given for a ViT of timm with a fixed image size only; {name} is none"
        ) from reason


def load(name: str, model: VisionTransformer, weights: Mapping[str, Tensor]) -> VisionTransformer:
    """Load ``weights``, in their authors' naming or timm's, into ``model``, created by ``create(name)``.

    Raises RuntimeError, naming the keys, for weights that are missing, left over or of another size.
    """
    loaders = {"mae_st_": load_mae_st, "videomae_": load_videomae}
    loader = loaders.get(named(name) or "")
    if loader is None or "blocks.0.attn.qkv.weight" in weights:
        model.load_state_dict(weights)
        return model
    return loader(model, weights)


def normalisation(name: str, model: nn.Module) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of the input channels in the training of ``name``."""
    if named(name) == "mae_st_":
        return (0.45,) * 3, (0.225,) * 3
    shape = resolve_model_data_config(model)  # type: ignore[no-untyped-call]
    return tuple(shape["mean"]), tuple(shape["std"])


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
