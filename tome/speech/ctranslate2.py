"""Convert Whisper weights from CTranslate2's format to transformers."""

import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor

__all__ = ["read_variables", "whisper_state"]

_KINDS: dict[int, type[np.generic]] = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_LARGEST = 2**32


def read_variables(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Return the variables of a ``model.bin`` of version 6 by name.

    Raises ValueError for another version or number format, or a truncated file.
    """
    with path.open("rb") as file:
        try:
            (version,) = struct.unpack("<I", file.read(4))
            if version != 6:
                raise ValueError(f"{path.name} must be a CTranslate2 model of version 6; it is of version {version}")
            _text(file), file.read(4)  # the kind of model and its revision
            (count,) = struct.unpack("<I", file.read(4))
            return dict(_variable(file, path) for _ in range(count))
        except (struct.error, UnicodeDecodeError) as reason:
            raise ValueError(f"{path.name} is no CTranslate2 model, or is cut short") from reason


def whisper_state(variables: dict[str, np.ndarray[Any, Any]]) -> dict[str, Tensor]:
    """Return the weights under the names of transformers' WhisperForConditionalGeneration, in float32.

    Whisper's keys have no bias: it must be 0 and is left out; raises ValueError otherwise.
    """
    given = {name: torch.from_numpy(value.astype(np.float32)) for name, value in variables.items() if value.ndim}
    state: dict[str, Tensor] = {}
    for side in ("encoder", "decoder"):
        state |= {f"model.{side}.embed_positions.weight": given[f"{side}/position_encodings/encodings"]}
        state |= _norm(f"model.{side}.layer_norm", given, f"{side}/layer_norm")
        layer = 0
        while f"{side}/layer_{layer}/ffn/linear_0/weight" in given:
            state |= _layer(f"model.{side}.layers.{layer}", given, f"{side}/layer_{layer}", side == "decoder")
            layer += 1
    for number in (1, 2):
        for kind in ("weight", "bias"):
            state[f"model.encoder.conv{number}.{kind}"] = given[f"encoder/conv{number}/{kind}"]
    state["model.decoder.embed_tokens.weight"] = state["proj_out.weight"] = given["decoder/embeddings/weight"]
    return state


def _layer(ours: str, given: dict[str, Tensor], theirs: str, decoder: bool) -> dict[str, Tensor]:
    state = _norm(f"{ours}.self_attn_layer_norm", given, f"{theirs}/self_attention/layer_norm")
    state |= _attention(f"{ours}.self_attn", given, f"{theirs}/self_attention", ("q", "k", "v"), 0)
    if decoder:
        state |= _norm(f"{ours}.encoder_attn_layer_norm", given, f"{theirs}/attention/layer_norm")
        state |= _attention(f"{ours}.encoder_attn", given, f"{theirs}/attention", ("q",), 0)
        state |= _attention(f"{ours}.encoder_attn", given, f"{theirs}/attention", ("k", "v"), 1)
    state |= _norm(f"{ours}.final_layer_norm", given, f"{theirs}/ffn/layer_norm")
    for number in (0, 1):
        for kind in ("weight", "bias"):
            state[f"{ours}.fc{number + 1}.{kind}"] = given[f"{theirs}/ffn/linear_{number}/{kind}"]
    return state


def _attention(
    ours: str, given: dict[str, Tensor], theirs: str, parts: tuple[str, ...], first: int
) -> dict[str, Tensor]:
    """Return the joint projections of ``linear_<first>``, and the output projection after it."""
    state: dict[str, Tensor] = {}
    for kind in ("weight", "bias"):
        joined = given[f"{theirs}/linear_{first}/{kind}"].chunk(len(parts))
        state |= {f"{ours}.{part}_proj.{kind}": value for part, value in zip(parts, joined, strict=True)}
        if "v" in parts:
            state[f"{ours}.out_proj.{kind}"] = given[f"{theirs}/linear_{first + 1}/{kind}"]
    if (bias := state.pop(f"{ours}.k_proj.bias", None)) is not None and bool(bias.any()):
        raise ValueError(f"{theirs} has a bias of its keys, which Whisper does not have")
    return state


def _norm(ours: str, given: dict[str, Tensor], theirs: str) -> dict[str, Tensor]:
    return {f"{ours}.weight": given[f"{theirs}/gamma"], f"{ours}.bias": given[f"{theirs}/beta"]}


def _text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<H", file.read(2))
    return file.read(length).rstrip(b"\0").decode()


def _variable(file: BinaryIO, path: Path) -> tuple[str, np.ndarray[Any, Any]]:
    name = _text(file)
    (rank,) = struct.unpack("<B", file.read(1))
    shape = struct.unpack(f"<{rank}I", file.read(4 * rank))
    kind, size = struct.unpack("<BI", file.read(5))
    if kind not in _KINDS:
        raise ValueError(f"{path.name} must hold float32, float16 or integers; {name} is of kind {kind}")
    content = file.read(size)
    dtype = np.dtype(_KINDS[kind])
    if len(content) != size or dtype.itemsize * int(np.prod(shape, dtype=np.int64)) != size or size >= _LARGEST:
        raise ValueError(f"{path.name} is cut short: {name} holds {len(content)} bytes")
    return name, np.frombuffer(content, dtype).reshape(shape)
