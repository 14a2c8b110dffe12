"""Models of transformers by their id on the model hub, where the operator allows them: TOME_EXPLORER_HF."""

import json
import os
import re
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from explorer.engine.checkpoints import ModelError, NoRoom, NotOffered, ServerFault, first_line, read_weights
from explorer.engine.hub import NoSuchFile, download
from explorer.memory.guard import Busy, room_for

__all__ = ["START", "allowed", "is_id", "load_listed"]

START = "hf:"
VARIABLE = "TOME_EXPLORER_HF"
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_PART = re.compile(r"\w[\w.-]{0,95}\.(safetensors|bin)")
MOST_PARTS = 64
RESAMPLING = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}
"""Pillow's constants, which preprocessor configurations use"""


def allowed() -> dict[str, str]:
    """Return key and id of the models on the operator's list: ``hf:owner/name``.  Invalid ids are skipped."""
    listed = [name.strip() for name in os.environ.get(VARIABLE, "").split(",")]
    return {START + name: name for name in listed if is_id(name)}


def is_id(name: str) -> bool:
    """Return whether ``name`` may be the id of a model on the hub: owner/name."""
    return bool(_ID.fullmatch(name)) and len(name) <= 100


def load_listed(key: str, progress: Callable[[str], None]) -> tuple[str, Any, list[Path], dict[str, Any]]:
    """Return id, model, files of weights and preprocessing of the listed model ``key``: from the hub's cache, or the network.

    Raises ModelError with one sentence, without a request if the model is not on the list.
    """
    name = allowed().get(key)
    if name is None:
        raise NotOffered(
            f"{key.removeprefix(START)[:80]!r} is not on the list of models that this server's operator allows."
        )
    try:
        config, steps = (_json(download(name, file, progress)) for file in ("config.json", "preprocessor_config.json"))
        preprocessing = _preprocessing(steps)
        _check(config)
        paths = _weights(name, progress)
    except (NoSuchFile, ServerFault):
        raise
    except ModelError as reason:
        raise NotOffered(f"{name} is not offered: {reason}.") from reason
    progress(f"Building {name}")
    model = _model(name, config, paths)
    labels = {int(index): str(label) for index, label in dict(config.get("id2label") or {}).items()}
    classes = tuple(labels.get(index, f"class {index}") for index in range(model.num_classes))
    return name, model, paths, {**preprocessing, "classes": classes}


def _weights(name: str, progress: Callable[[str], None]) -> list[Path]:
    """Return the files of the model's weights: safetensors before pickles, one file before several."""
    for whole in ("model.safetensors", "pytorch_model.bin"):
        with suppress(NoSuchFile):
            return [download(name, whole, progress)]
        with suppress(NoSuchFile):
            return [download(name, part, progress) for part in _parts(download(name, f"{whole}.index.json", progress))]
    raise ModelError("it has no weights as safetensors or .bin")


def _parts(index: Path) -> list[str]:
    """Return the files that an index of weights names."""
    files = _json(index).get("weight_map")
    parts = sorted({str(file) for file in files.values()}) if isinstance(files, dict) else []
    if not 0 < len(parts) <= MOST_PARTS or not all(_PART.fullmatch(part) for part in parts):
        raise ModelError(f"its {index.name} names no files of weights")
    return parts


def _model(name: str, config: Mapping[str, Any], paths: Sequence[Path]) -> Any:
    from explorer.engine.hf_weights import built
    from tome.hosts.registry import host_of

    try:
        with room_for(2 * sum(path.stat().st_size for path in paths)):
            model = built(config, dict(ChainMap(*map(read_weights, paths))))
            host_of(model).check(model)
    except Busy as short:
        raise NoRoom(f"{name} was not loaded. {short}") from None
    except ModelError as reason:
        raise NotOffered(f"{name} is not offered: {first_line(reason).rstrip('.')}.") from reason
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as reason:
        raise ModelError(f"The weights do not fit {name}: {first_line(reason)}") from reason
    return model


def _json(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ModelError(f"its {path.name} is not a JSON object")
    return told


def _check(config: Mapping[str, Any]) -> None:
    from explorer.engine.hf_weights import FAMILIES, family_of

    if family_of(config) is None:
        kinds = ", ".join(dict.fromkeys(FAMILIES.values()))
        raise ModelError(f"its model_type {str(config.get('model_type'))[:40]!r} is not one of {kinds}")


def _preprocessing(steps: Mapping[str, Any]) -> dict[str, Any]:
    """Return side, mean, standard deviation and interpolation as a preprocessor's configuration states them."""
    size = steps.get("crop_size") if steps.get("do_center_crop") else None
    size = size or steps.get("size") or 224
    side = (
        next((size[name] for name in ("height", "shortest_edge") if name in size), None)
        if isinstance(size, dict)
        else size
    )
    scale = steps.get("rescale_factor", 1 / 255) if steps.get("do_rescale", True) else None
    if not isinstance(side, int) or scale is None or abs(scale * 255 - 1) > 1e-3:
        raise ModelError("its preprocessor_config.json has an unsupported size or scale")
    mean, std = ((0.0,) * 3, (1.0,) * 3)
    if steps.get("do_normalize", True):
        mean, std = (tuple(map(float, steps.get(name, (0.5,) * 3))) for name in ("image_mean", "image_std"))
    if len(mean) != 3 or len(std) != 3 or not all(std):
        raise ModelError("its preprocessor_config.json has no image_mean and image_std for three colours")
    return {
        "side": side,
        "mean": mean,
        "std": std,
        "interpolation": RESAMPLING.get(steps.get("resample", 2), "bilinear"),
    }
