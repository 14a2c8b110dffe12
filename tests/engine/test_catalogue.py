"""The catalogue: the embedded model, the hub (a fake of its answers), an operator's folder, random weights."""

import csv
import io
import os
import pickle
import time
import zipfile
from pathlib import Path

import corpus
import pytest
import timm
import torch
from safetensors.torch import save, save_file

from explorer.engine import hub, models
from explorer.engine.checkpoints import NotOffered, checkpoints, read_weights
from explorer.engine.models import EMBEDDED, ModelError, load
from explorer.engine.shapes import names


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(1)
    return timm.create_model("test_vit")


@pytest.fixture
def folder(tmp_path, tiny):
    save_file(tiny.state_dict(), tmp_path / "test_vit.mine.safetensors")
    return tmp_path


def test_the_embedded_model_loads_with_its_own_preprocessing():
    backbone = load(EMBEDDED)
    assert (backbone.patch, backbone.side, backbone.weights, backbone.any_shape) == (14, 518, "embedded", True)
    assert backbone.mean == pytest.approx((0.485, 0.456, 0.406))
    assert not backbone.model.training
    assert not any(p.requires_grad for p in backbone.model.parameters())


def test_weights_from_the_hub_are_those_that_were_downloaded(monkeypatch, tmp_path, tiny):
    save_file(tiny.state_dict(), tmp_path / "model.safetensors")
    asked = []

    def fake(repository, filename, progress, *_):
        asked.append((repository, filename))
        progress("Downloading 50 % of 1 MB")
        return tmp_path / "model.safetensors"

    monkeypatch.setattr(models, "download", fake)
    heard = []
    backbone = load("test_vit.r160_in1k", progress=heard.append)
    assert asked == [("timm/test_vit.r160_in1k", "model.safetensors")]
    assert "Downloading 50 % of 1 MB" in heard
    assert backbone.weights == "hub"
    assert len(backbone.classes) == 1000
    torch.testing.assert_close(backbone.model.state_dict(), tiny.state_dict())


def test_without_network_one_sentence_says_so(monkeypatch):
    def unreachable(*_, **__):
        raise OSError("no route")

    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr(hub.socket, "create_connection", unreachable)
    with pytest.raises(ModelError, match=r"^test_vit.r160_in1k was not loaded: the model hub cannot be reached"):
        load("test_vit.r160_in1k")


def test_a_cached_file_needs_no_network(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: str(tmp_path / "kept"))
    monkeypatch.setattr(hub.socket, "create_connection", lambda *_, **__: pytest.fail("asked the network"))
    assert hub.download("timm/x", "model.safetensors", print) == tmp_path / "kept"


def test_an_error_of_the_hub_is_one_sentence(monkeypatch):
    class Closed:
        def close(self):
            pass

    def broken(*_, **__):
        raise OSError("500")

    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", broken)
    monkeypatch.setattr(hub.socket, "create_connection", lambda *_, **__: Closed())
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with pytest.raises(hub.HubUnreachable, match="answered with an error"):
        hub.download("timm/x", "model.safetensors", lambda text: None)


def test_the_download_tells_how_far_it_is():
    heard = []
    bar = hub._reporter(heard.append)(total=200_000_000)
    bar.update(50_000_000)
    bar.close()
    assert heard == ["Downloading 25 % of 200 MB"]


def test_an_operators_checkpoint_is_loaded_exactly(folder, tiny):
    (key,) = checkpoints(folder)
    backbone = load(key, folder)
    assert backbone.weights == "file"
    torch.testing.assert_close(backbone.model.state_dict(), tiny.state_dict())


def test_a_pth_file_is_read_as_weights_only(folder, tiny):
    torch.save(tiny.state_dict(), folder / "test_vit.old.pth")
    backbone = load("file:test_vit.old.pth", folder)
    torch.testing.assert_close(backbone.model.state_dict(), tiny.state_dict())


class Bomb:
    def __reduce__(self):
        return (Path("code_ran").touch, ())


def test_a_pickle_never_runs(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "test_vit.evil.pth").write_bytes(pickle.dumps(Bomb(), protocol=2))
    with pytest.raises(ModelError, match="could not be read as weights"):
        load("file:test_vit.evil.pth", folder)
    assert not (folder / "code_ran").exists()


def test_a_zip_bomb_is_refused_unread(folder):
    with zipfile.ZipFile(folder / "test_vit.bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(30_000_000))
    with pytest.raises(ModelError, match="far more than its size"):
        load("file:test_vit.bomb.pth", folder)


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"\xff" * 8 + b"{}", b"not weights"])
def test_a_damaged_file_is_refused_in_a_sentence(folder, content):
    (folder / "test_vit.bad.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=r"test_vit.bad.safetensors could not be read as weights"):
        load("file:test_vit.bad.safetensors", folder)


def test_weights_of_another_model_are_refused(folder):
    save_file({"one": torch.ones(2)}, folder / "test_vit.other.safetensors")
    with pytest.raises(ModelError, match="do not fit test_vit"):
        load("file:test_vit.other.safetensors", folder)


def test_weights_with_nan_are_refused(folder, tiny):
    broken = {**tiny.state_dict(), "norm.weight": torch.full_like(tiny.norm.weight, float("nan"))}
    save_file(broken, folder / "test_vit.nan.safetensors")
    with pytest.raises(ModelError, match="NaN or infinity"):
        load("file:test_vit.nan.safetensors", folder)


def test_a_link_out_of_the_folder_is_not_offered(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "test_vit.secret.safetensors"
    outside.write_bytes(b"x")
    (folder / "test_vit.link.safetensors").symlink_to(outside)
    assert "file:test_vit.link.safetensors" not in checkpoints(folder)


@pytest.mark.parametrize("kind", ["link to itself", "link to nothing", "pipe", "folder"])
def test_only_regular_files_of_the_folder_are_offered(folder, kind):
    path = folder / "test_vit.odd.safetensors"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path if kind == "link to itself" else folder / "absent")
    assert list(checkpoints(folder)) == ["file:test_vit.mine.safetensors"]


@pytest.mark.parametrize("start", [b"", b"(", b"\x80\x02(", b"\x80\x02.", b"\x80\x02q\x00", b"PK\3\4"])
def test_bytes_that_torch_never_wrote_are_refused_at_once(folder, start):
    (folder / "test_vit.odd.pth").write_bytes(start + start[-1:] * (5_000_000 if start == b"(" else 1_000))
    begun = time.process_time()
    with pytest.raises(ModelError, match=r"test_vit\.odd\.pth could not be read as weights"):
        load("file:test_vit.odd.pth", folder)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "name",
    ["hf-hub:timm/vit", "local-dir:/etc", "../../etc/passwd", "https://x/y", "no_such_vit", "", "a" * 300, "vit\x00"],
)
def test_what_is_not_a_timm_name_is_refused(name):
    with pytest.raises(ModelError, match="There is no timm model called"):
        load(name)


def test_a_name_of_the_hub_is_told_where_such_models_are():
    with pytest.raises(ModelError, match="Models of the Hugging Face hub are in the list of models"):
        load("facebook/deit-small-patch16-224")


def test_a_file_key_cannot_leave_the_folder(folder):
    with pytest.raises(ModelError, match="no checkpoint"):
        load("file:../test_vit.safetensors", folder)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("random:resnet18", "resnet18 cannot be merged: ResNet is none of the families of Vision Transformers that"),
        ("swin_tiny_patch4_window7_224", "cannot be merged: it attends within windows of a regular grid"),
        ("vit_pwee_patch16_reg1_gap_256", "cannot be merged: attention and MLP run side by side on the same tokens"),
        ("vit_smal_patch16_224", "no timm model called 'vit_smal_patch16_224'. Similar names: vit_small_patch16_224, "),
        (
            "ViT-Small-Patch16-224",
            "no timm model called 'ViT-Small-Patch16-224'. Similar names: vit_small_patch16_224,",
        ),
        ("test_vit.in1k", "timm has no weights 'in1k' for test_vit, but these: r160_in1k."),
    ],
)
def test_a_wrong_name_is_answered_in_the_readers_words_without_the_network(monkeypatch, name, said):
    monkeypatch.setattr(models, "download", lambda *_: pytest.fail("asked the hub"))
    with pytest.raises(NotOffered) as reason:
        load(name)
    assert said in str(reason.value)
    assert "host" not in str(reason.value)


def test_the_names_on_offer_are_those_of_the_documented_survey():
    with (Path(__file__).parents[2] / "docs" / "models" / "timm.csv").open() as file:
        assert names() == sorted(row["name"] for row in csv.DictReader(file) if row["answer"] == "accepted")


def test_random_weights_are_the_same_in_every_session():
    one, two = load("random:test_vit"), load("random:test_vit")
    assert one.weights == "random"
    torch.testing.assert_close(one.model.state_dict(), two.model.state_dict())


@pytest.fixture(scope="module")
def small_weights():
    """A file of each kind, by its suffix."""
    weights = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(4)}
    stream = io.BytesIO()
    torch.save(weights, stream)
    return {".safetensors": save(weights), ".pth": stream.getvalue()}


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_damaged_weights_are_read_as_tensors_or_refused_in_a_sentence(suffix, small_weights, tmp_path):
    path, refused = tmp_path / f"test_vit{suffix}", 0
    for content in corpus.mutants(0, 600, [small_weights[suffix]]):
        path.write_bytes(content)
        try:
            assert read_weights(path)
        except ModelError as reason:
            assert "\n" not in str(reason)
            refused += 1
    assert 100 < refused < 600


def test_nothing_lets_a_model_bring_code_of_its_own():
    root = Path(__file__).parents[2]
    sources = [path for room in ("tome", "explorer", "pages") for path in (root / room).rglob("*.py")]
    assert len(sources) > 200
    assert [path.name for path in sources if "trust_remote_code" in path.read_text()] == []
    unsafe = [
        path.name
        for path in sources
        if "torch.load(" in path.read_text() and "weights_only=True" not in path.read_text()
    ]
    assert unsafe == []
