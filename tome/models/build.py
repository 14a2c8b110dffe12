"""Models by name: timm's, the same on clips, and those that are only named here."""

from functools import partial
from typing import Any

import timm
from torch import nn

from tome.models.audiomae import audiomae
from tome.models.mae_st import mae_st
from tome.models.tubelet import TubeletEmbed
from tome.models.videomae import videomae

__all__ = ["create"]

_CLIPS = {"mae_st_": mae_st, "videomae_": videomae}
_SOUNDS = {"audiomae_": audiomae}


def create(
    name: str,
    *,
    image_size: int | tuple[int, int] | None = None,
    frames: int | None = None,
    tubelet: int = 2,
    in_chans: int | None = None,
    **options: Any,
) -> nn.Module:
    """Return a model with random weights: timm's ``name``, or ``mae_st_``, ``videomae_`` or ``audiomae_`` and a size.

    A size is one of ``vit_base`` and the like.  ``frames`` makes timm's ViT a model of clips, of tubelets of
    ``tubelet`` frames.  ``image_size`` is a side or (height, width), None for the model's own.  ``options`` go to
    timm.
    """
    given: dict[str, Any] = {} if in_chans is None else {"in_chans": in_chans}
    for prefix, clips in _CLIPS.items():
        if name.startswith(prefix):
            return clips(
                name.removeprefix(prefix),
                frames=frames or 16,
                image_size=image_size or 224,
                tubelet=tubelet,
                **given,
                **options,
            )
    for prefix, sounds in _SOUNDS.items():
        if name.startswith(prefix):
            if frames is not None:
                raise ValueError(f"frames must not be given for {name}, a model of spectrograms; got {frames}")
            return sounds(name.removeprefix(prefix), image_size=image_size or (1024, 128), **given, **options)
    if image_size is not None:
        given["img_size"] = image_size
    if frames is not None:
        given["embed_layer"] = partial(TubeletEmbed, frames=frames, tubelet=tubelet)
    return timm.create_model(name, **given, **options)
