"""Weight files: listing an operator's folder, and reading a file without executing or unpacking hostile content."""

import os
import zipfile
from pathlib import Path

__all__ = [
    "DiskFull", "HubUnreachable", "ModelError", "NoRoom", "NotOffered", "ServerFault", "checkpoints", "first_line",
    "operator_folder", "read_weights",
]  # fmt: skip


class ModelError(ValueError):
    """A model cannot be loaded; the message is one sentence for the user."""


class NotOffered(ModelError):
    """The choice itself is wrong, so that no second try helps."""


class ServerFault(ModelError):
    """The server cannot load the model at the moment; another name would be of no help."""


class NoRoom(ServerFault):
    """There is no memory for the model."""


class HubUnreachable(ServerFault):
    """The model hub does not answer, or with an error of its own."""


class DiskFull(ServerFault):
    """The weights cannot be stored."""


def checkpoints(folder: Path | None) -> dict[str, Path]:
    """Model keys of an operator's folder: ``<timm name>[.<tag>].safetensors`` or ``.pth`` → ``file:<name>``.

    A subfolder with config.json and model.safetensors, as transformers saves a model, counts as a checkpoint too.
    """
    if folder is None:
        return {}
    root = folder.resolve()
    # Regular files only: reading a pipe would block, and a symbolic link may point to itself.
    files = [p for p in root.iterdir() if p.suffix in {".safetensors", ".pth"} and p.is_file()]
    folders = [p for p in root.iterdir() if all((p / name).is_file() for name in ("config.json", "model.safetensors"))]
    found = sorted(files + folders)
    return {f"file:{p.name}": p for p in found if p.resolve().is_relative_to(root)}


def operator_folder() -> Path | None:
    """Return the folder of checkpoints an operator named in TOME_EXPLORER_CHECKPOINTS, if it is there."""
    folder = os.environ.get("TOME_EXPLORER_CHECKPOINTS")
    return Path(folder) if folder and Path(folder).is_dir() else None


def read_weights(path: Path) -> dict:
    """Return the tensors of a file by name.  Executes nothing in the file and rejects decompression bombs."""
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
    except Exception as reason:  # torch and safetensors raise almost any exception on corrupt data
        raise ModelError(f"{path.name} could not be read as weights: {first_line(reason)}") from reason
    if not isinstance(weights, dict) or not weights:  # timm would download from the hub instead
        raise ModelError(f"{path.name} contains no weights.")
    return weights


def _check_start(path: Path) -> None:
    """Refuse content that torch never writes: its reader took 15 s for 5 MB of brackets."""
    with path.open("rb") as file:
        start = file.read(2)
    if not start.startswith((b"PK", b"\x80")):  # a zip archive, or a bare pickle from before torch 1.6
        raise ModelError(f"{path.name} could not be read as weights: it is not a PyTorch file.")


def _check_archive(path: Path) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > 2 * path.stat().st_size + 1_000_000:
                raise ModelError(f"{path.name} unpacks to far more than its size, so it was not read.")


def first_line(reason: BaseException) -> str:
    """Return the first line of an exception's message, short enough for a sentence."""
    return (str(reason).strip().splitlines() or [type(reason).__name__])[0][:160]
