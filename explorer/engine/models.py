"""The models on offer and the sources of their weights: embedded, the hub, an operator's folder, or random."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from explorer.engine.checkpoints import ModelError, NoRoom, NotOffered, checkpoints, first_line, read_weights
from explorer.engine.hf import START, load_listed
from explorer.engine.hub import download
from explorer.engine.media_models import SoundModel, VideoModel, is_media, load_media
from explorer.engine.packaged import PACKAGED, Packaged, load_packaged
from explorer.engine.shapes import empty, flexible, published
from explorer.engine.weights import SEED, digest_of
from explorer.locale.language import mark
from explorer.memory.guard import Busy, room_for, short_of_memory

__all__ = ["CURATED", "EMBEDDED", "Backbone", "ModelError", "describe", "load", "outline"]

EMBEDDED = "dinov2_embedded"
WEIGHTS = Path(__file__).parents[1] / "weights" / "dinov2_vit_small_patch14.safetensors"
CURATED = {
    EMBEDDED: "DINOv2 ViT-S/14",
    "vit_small_patch16_224.augreg_in1k": "AugReg ViT-S/16 · download",
    "vit_base_patch16_224.augreg2_in21k_ft_in1k": "AugReg ViT-B/16 · download",
    "vit_large_patch16_224.augreg_in21k_ft_in1k": "AugReg ViT-L/16 · download",
    "deit_small_patch16_224.fb_in1k": "DeiT-S/16 · download",
    "deit3_small_patch16_224.fb_in1k": "DeiT III-S/16 · download",
    "vit_base_patch16_224.mae": "MAE ViT-B/16 · download",
    "vit_small_patch14_reg4_dinov2.lvd142m": "DINOv2 ViT-S/14 + registers · download",
}
"""Model key → what the menu says.  Any other timm name works too."""
NOTES = (mark("{name} · download"), mark("{name} · random weights"))
"""suffixes of menu labels, here and in media_models"""

_LOADING = threading.Lock()  # timm's loader changes a process-global list of safe classes: parallel loads failed


@dataclass(frozen=True, eq=False)
class Backbone:
    """A loaded ViT with its own preprocessing.  Shared by all sessions and never modified."""

    key: str
    label: str
    model: object
    patch: int
    side: int
    """pixels of a side in training"""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    weights: str
    """embedded, hub, file, random or none"""
    classes: tuple[str, ...]
    """class names of the head; empty without a head"""
    any_shape: bool
    """whether the model takes the whole photo at its own aspect ratio"""
    digest: str = ""
    """first digits of the SHA-256 of the file of weights; of random ones none"""


Model = Backbone | Packaged | VideoModel | SoundModel


def load(key: str, folder: Path | None = None, progress: Callable[[str], None] = lambda text: None) -> Model:
    """Build the model ``key``: EMBEDDED, a timm name, ``random:<timm name>``, or a key of ``checkpoints(folder)``.

    ``hf:owner/name`` is a model of transformers on the operator's list: see ``hf``.  Models of sounds, texts and clips have keys of their own: see ``packaged`` and ``media_models``.

    Raises ModelError with one sentence for every failure.
    """
    if key in PACKAGED:
        return load_packaged(key, progress)
    if key.startswith(START):
        return _listed(key, progress)
    if is_media(key):
        return load_media(key, _own_file(key, folder) if key.startswith("file:") else None, progress)
    if key == EMBEDDED:
        if not WEIGHTS.is_file():
            raise ModelError("The embedded weights are missing; install the package again.")
        return _build(key, "vit_small_patch14_dinov2", "DINOv2 ViT-S/14", "embedded", progress, WEIGHTS)
    if key.startswith("file:"):
        path = _own_file(key, folder)
        if path.is_dir():
            return load_media(key, path, progress)
        return _build(key, path.name.split(".")[0], path.name, "file", progress, path)
    name = key.removeprefix("random:")
    label = CURATED.get(name, name).removesuffix(" · download")
    return _build(key, name, label, "random" if key.startswith("random:") else "hub", progress)


def _listed(key: str, progress: Callable[[str], None]) -> Backbone:
    name, model, paths, preprocessing = load_listed(key, progress)
    if not all(parameter.isfinite().all() for parameter in model.parameters()):
        raise ModelError(f"The weights for {name} contain NaN or infinity.")
    model = model.float().eval().requires_grad_(False)
    patch = model.patch_embed.patch_size[0]
    return Backbone(key, name, model, patch, weights="hub", any_shape=True, digest=digest_of(*paths), **preprocessing)


def _own_file(key: str, folder: Path | None) -> Path:
    path = checkpoints(folder).get(key)
    if path is None:
        raise NotOffered(f"There is no checkpoint {key[5:60]!r} in the operator's folder.")
    return path


def _build(
    key: str, name: str, label: str, weights: str, progress: Callable[[str], None], path: Path | None = None
) -> Backbone:
    with _LOADING:
        count = sum(parameter.numel() for parameter in empty(name).parameters())
    size = 4 * count * (1 if weights == "random" else 3)  # the file's content, timm's copy and the model
    if why := short_of_memory(size):
        raise NoRoom(f"{name} was not loaded. {why}")
    if weights == "hub":
        path = _from_hub(name, progress)  # outside the lock: a hub that does not answer blocks no other load
    progress(f"Building {label}")
    try:
        with _LOADING, room_for(size):
            model = _created(name, None if path is None else read_weights(path))
    except Busy as short:
        raise NoRoom(f"{name} was not loaded. {short}") from None
    if not all(parameter.isfinite().all() for parameter in model.parameters()):
        raise ModelError(f"The weights for {name} contain NaN or infinity.")
    digest = "" if path is None else digest_of(path)
    return describe(key, label, model.float().eval().requires_grad_(False), weights, digest)


def _created(name: str, weights: dict | None):
    import timm
    import torch

    options = {"pretrained": True, "pretrained_cfg_overlay": {"state_dict": weights}} if weights is not None else {}
    try:
        with torch.random.fork_rng(devices=[]):  # reproducible random weights, with the process's RNG untouched
            torch.manual_seed(SEED)
            model = timm.create_model(name, **flexible(name), **options)
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as reason:
        raise ModelError(f"The weights do not fit {name}: {first_line(reason)}") from reason
    model.pretrained_cfg.pop("state_dict", None)  # timm's copy would live as long as the model
    return model


def outline(key: str) -> Backbone | None:
    """Return the model ``key`` without its weights, for its shapes; None if timm does not know them."""
    name = key[5:].split(".")[0] if key.startswith("file:") else key.removeprefix("random:")
    try:
        with _LOADING:
            model = empty(name)
    except ModelError:
        return None
    return describe(key, CURATED.get(name, name).removesuffix(" · download"), model.eval(), "none")


def _from_hub(name: str, progress: Callable[[str], None]) -> Path:
    config = published(name)
    if config is None:
        raise NotOffered(f"timm has no pretrained weights for {name}; choose random weights to see the architecture.")
    return download(config.hf_hub_id, config.hf_hub_filename or "model.safetensors", progress, name)


def describe(key: str, label: str, model, weights: str, digest: str = "") -> Backbone:
    """Return the backbone of a ViT of timm, with the preprocessing that its configuration states."""
    config = model.pretrained_cfg
    side = model.patch_embed.img_size[0] if model.patch_embed.img_size else config["input_size"][-1]
    return Backbone(
        key=key,
        label=label,
        model=model,
        patch=model.patch_embed.patch_size[0],
        side=side,
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        interpolation=config["interpolation"],
        weights=weights,
        classes=_class_names(model),
        any_shape=bool(getattr(model, "dynamic_img_size", False)),
        digest=digest,
    )


@cache
def _imagenet() -> object:
    from timm.data import ImageNetInfo

    return ImageNetInfo()


def _class_names(model) -> tuple[str, ...]:
    count = getattr(model, "num_classes", 0)
    if count == 1000:
        return tuple(_imagenet().index_to_description(i).split(",")[0] for i in range(count))
    return tuple(f"class {i}" for i in range(count))
