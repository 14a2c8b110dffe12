"""A model by name, with random weights, timm's pretrained ones, or a file's."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import timm
import torch
from timm.models import load_state_dict
from torch import nn

from tome.lab.boundary import sentence
from tome.models.ast import PUBLISHED, ast
from tome.models.build import create, load, named

__all__ = ["build"]


def build(
    name: str,
    image_size: int | tuple[int, int] | None = None,
    *,
    weights: Path | str | None = None,
    pretrained: bool = False,
    seed: int = 0,
    frames: int | None = None,
    tubelet: int | None = None,
    in_chans: int | None = None,
) -> nn.Module:
    """Return the model ``name`` of ``tome.models.build``, in evaluation mode, for ``image_size`` pixels.

    ``image_size`` is a side, or height and width; ``frames`` of them make a clip, of tubelets of ``tubelet`` frames.
    ``weights`` is a .safetensors or .pth file with timm's keys, or those of a model of clips; ``pretrained`` takes
    timm's own from the hub; position embeddings of pictures are resampled to the size.  A file decides the number of
    classes.  With neither, weights are random by ``seed``.  The name ``ast`` is transformers' AST, and its ``weights`` are a folder.  Raises ValueError if
    there is no such model, if it takes no image size, or if the file holds no weights.
    """
    if weights and pretrained:
        raise ValueError(f"weights must be a file or pretrained, not both; got {weights} and pretrained=True")
    shape: dict[str, Any] = {"image_size": image_size, "frames": frames, "tubelet": tubelet, "in_chans": in_chans}
    if name == "ast":
        return _ast(shape, weights, pretrained, seed)
    if named(name):
        if pretrained:
            raise ValueError(f"pretrained must be False for {name}: its weights come from a file of your own")
        with _seeded(seed):
            return _named(name, shape, Path(weights) if weights else None)
    if ":" not in name and not timm.is_model(name):  # with a colon, timm asks the hub or a folder
        raise ValueError(f"There is no timm model called {name!r}.")
    options = _from_file(name, _read(Path(weights))) if weights else {}
    with _seeded(seed):
        try:
            return create(name, **shape, pretrained=bool(weights) or pretrained, **options).eval()
        except TypeError as reason:
            raise ValueError(f"{name} must take an image size, as Vision Transformers do ({reason})") from reason


def _from_file(name: str, weights: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Return the options with which timm creates ``name`` with ``weights``, and with as many classes as they have."""
    config = timm.get_pretrained_cfg(name) if ":" not in name else None
    heads = (config.classifier if config else None) or ()
    head = weights.get(f"{heads if isinstance(heads, str) else next(iter(heads), '')}.weight")
    classes = {} if head is None else {"num_classes": len(head)}
    return {"pretrained_cfg_overlay": {"state_dict": weights, **classes}, **classes}


def _ast(shape: dict[str, Any], weights: Path | str | None, pretrained: bool, seed: int) -> nn.Module:
    with _seeded(seed):
        model = ast(PUBLISHED if pretrained else weights)
    own: Any = model.config
    given = {name: value for name, value in shape.items() if value is not None}
    if given.pop("image_size", (own.max_length, own.num_mel_bins)) != (own.max_length, own.num_mel_bins) or given:
        raise ValueError(
            f"image_size must be {own.max_length}x{own.num_mel_bins} for ast, without frames, tubelet and in_chans"
        )
    return model


def _named(name: str, shape: dict[str, Any], path: Path | None) -> nn.Module:
    if path is None:
        return create(name, **shape)
    weights = _read(path)
    bias = weights.get("head.bias", weights.get("classifier.bias"))
    classes = {} if bias is None else {"classes": len(bias)}
    return load(name, create(name, **shape, **classes), weights)  # type: ignore[arg-type]


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _read(path: Path) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "There is no such file", str(path))
    try:
        return load_state_dict(str(path))
    except OSError:
        raise
    except Exception as reason:
        raise ValueError(f"{path} could not be read as weights: {sentence(reason)}") from reason
