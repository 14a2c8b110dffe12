"""What arbitrary bytes and damaged headers do to readers of weights and of an operator's folder."""

import io
import json
import pickle
import struct
from pathlib import Path

import pytest
import sequence_models
import torch
from damage import anything
from hypothesis import given, settings
from hypothesis import strategies as some
from safetensors.torch import save

from explorer.engine import hub
from explorer.engine.checkpoints import ModelError, read_weights
from explorer.engine.media_models import kind_of_file
from explorer.engine.media_weights import from_folder
from tome.models.ast import ast
from tome.speech.whisper import load_whisper
from tome.text.sentences import load_sentences


def pickled() -> list[bytes]:
    """Weights as torch saves them, as an archive and, as before 1.6, as pickles one after another."""
    files = []
    for archive in (True, False):
        stream = io.BytesIO()
        torch.save({"a": torch.zeros(2), "b": torch.ones(1)}, stream, _use_new_zipfile_serialization=archive)
        files.append(stream.getvalue())
    return files


def headed(told: object) -> bytes:
    """A safetensors file with any header."""
    header = json.dumps(told).encode()
    return struct.pack("<Q", len(header)) + header + bytes(16)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TENSOR = some.fixed_dictionaries(
    {},
    optional={
        "dtype": some.sampled_from(["F32", "F16", "I64", "BOOL", "X"]) | JSON,
        "shape": some.lists(some.integers(-1, 2**63), max_size=3) | JSON,
        "data_offsets": some.lists(some.integers(0, 20), min_size=2, max_size=2) | JSON,
    },
)
HEADS = some.dictionaries(some.sampled_from(["a", "b", "__metadata__"]), TENSOR | JSON, max_size=3).map(headed)
WEIGHTS = [save({"a": torch.zeros(2, 3), "b": torch.ones(1, dtype=torch.float16)})]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("weights")


@settings(max_examples=150)
@given(content=anything(WEIGHTS) | HEADS)
def test_any_bytes_as_safetensors_are_read_or_refused(folder, content):
    _weights(folder / "a.safetensors", content)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@settings(max_examples=300)
@given(content=anything(pickled()))
def test_any_bytes_as_a_pth_file_are_read_or_refused(folder, content):
    _weights(folder / "a.pth", content)


def _weights(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        assert read_weights(path)
    except ModelError as refused:
        assert "\n" not in str(refused)
        assert "a." in str(refused)


DEEP = b"[" * 9_999
"""more brackets than Python follows"""
CONFIGS = JSON | some.fixed_dictionaries({"model_type": JSON}, optional={"architecture": JSON, "id2label": JSON})


@settings(max_examples=150)
@given(content=CONFIGS.map(lambda told: json.dumps(told).encode()) | some.binary(max_size=40) | some.just(DEEP))
def test_any_config_in_an_operators_folder_has_a_known_kind_or_none(folder, content):
    (folder / "config.json").write_bytes(content)
    assert kind_of_file(folder) in ("", "clip", "sound")


@pytest.mark.parametrize("content", [b"\x80\x02X\0\0", b"\x80\x02M\0"], ids=["a cut length", "a cut number"])
def test_a_pickle_that_ends_within_a_number_is_refused(folder, content):
    (folder / "a.pth").write_bytes(content)
    with pytest.raises(ModelError):
        read_weights(folder / "a.pth")


class Running:
    """What runs code where a pickle is read without care."""

    def __reduce__(self) -> tuple:
        return Path.touch, (Path("it-ran"),)


@pytest.mark.parametrize(
    ("name", "load"),
    [("AST, classes", ast), ("Whisper", load_whisper), ("BERT", load_sentences)],
    ids=["ast", "whisper", "sentences"],
)
def test_a_folder_of_transformers_is_read_from_safetensors_alone(name, load, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sequence_models.build(name).save_pretrained("model")
    (tmp_path / "model" / "model.safetensors").unlink()
    (tmp_path / "model" / "pytorch_model.bin").write_bytes(pickle.dumps(Running()))
    with pytest.raises(OSError, match="safetensors"):
        load(str(tmp_path / "model"))
    assert not Path("it-ran").exists()


def test_no_config_brings_code(tmp_path, monkeypatch):
    """A folder that names code of its own is read as its class says, and that code is not."""
    monkeypatch.chdir(tmp_path)
    sequence_models.build("AST, classes").save_pretrained("model")
    told = json.loads((tmp_path / "model" / "config.json").read_text())
    told |= {"auto_map": {"AutoModel": "code.Mine", "AutoConfig": "code.Mine"}, "_attn_implementation_internal": "a/b"}
    (tmp_path / "model" / "config.json").write_text(json.dumps(told))
    (tmp_path / "model" / "code.py").write_text("from pathlib import Path\nPath('it-ran').touch()\nclass Mine: pass\n")
    ast(str(tmp_path / "model"))
    from_folder(tmp_path / "model")
    assert not Path("it-ran").exists()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("EntryNotFoundError", "no such file of it"),
        ("RepositoryNotFoundError", "no such model, or gives it only after a login"),
        ("OSError", "answered with an error"),
    ],
)
def test_what_the_hub_lacks_is_told_apart(kind, said):
    assert said in str(hub._why(type(kind, (Exception,), {})()))
