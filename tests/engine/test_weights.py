"""Captions and tables say which weights a model has."""

from hashlib import sha256
from types import SimpleNamespace

import pytest

from explorer.engine.models import EMBEDDED, WEIGHTS, load
from explorer.engine.weights import digest_of, weights_of, weights_said


def model(weights: str, digest: str = "") -> SimpleNamespace:
    return SimpleNamespace(label="m", weights=weights, digest=digest)


def test_a_file_is_named_by_the_first_eight_digits_of_its_sha_256(tmp_path):
    one, other = tmp_path / "a", tmp_path / "b"
    one.write_bytes(b"one")
    other.write_bytes(b"other")
    assert digest_of(one) == sha256(b"one").hexdigest()[:8]
    assert len({digest_of(one), digest_of(other), digest_of(one, other), digest_of(other, one)}) == 4
    assert digest_of() == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (model("embedded", "1a2b3c4d"), "embedded weights, SHA-256 1a2b3c4d…"),
        (model("random"), "random weights, seed 0"),
        (model("notebook"), "notebook weights"),
    ],
)
def test_a_caption_says_which_weights(given, said):
    assert weights_said(weights_of(given)) == said
    assert weights_said({}) == ""


def test_a_loaded_model_knows_its_file_and_a_random_one_has_none():
    assert weights_of(load(EMBEDDED))["weights_sha256"] == sha256(WEIGHTS.read_bytes()).hexdigest()[:8]
    assert weights_of(load("random:test_vit")) == {"weights": "random, seed 0", "weights_sha256": ""}


def test_the_weights_of_an_operators_file_are_told_apart(tmp_path):
    import timm
    from safetensors.torch import save_file

    for tag in ("a", "b"):  # random, unlike each other
        save_file(timm.create_model("test_vit").state_dict(), tmp_path / f"test_vit.{tag}.safetensors")
    one, other = (weights_of(load(f"file:test_vit.{tag}.safetensors", tmp_path)) for tag in ("a", "b"))
    assert one["weights"] == other["weights"] == "file"
    assert one["weights_sha256"] != other["weights_sha256"]
