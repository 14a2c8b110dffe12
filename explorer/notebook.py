"""The viewer in a notebook cell.

from explorer.notebook import view
view("embedded", "dog", r=13)
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

import tome
from explorer.engine.forward import pixels
from explorer.engine.models import Backbone, describe, load
from explorer.engine.task import Task
from explorer.export.standalone import web_page
from explorer.media import clips, photos, sounds, texts
from explorer.media.files import File
from explorer.media.images import Picture
from explorer.media.images import load as load_picture
from explorer.media.views import fit
from explorer.memory.shelf import Shelf
from explorer.records import build
from explorer.records.clips import source as clip_source
from explorer.records.query import Query
from explorer.records.service import model_key
from tome.config import of_paper

__all__ = ["Cell", "view"]

CLIPS = {f".{kind}" for kind in clips.FORMATS if kind != "gif"}


@dataclass(frozen=True, eq=False)
class Cell:
    """A view that shows itself in a notebook, and stays in the saved notebook: it needs no kernel and no network."""

    page: str
    """the whole HTML page"""
    record: Mapping[str, Any]
    """what the page draws, as ``GET /api/v1/record`` has it"""
    height: int = 760
    """pixels of the cell's output"""

    def save(self, path: str | Path) -> Path:
        """Write the page to ``path``, and return it."""
        target = Path(path)
        target.write_text(self.page, encoding="utf-8")
        return target

    def __repr__(self) -> str:
        return f"{self.record['name']}: {self.record['caption']}"

    def _repr_html_(self) -> str:
        # A sandboxed frame: the page's script cannot access the notebook.
        return (
            f'<iframe title="{escape(repr(self))}" sandbox="allow-scripts allow-downloads" '
            f'style="width:100%;height:{self.height}px;border:0" srcdoc="{escape(self.page)}"></iframe>'
        )


def view(
    model: str | nn.Module,
    image: str | Path | bytes | Image.Image | np.ndarray,
    r: Any = 16,
    *,
    size: int = 224,
    crop: str = "whole",
    layer: int | None = None,
    frames: int = 6,
    attention: str = "framewise",
    height: int = 760,
    **choices: Any,
) -> Cell:
    """Return the interactive view of ``image`` under merging, as the app draws it.

    ``model`` is a ViT of timm, or a name: "embedded", a timm name, "random:<timm name>".  ``image`` is a path, a sample
    ("dog", "bunny"), bytes of a file, a PIL image or an array [H, W, 3], of integers from 0 to 255 or of floats from 0
    to 1, as Matplotlib and scikit-image have them; a path or sample of a clip gives its
    ``frames`` with a cursor for time, under ``attention``.  ``choices`` are fields of ``tome.MergeConfig``; MAE models have no proportional
    attention by default, as in the paper.  ``size``
    and ``crop`` ("whole" or "square") count where the model takes any size.  Without ``layer`` the view plays once.

    Raises TypeError for what is no ViT of timm or no picture and for an unknown choice, ValueError for a choice or a value of
    a pixel that is not allowed, FileNotFoundError for a name that is neither a file's nor a sample's.

    Examples:
        >>> view("random:test_vit", "dog", r=8, layer=3)
        dog: test_vit · 224 px · r = 8
    """
    _check(image, choices)
    backbone = _backbone(model)
    config = tome.MergeConfig(**{**of_paper(_name(model)), "r": r, **choices})
    if isinstance(image, str | Path) and (str(image) in clips.SAMPLES or Path(image).suffix.lower() in CLIPS):
        record = _clip(backbone, image, config, size, frames, attention)
    else:
        record = _photo(backbone, _picture(image), config, size, crop)
    return Cell(web_page(record, **({} if layer is None else {"layer": layer})), record, height)


def _check(image: Any, choices: Mapping[str, Any]) -> None:
    """Refuse unknown choices, files that are not there, and sounds and texts."""
    known = [each.name for each in fields(tome.MergeConfig)]
    if unknown := choices.keys() - set(known):
        rule = f"size, crop, layer, frames, attention, height or a field of MergeConfig: {', '.join(known)}"
        raise TypeError(f"a setting of view must be {rule}; got {min(unknown)!r}")
    seen = [*photos.samples(), *clips.SAMPLES]
    if not isinstance(image, str | Path) or str(image) in seen:
        return
    for kind, samples, endings in (("sound", sounds.SAMPLES, sounds.FORMATS), ("text", texts.SAMPLES, ("txt",))):
        if str(image) in samples or Path(image).suffix.lower().removeprefix(".") in endings:
            raise TypeError(
                f"image must be a photo or a clip; {str(image)!r} is a {kind}: tome-explorer export takes it"
            )
    if not Path(image).exists():
        raise FileNotFoundError(f"image must be a file or one of the samples {', '.join(seen)}; got {str(image)!r}")


def _backbone(model: str | nn.Module) -> Backbone:
    if isinstance(model, str):
        return load(model_key(model))
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a name or a ViT of timm; got {type(model).__name__}")
    if not (hasattr(model, "pretrained_cfg") and hasattr(model, "patch_embed")):
        raise TypeError(f"model must be a ViT of timm; {type(model).__name__} states no patches and no preprocessing")
    return describe("notebook", model.pretrained_cfg.get("architecture") or type(model).__name__, model, "notebook")


def _name(model: str | nn.Module) -> str:
    """Return the name that timm has for the weights of ``model``."""
    if isinstance(model, str):
        return model
    return ".".join(model.pretrained_cfg.get(part) or "" for part in ("architecture", "tag"))


def _picture(image: Any) -> Picture:
    if isinstance(image, str) and image in photos.samples():
        return photos.sample(image)
    if isinstance(image, str | Path):
        return load_picture(Path(image).read_bytes(), Path(image).name)
    if isinstance(image, bytes):
        return load_picture(image)
    if isinstance(image, np.ndarray):
        image = Image.fromarray(_bytes(image))
    if not isinstance(image, Image.Image):
        raise TypeError(f"image must be a path, bytes, a PIL image or an array; got {type(image).__name__}")
    stream = BytesIO()
    image.save(stream, "PNG")
    return load_picture(stream.getvalue())


def _bytes(image: np.ndarray) -> np.ndarray:
    """Return an array as uint8: integers from 0 to 255 as they are, floats from 0 to 1 as shares of 255."""
    if image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,), (4,)) or not image.size:
        raise ValueError(f"image as an array must be [H, W], [H, W, 3] or [H, W, 4]; got shape {image.shape}")
    most = {"f": 1, "i": 255, "u": 255}.get(image.dtype.kind)
    if most is None:
        raise TypeError(f"image as an array must be of integers or floats; got {image.dtype}")
    low, high = image.min(), image.max()
    if not 0 <= low <= high <= most:
        rule = "floats from 0 to 1" if most == 1 else "integers from 0 to 255"
        raise ValueError(f"image as an array must hold {rule}; got {image.dtype} from {low:g} to {high:g}")
    return (image * (255 / most)).round().astype(np.uint8)


def _photo(backbone: Backbone, picture: Picture, config: tome.MergeConfig, size: int, crop: Any) -> build.Json:
    size, crop = (size, crop) if backbone.any_shape else (backbone.side, "square")
    seen = fit(picture, backbone.patch, (size // backbone.patch) ** 2, crop)
    with torch.inference_mode():
        _, trace = tome.trace(backbone.model, pixels(backbone, picture, seen), config)
    words = build.caption([backbone.label, f"{size} px"], config)
    return build.record(build.photo_part(picture, seen), trace, words)


def _clip(
    backbone: Backbone, clip: str | Path, config: tome.MergeConfig, size: int, frames: int, attention: Any
) -> build.Json:
    name = str(clip)
    file = clips.FILES.named(name) if name in clips.SAMPLES else File.of(Path(clip).read_bytes(), Path(clip).name)
    clips.FILES.hold(file)
    asked = Query(
        clip=name if name in clips.SAMPLES else file.digest,
        size=size,
        frames=frames,
        attention=attention,
        algorithm=config.algorithm,
    )
    source = clip_source(backbone, asked)
    record = source.record(config, Shelf(megabytes=8), Task(name)).model_dump(mode="json")
    return {
        **record,
        "picture": {**record["picture"], "src": build.DATA + b64encode(clips.sheet(source.clip)).decode()},
    }
