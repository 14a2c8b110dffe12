"""Clip and spectrogram models: VideoMAE, MAE-ST, ViViT, AudioMAE and AST, from file, folder, hub or random weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.engine.checkpoints import ModelError, NoRoom, first_line
from explorer.engine.hub import download
from explorer.engine.media_weights import at_random, config_of, from_file, from_folder, timm_input
from explorer.engine.weights import digest_of
from explorer.memory.guard import Busy, room_for

if TYPE_CHECKING:
    from tome.models.spectrograms import Layout

__all__ = ["CLIPS", "SOUNDS", "SoundModel", "VideoModel", "is_media", "kind_of_file", "load_media"]

CLIPS = {
    "random:videomae_vit_small": "VideoMAE ViT-S · random weights",
    "random:vivit_small": "ViViT, small · random weights",
    "hub:MCG-NJU/videomae-small-finetuned-kinetics": "VideoMAE ViT-S, Kinetics · download",
    "hub:MCG-NJU/videomae-base-finetuned-kinetics": "VideoMAE ViT-B, Kinetics · download",
    "hub:google/vivit-b-16x2-kinetics400": "ViViT-B, Kinetics · download",
}
SOUNDS = {
    "random:audiomae_vit_small": "AudioMAE ViT-S · random weights",
    "random:ast_small": "AST, small · random weights",
    "hub:gaunernst/vit_base_patch16_1024_128.audiomae_as2m_ft_as20k": "AudioMAE ViT-B, AudioSet · download",
    "hub:MIT/ast-finetuned-audioset-10-10-0.4593": "AST, AudioSet · download",
}
"""model key → menu label; any ``hub:owner/name`` works too"""

KINDS = {"videomae": "clip", "vivit": "clip", "audio-spectrogram-transformer": "sound"}
"""model_type of transformers → kind of input"""
STARTS = {"videomae_": "clip", "mae_st_": "clip", "audiomae_": "sound"}
"""prefix of a weight file's name → kind of input; tome.models.build uses the same names"""


@dataclass(frozen=True, eq=False)
class VideoModel:
    """A model of clips.  Shared by all sessions and never modified."""

    key: str
    label: str
    model: Any
    weights: str
    """hub, file or random"""
    classes: tuple[str, ...]
    frames: int
    tubelet: int
    """frames per token"""
    side: int
    patch: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    channels_first: bool
    """input layout: [B, 3, frames, H, W] if true, else [B, frames, 3, H, W]"""
    digest: str = ""
    """first digits of the SHA-256 of the file of weights; of random ones none"""
    interpolation: str = "bicubic"


@dataclass(frozen=True, eq=False)
class SoundModel:
    """A model of spectrograms that scores classes.  Shared by all sessions and never modified."""

    key: str
    label: str
    model: Any
    weights: str
    classes: tuple[str, ...]
    layout: "Layout"
    digest: str = ""


def is_media(key: str) -> bool:
    """Return whether ``key`` names a model of clips or of spectrograms."""
    name = key.partition(":")[2]
    return key.startswith("hub:") or key in CLIPS | SOUNDS or bool(kind_of_name(name))


def kind_of_name(name: str) -> str:
    """Return the input kind of the model ``name``: "clip", "sound", or "" for pictures."""
    return next((kind for start, kind in STARTS.items() if name.startswith(start)), "")


def kind_of_file(path: Path) -> str:
    """Return the same of a file of weights, or of a folder as transformers saves it."""
    if not path.is_dir():
        return kind_of_name(path.name)
    try:
        return KINDS.get(str(config_of(path).get("model_type")), "")
    except ModelError:
        return ""


def load_media(key: str, path: Path | None, progress: Callable[[str], None]) -> VideoModel | SoundModel:
    """Build the model ``key``; ``path`` is the operator's file or folder for keys ``file:…``.

    Raises ModelError with one sentence for every failure.
    """
    source, _, name = key.partition(":")
    label = (CLIPS | SOUNDS).get(key, name).split(" · ")[0]
    if source == "hub":
        path = _from_hub(name, progress)
    progress(f"Building {label}")
    try:
        with room_for(2 * (_random_size(name) if path is None else _size(path))):
            model, names = (
                at_random(name) if path is None else from_folder(path) if path.is_dir() else from_file(name, path)
            )
    except ModelError:
        raise
    except Busy as short:
        raise NoRoom(f"{name} was not loaded. {short}") from None
    except ImportError as reason:
        raise ModelError(f"{name} needs a package that is not installed here: {first_line(reason)}.") from reason
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError, OSError) as reason:
        raise ModelError(f"The weights do not fit {name}: {first_line(reason)}") from reason
    if not all(parameter.isfinite().all() for parameter in model.parameters()):
        raise ModelError(f"The weights for {name} contain NaN or infinity.")
    digest = "" if path is None else digest_of(path / "model.safetensors" if path.is_dir() else path)
    return replace(_described(key, label, model.float().eval().requires_grad_(False), source, names), digest=digest)


def _from_hub(name: str, progress: Callable[[str], None]) -> Path:
    folder = download(name, "config.json", progress).parent
    if _kind(config_of(folder)) is None:
        raise ModelError(
            f"{name} is not offered: it is not a VideoMAE, ViViT, AST or Vision Transformer on spectrograms."
        )
    download(name, "model.safetensors", progress)
    return folder


def _kind(config: Mapping[str, Any]) -> str | None:
    return KINDS.get(str(config.get("model_type"))) or ("sound" if timm_input(config)[:1] == (1,) else None)


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in (path.glob("*.safetensors") if path.is_dir() else [path]))


def _random_size(name: str) -> int:
    """Return the approximate size in bytes of a randomly initialised model's parameters."""
    from tome.models.sizes import SIZES

    size = next((size for each, size in SIZES.items() if name.endswith(each)), SIZES["vit_small"])
    return 4 * 12 * size["depth"] * size["embed_dim"] ** 2


def _described(key: str, label: str, model: Any, weights: str, names: Mapping[int, str]) -> VideoModel | SoundModel:
    from tome.hosts.registry import host_of
    from tome.models.build import normalisation
    from tome.models.spectrograms import class_count, layout_of

    classes = tuple(names.get(index, f"class {index}") for index in range(class_count(model)))
    embed = getattr(model, "patch_embed", None)
    if getattr(embed, "frames", None):
        mean, std = normalisation(key.partition(":")[2], model)
        side, patch = embed.img_size[0], embed.patch_size[0]
        return VideoModel(
            key, label, model, weights, classes, embed.frames, embed.tubelet, side, patch, mean, std, True
        )
    if getattr(getattr(model, "config", None), "model_type", "") == "vivit":
        config = model.config
        tubelet, patch, _ = config.tubelet_size
        half = (0.5,) * 3
        host_of(model).check(model)
        return VideoModel(
            key, label, model, weights, classes, config.num_frames, tubelet, config.image_size, patch, half, half, False
        )
    return SoundModel(key, label, model, weights, classes, layout_of(model))
