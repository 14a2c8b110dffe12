"""Build clip and spectrogram models from a weight file, a folder saved by transformers, or random weights."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.engine.checkpoints import ModelError, first_line, read_weights
from explorer.engine.weights import SEED

__all__ = ["at_random", "config_of", "from_file", "from_folder", "timm_input"]

SMALL = {"hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 6, "intermediate_size": 1536}

Built = tuple[Any, Mapping[int, str]]
"""a model and its known class names by index"""


def from_file(name: str, path: Path) -> Built:
    """Build the model named by the prefix of the weight file's name."""
    from tome.models.build import create, load

    weights = read_weights(path)
    bias = weights.get("head.bias", weights.get("classifier.bias"))
    own = name.split(".")[0]
    classes = {} if bias is None else {"classes": len(bias)}
    return load(own, create(own, **classes), weights), {}


def from_folder(path: Path) -> Built:
    """Build the model from a folder that transformers or timm saved."""
    config = config_of(path)
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


def at_random(name: str) -> Built:
    """Build a model with random weights, the same in every session."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        if name == "ast_small":
            from tome.models.ast import ast

            return ast(**SMALL), {}
        if name == "vivit_small":
            import transformers

            config = transformers.VivitConfig(**SMALL, num_labels=400)
            return transformers.VivitForVideoClassification(config), {}
        from tome.models.build import create

        return create(name), {}


def _of_timm(config: Mapping[str, Any], weights: dict[str, Any]) -> Any:
    import timm

    if not timm.is_model(name := str(config["architecture"])):
        raise ValueError(f"there is no timm model called {name[:80]!r}")
    channels, *size = timm_input(config)
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


def timm_input(config: Mapping[str, Any]) -> tuple[int, ...]:
    """Return (channels, height, width) of a config that timm wrote; () for another."""
    given = config.get("pretrained_cfg", config)
    return tuple(given.get("input_size", ())) if "architecture" in config else ()


def config_of(folder: Path) -> dict[str, Any]:
    """Return the config.json of a folder; raise ModelError if it is missing or unreadable."""
    try:
        told = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError, RecursionError) as reason:
        raise ModelError(f"{folder.name} has no readable config.json.") from reason
    if not isinstance(told, dict):
        raise ModelError(f"{folder.name} has no readable config.json.")
    return told
