"""Models of clips and of spectrograms: VideoMAE, MAE-ST, ViViT, AudioMAE and AST, by file, folder, hub or chance."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.core.checkpoints import ModelError, first_line, read_weights
from explorer.core.guard import short_of_memory
from explorer.core.hub import HubUnreachable, download

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
"""model key → what the menu says; any ``hub:owner/name`` works too"""

SMALL = {"hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 6, "intermediate_size": 1536}
KINDS = {"videomae": "clip", "vivit": "clip", "audio-spectrogram-transformer": "sound"}
"""model_type of transformers → what such a model takes"""
STARTS = {"videomae_": "clip", "mae_st_": "clip", "audiomae_": "sound"}
"""what the name of a file of weights begins with → what its model takes; tome.models.build has the same names"""


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
    """frames of a token"""
    side: int
    patch: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    channels_first: bool
    """whether it takes [B, 3, frames, H, W], else [B, frames, 3, H, W]"""
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


def is_media(key: str) -> bool:
    """Return whether ``key`` names a model of clips or of spectrograms."""
    name = key.partition(":")[2]
    return key.startswith("hub:") or key in CLIPS | SOUNDS or bool(kind_of_name(name))


def kind_of_name(name: str) -> str:
    """Return what the model called ``name`` takes: "clip", "sound", or "" for pictures."""
    return next((kind for start, kind in STARTS.items() if name.startswith(start)), "")


def kind_of_file(path: Path) -> str:
    """Return the same of a file of weights, or of a folder as transformers saves it."""
    if not path.is_dir():
        return kind_of_name(path.name)
    try:
        return KINDS.get(_config(path)["model_type"], "")
    except (ModelError, KeyError):
        return ""


def load_media(key: str, path: Path | None, progress: Callable[[str], None]) -> VideoModel | SoundModel:
    """Build the model ``key``; ``path`` is the operator's file or folder of one that is called ``file:…``.

    Raises ModelError with one sentence for everything that can go wrong.
    """
    source, _, name = key.partition(":")
    label = (CLIPS | SOUNDS).get(key, name).split(" · ")[0]
    if source == "hub":
        path = _from_hub(name, progress)
    if path and (why := short_of_memory(2 * _size(path))):
        raise ModelError(f"{name} was not loaded. {why}")
    progress(f"Building {label}")
    try:
        model, names = _random(name) if path is None else _of_folder(path) if path.is_dir() else _of_file(name, path)
    except ModelError:
        raise
    except ImportError as reason:
        raise ModelError(f"{name} needs a package that is not installed here: {first_line(reason)}.") from reason
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError, OSError) as reason:
        raise ModelError(f"The weights do not fit {name}: {first_line(reason)}") from reason
    if not all(parameter.isfinite().all() for parameter in model.parameters()):
        raise ModelError(f"The weights for {name} hold NaN or infinity.")
    return _described(key, label, model.float().eval().requires_grad_(False), source, names)


def _from_hub(name: str, progress: Callable[[str], None]) -> Path:
    try:
        folder = download(name, "config.json", progress).parent
        if _kind(_config(folder)) is None:
            raise ModelError(
                f"{name} is not offered: it is no VideoMAE, ViViT, AST or Vision Transformer on spectrograms."
            )
        download(name, "model.safetensors", progress)
    except HubUnreachable as reason:
        raise ModelError(f"{name} was not loaded: {reason}.") from reason
    return folder


def _config(folder: Path) -> dict[str, Any]:
    try:
        told = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError) as reason:
        raise ModelError(f"{folder.name} has no config.json that can be read.") from reason
    if not isinstance(told, dict):
        raise ModelError(f"{folder.name} has no config.json that can be read.")
    return told


def _kind(config: Mapping[str, Any]) -> str | None:
    return KINDS.get(config.get("model_type", "")) or ("sound" if _timm_input(config)[:1] == (1,) else None)


def _timm_input(config: Mapping[str, Any]) -> tuple[int, ...]:
    """Return (channels, height, width) of a config that timm wrote; () for another."""
    given = config.get("pretrained_cfg", config)
    return tuple(given.get("input_size", ())) if "architecture" in config else ()


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in (path.glob("*.safetensors") if path.is_dir() else [path]))


def _of_file(name: str, path: Path) -> tuple[Any, Mapping[int, str]]:
    from tome.models.build import create, load

    weights = read_weights(path)
    bias = weights.get("head.bias", weights.get("classifier.bias"))
    own = name.split(".")[0]
    classes = {} if bias is None else {"classes": len(bias)}
    return load(own, create(own, **classes), weights), {}


def _of_folder(path: Path) -> tuple[Any, Mapping[int, str]]:
    config = _config(path)
    names = {int(index): str(label) for index, label in config.get("id2label", {}).items()}
    if "architecture" in config:
        return _of_timm(config, read_weights(path / "model.safetensors")), dict(
            enumerate(config.get("label_names", ()))
        )
    if config.get("model_type") == "videomae":
        return _videomae(config, read_weights(path / "model.safetensors"), len(names) or 2), names
    import transformers
    from safetensors import SafetensorError

    kinds = {"vivit": "VivitForVideoClassification", "audio-spectrogram-transformer": "ASTForAudioClassification"}
    kind = getattr(transformers, kinds[config["model_type"]])
    try:
        model, found = kind.from_pretrained(path, local_files_only=True, use_safetensors=True, output_loading_info=True)
    except SafetensorError as reason:
        raise ValueError(first_line(reason)) from reason
    if missing := sorted(found["missing_keys"]):
        raise ValueError(f"they lack {missing[0]}, and {len(missing) - 1} others")
    return model, names


def _of_timm(config: Mapping[str, Any], weights: dict[str, Any]) -> Any:
    import timm

    if not timm.is_model(name := str(config["architecture"])):
        raise ValueError(f"there is no timm model called {name[:80]!r}")
    channels, *size = _timm_input(config)
    options = {key: config[key] for key in ("num_classes", "global_pool") if key in config}
    model = timm.create_model(name, in_chans=channels, img_size=tuple(size), **options)
    model.load_state_dict(weights)
    return model


def _videomae(config: Mapping[str, Any], weights: dict[str, Any], classes: int) -> Any:
    """Return a VideoMAE of transformers in timm's format, which reads the older files, too."""
    from tome.models.videomae import load_videomae, videomae

    if not config.get("use_mean_pooling", True):
        raise ValueError("its head must read the mean of the tubelets")
    names = {"hidden_size": "embed_dim", "num_hidden_layers": "depth", "num_attention_heads": "num_heads",
             "patch_size": "patch_size", "num_channels": "in_chans"}  # fmt: skip
    sizes = {ours: config[theirs] for theirs, ours in names.items() if theirs in config}
    if {"intermediate_size", "hidden_size"} <= config.keys():
        sizes["mlp_ratio"] = config["intermediate_size"] / config["hidden_size"]
    shape = {ours: config[theirs] for theirs, ours in
             {"num_frames": "frames", "image_size": "image_size", "tubelet_size": "tubelet"}.items()
             if theirs in config}  # fmt: skip
    return load_videomae(videomae("vit_base", classes=classes, **shape, **sizes), weights)


def _random(name: str) -> tuple[Any, Mapping[int, str]]:
    import torch

    with torch.random.fork_rng(devices=[]):  # random weights are the same in every session
        torch.manual_seed(0)
        if kind_of_name(name):
            from tome.models.build import create

            return create(name), {}
        if name == "ast_small":
            from tome.models.ast import ast

            return ast(**SMALL), {}
        import transformers

        return transformers.VivitForVideoClassification(transformers.VivitConfig(**SMALL, num_labels=400)), {}


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
