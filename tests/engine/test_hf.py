"""Models by their id on the hub: only those on the operator's list, and with the numbers that transformers gives."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

import tome
from explorer.engine import hf, hub
from explorer.engine.forward import pixels
from explorer.engine.hf_weights import vision_class
from explorer.engine.models import ModelError, load
from explorer.measuring.paste import merging_code
from explorer.media.images import Picture
from explorer.media.views import fit
from explorer.shell.model_control import own_models

transformers = pytest.importorskip("transformers")
SIZES = {
    "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64, "image_size": 48,
    "patch_size": 8,
}  # fmt: skip
DINO = {name: value for name, value in SIZES.items() if name != "intermediate_size"} | {"mlp_ratio": 2}
TEXT = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
MODELS = {
    "vit": lambda: transformers.ViTForImageClassification(transformers.ViTConfig(**SIZES, num_labels=5)),
    "vit-bare": lambda: transformers.ViTModel(transformers.ViTConfig(**SIZES, hidden_act="gelu_new", qkv_bias=False)),
    "deit": lambda: transformers.DeiTForImageClassificationWithTeacher(transformers.DeiTConfig(**SIZES, num_labels=5)),
    "dinov2": lambda: transformers.Dinov2Model(transformers.Dinov2Config(**DINO)),
    "dinov2-reg": lambda: transformers.Dinov2WithRegistersModel(transformers.Dinov2WithRegistersConfig(**DINO)),
    "clip": lambda: transformers.CLIPModel(transformers.CLIPConfig(vision_config=SIZES, text_config=TEXT)),
    "clip-vision": lambda: transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**SIZES)),
    "siglip": lambda: transformers.SiglipModel(transformers.SiglipConfig(vision_config=SIZES, text_config=TEXT)),
    "siglip-vision": lambda: transformers.SiglipVisionModel(transformers.SiglipVisionConfig(**SIZES)),
}
STEPS = {
    "do_normalize": True, "image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4], "resample": 3,
    "size": {"shortest_edge": 64}, "do_center_crop": True, "crop_size": {"height": 48, "width": 48},
}  # fmt: skip


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A fake of the hub: it answers with files of random small models, and keeps what it was asked for."""
    asked = []

    def fake(repository: str, filename: str, progress) -> object:
        asked.append((repository, filename))
        path = tmp_path / repository / filename
        if not path.is_file():
            raise hub.NoSuchFile(f"{repository} was not loaded: {hub.NO_SUCH_FILE}.")
        return path

    def put(name: str, steps: dict = STEPS):
        folder = tmp_path / "lab" / name
        torch.manual_seed(0)
        model = MODELS[name]().eval()
        for parameter in model.parameters():  # zeros and ones would hide what is mixed up
            torch.nn.init.normal_(parameter, std=0.2)
        model.save_pretrained(folder)
        (folder / "preprocessor_config.json").write_text(json.dumps(steps))
        return model

    monkeypatch.setattr(hf, "download", fake)
    monkeypatch.setenv("TOME_EXPLORER_HF", ", ".join(f"lab/{name}" for name in MODELS))
    put.asked = asked
    put.folder = tmp_path / "lab"
    return put


def tokens_of(model, image: torch.Tensor) -> torch.Tensor:
    """The last tokens of transformers' own forward."""
    vision = getattr(model, "vision_model", model)
    base = getattr(vision, getattr(vision, "base_model_prefix", "") or "-", vision)
    return base(image).last_hidden_state


@pytest.mark.parametrize("name", MODELS)
def test_the_tokens_are_those_of_transformers(shelf, name):
    theirs = shelf(name)
    backbone = load(f"hf:lab/{name}")
    image = torch.randn(1, 3, 48, 48)
    with torch.inference_mode():
        expected = tokens_of(theirs, image)
        _, trace = tome.trace(backbone.model, image, tome.MergeConfig(r=0))
        if name.startswith("clip"):  # transformers norms the class token alone
            vision = getattr(theirs, "vision_model", theirs)
            expected = getattr(vision, "vision_model", vision).post_layernorm(expected)
    torch.testing.assert_close(trace.tokens, expected, atol=2e-4, rtol=1e-3)
    assert tome.trace(backbone.model, image, tome.MergeConfig(r=4))[1].tokens.shape[1] == expected.shape[1] - 12


@pytest.mark.parametrize("name", ["vit", "deit"])
def test_the_classes_are_those_of_transformers(shelf, name):
    theirs = shelf(name)
    backbone = load(f"hf:lab/{name}")
    image = torch.randn(1, 3, 48, 48)
    with torch.inference_mode():
        torch.testing.assert_close(backbone.model(image), theirs(image).logits, atol=2e-4, rtol=1e-3)
    assert backbone.classes == tuple(f"LABEL_{i}" for i in range(5))


def test_a_photo_is_prepared_as_the_models_own_configuration_says(shelf):
    shelf("vit")
    backbone = load("hf:lab/vit")
    assert (backbone.side, backbone.interpolation, backbone.weights) == (48, "bicubic", "hub")
    grey = Picture(np.full((60, 60, 3), 51, np.uint8), "grey", "grey", "")
    image = pixels(backbone, grey, fit(grey, 8, 36, "square"))
    for channel, (mean, std) in enumerate(zip(STEPS["image_mean"], STEPS["image_std"], strict=True)):
        assert image[0, channel].unique().tolist() == pytest.approx([(0.2 - mean) / std], abs=1e-5)


@pytest.mark.parametrize(
    ("steps", "side", "mean"),
    [
        ({"size": 64}, 64, (0.5,) * 3),
        ({"size": {"height": 32, "width": 32}, "do_normalize": False}, 32, (0.0,) * 3),
        ({"size": {"shortest_edge": 40}}, 40, (0.5,) * 3),
        ({}, 224, (0.5,) * 3),
    ],
)
def test_older_and_shorter_configurations_are_read_too(shelf, steps, side, mean):
    shelf("vit", steps)
    backbone = load("hf:lab/vit")
    assert (backbone.side, backbone.mean, backbone.interpolation) == (side, mean, "bilinear")


def test_a_model_that_is_not_on_the_list_is_not_asked_for(shelf, monkeypatch):
    shelf("vit")
    for key in ("hf:evil/vit", "hf:lab/../vit", "hf:", "hf:lab/vit,lab/deit"):
        with pytest.raises(ModelError, match="is not on the list of models that this server's operator allows"):
            load(key)
    monkeypatch.delenv("TOME_EXPLORER_HF")
    with pytest.raises(ModelError, match="not on the list"):
        load("hf:lab/vit")
    assert shelf.asked == []


def test_the_list_is_of_ids_alone(monkeypatch):
    monkeypatch.setenv("TOME_EXPLORER_HF", " google/vit-base-patch16-224,, no-owner ,../../etc/passwd,a/b/c,x y/z,o/n ")
    assert hf.allowed() == {"hf:google/vit-base-patch16-224": "google/vit-base-patch16-224", "hf:o/n": "o/n"}


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (
            "config.json",
            {"model_type": "swin"},
            r"lab/vit is not offered: its model_type 'swin' is not one of ViT, DeiT",
        ),
        ("config.json", {"hidden_act": "relu"}, r"lab/vit is not offered: its MLP \(relu\) is not supported"),
        ("config.json", {"hidden_size": 1 << 20}, r"The weights do not fit lab/vit: "),
        ("config.json", {"num_hidden_layers": 4}, r"The weights do not fit lab/vit: "),
        ("config.json", {"num_hidden_layers": "x"}, r"The weights do not fit lab/vit: "),
        ("preprocessor_config.json", {"rescale_factor": 1.0}, r"has an unsupported size or scale"),
        ("preprocessor_config.json", {"image_std": [1, 1, 0]}, r"has no image_mean and image_std for three colours"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(shelf, file, change, message):
    shelf("vit")
    path = shelf.folder / "vit" / file
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=message):
        load("hf:lab/vit")


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_missing_or_broken_file_is_named(shelf, file):
    shelf("vit")
    path = shelf.folder / "vit" / file
    path.write_text("[")
    with pytest.raises(ModelError, match=file):
        load("hf:lab/vit")
    path.unlink()
    missing = "it has no weights as safetensors or .bin" if file == "model.safetensors" else hub.NO_SUCH_FILE
    with pytest.raises(ModelError, match=rf"lab/vit .*: {missing}"):
        load("hf:lab/vit")


def test_weights_in_several_files_or_as_pickles_are_the_same(shelf):
    from safetensors.torch import load_file, save_file

    shelf("vit")
    expected = load("hf:lab/vit").model.state_dict()
    whole = shelf.folder / "vit" / "model.safetensors"
    weights = load_file(whole)
    whole.unlink()

    def alike() -> bool:
        found = load("hf:lab/vit").model.state_dict()
        return found.keys() == expected.keys() and all(torch.equal(found[name], expected[name]) for name in expected)

    parts = {
        f"model-0000{i + 1}-of-00002.safetensors": names
        for i, names in enumerate((sorted(weights)[::2], sorted(weights)[1::2]))
    }
    for file, names in parts.items():
        save_file({name: weights[name] for name in names}, whole.parent / file)
    index = whole.with_name("model.safetensors.index.json")
    index.write_text(json.dumps({"weight_map": {name: file for file, names in parts.items() for name in names}}))
    assert alike()
    for path in [index, *map(whole.with_name, parts)]:
        path.unlink()
    torch.save(weights, whole.with_name("pytorch_model.bin"))
    assert alike()


@pytest.mark.parametrize(
    "files",
    [
        {},
        [],
        {"a": "../vit/model.safetensors"},
        {"a": ".bin"},
        {"a": "config.json"},
        {str(i): f"{i}.bin" for i in range(65)},
    ],
)
def test_an_index_that_names_no_files_of_weights_is_refused(shelf, files):
    shelf("vit")
    (shelf.folder / "vit" / "model.safetensors").unlink()
    (shelf.folder / "vit" / "model.safetensors.index.json").write_text(json.dumps({"weight_map": files}))
    with pytest.raises(ModelError, match=r"lab/vit .*its model.safetensors.index.json names no files of weights"):
        load("hf:lab/vit")
    assert {file for _, file in shelf.asked} == {
        "config.json", "preprocessor_config.json", "model.safetensors", "model.safetensors.index.json",
    }  # fmt: skip


def test_weights_with_nan_are_refused(shelf):
    from safetensors.torch import load_file, save_file

    shelf("vit")
    path = shelf.folder / "vit" / "model.safetensors"
    weights = load_file(path)
    weights["vit.layernorm.weight"][0] = float("nan")
    save_file(weights, path)
    with pytest.raises(ModelError, match="contain NaN or infinity"):
        load("hf:lab/vit")


def test_any_shape_of_photo_can_be_run(shelf):
    shelf("dinov2-reg")
    backbone = load("hf:lab/dinov2-reg")
    assert replace(backbone, key="").any_shape
    _, trace = tome.trace(backbone.model, torch.randn(1, 3, 40, 64), tome.MergeConfig(r=2))
    assert trace.n_in == 5 * 8 + 5


@pytest.mark.parametrize("name", ["vit", "clip", "siglip"])
def test_the_code_to_paste_merges_the_same_model(shelf, monkeypatch, name):
    shelf(name)
    monkeypatch.chdir(shelf.folder.parent)  # lab/vit is a folder there
    seen, backbone = {"images": torch.randn(1, 3, 48, 48)}, load(f"hf:lab/{name}")
    code = merging_code(f"hf:lab/{name}", 48, 4, vision_class(backbone.model))
    with torch.no_grad():
        exec(code, seen)
        _, trace = tome.trace(backbone.model, seen["images"], tome.MergeConfig(r=4))
    assert (
        tome.trace(seen["model"], seen["images"], tome.MergeConfig(r=4))[1].source().tolist() == trace.source().tolist()
    )


def test_the_list_stands_in_the_choice_of_photos_alone(monkeypatch):
    monkeypatch.setenv("TOME_EXPLORER_HF", "lab/vit")
    assert own_models("")["hf:lab/vit"] == "lab/vit"
    assert "hf:lab/vit" not in own_models("clip") | own_models("sound")
