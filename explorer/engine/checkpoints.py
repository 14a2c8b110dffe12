"""Weights in files: an operator's folder of them, and how one is read without running or unpacking what it may hide."""

import os
import zipfile
from pathlib import Path

__all__ = ["ModelError", "checkpoints", "first_line", "operator_folder", "read_weights"]


class ModelError(ValueError):
    """A model cannot be had; the message is one sentence for the user."""


def checkpoints(folder: Path | None) -> dict[str, Path]:
    """Model keys of an operator's folder: ``<timm name>[.<tag>].safetensors`` or ``.pth`` → ``file:<name>``.

    A folder in it with a config.json and a model.safetensors, as transformers saves a model, is one, too.
    """
    if folder is None:
        return {}
    root = folder.resolve()
    # A regular file only: a pipe would never end, and a link to itself leads nowhere.
    files = [p for p in root.iterdir() if p.suffix in {".safetensors", ".pth"} and p.is_file()]
    folders = [p for p in root.iterdir() if all((p / name).is_file() for name in ("config.json", "model.safetensors"))]
    found = sorted(files + folders)
    return {f"file:{p.name}": p for p in found if p.resolve().is_relative_to(root)}


def operator_folder() -> Path | None:
    """Return the folder of checkpoints an operator named in TOME_EXPLORER_CHECKPOINTS, if it is there."""
    folder = os.environ.get("TOME_EXPLORER_CHECKPOINTS")
    return Path(folder) if folder and Path(folder).is_dir() else None


def read_weights(path: Path) -> dict:
    """Return the tensors of a file by name.  Nothing in it is run, and nothing that unpacks to far more than its size is read."""
    import torch
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            weights = load_file(path)
        else:
            _check_start(path)
            _check_archive(path)
            weights = torch.load(path, map_location="cpu", weights_only=True)
    except ModelError:
        raise
    except Exception as reason:  # on bad bytes torch and safetensors raise nearly anything
        raise ModelError(f"{path.name} could not be read as weights: {first_line(reason)}") from reason
    if not isinstance(weights, dict) or not weights:  # timm would take nothing for "ask the hub"
        raise ModelError(f"{path.name} holds no weights.")
    return weights


def _check_start(path: Path) -> None:
    """Refuse what torch never wrote: its reader took 15 s for 5 MB of brackets."""
    with path.open("rb") as file:
        start = file.read(2)
    if not start.startswith((b"PK", b"\x80")):  # a zip archive, or a pickle by itself as before torch 1.6
        raise ModelError(f"{path.name} could not be read as weights: it is no file of torch's.")


def _check_archive(path: Path) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > 2 * path.stat().st_size + 1_000_000:
                raise ModelError(f"{path.name} unpacks to far more than its size, so it was not read.")


def first_line(reason: BaseException) -> str:
    """Return what an exception says, short enough for a sentence."""
    return (str(reason).strip().splitlines() or [type(reason).__name__])[0][:160]
