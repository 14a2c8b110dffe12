"""Models of clips and spectrograms in the app: by file, folder, hub (a fake of its answers) or chance."""

import json
from base64 import b64decode

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

pytest.importorskip("av")
pytest.importorskip("transformers")

import transformers as tf

import tome
from explorer.engine import media_models
from explorer.engine.checkpoints import ModelError, checkpoints
from explorer.engine.hub import NO_SUCH_FILE, NoSuchFile
from explorer.engine.media_models import CLIPS, SOUNDS, STARTS, SoundModel, VideoModel, is_media, kind_of_file
from explorer.engine.models import load
from explorer.engine.task import Task
from explorer.memory.shelf import Shelf
from explorer.records import sound_classes, tubelets
from explorer.records.errors import BadQuery
from explorer.records.query import Query
from tome.models.audiomae import audiomae
from tome.models.build import NAMED
from tome.models.videomae import videomae

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
CLIP = SMALL | {"image_size": 32, "num_frames": 8}
NAMES = {index: f"thing {index}" for index in range(7)}
LABELS = {"num_labels": 7, "id2label": NAMES}
MODELS = {
    "videomae": lambda: tf.VideoMAEForVideoClassification(tf.VideoMAEConfig(**CLIP, **LABELS)),
    "vivit": lambda: tf.VivitForVideoClassification(tf.VivitConfig(**CLIP, **LABELS, tubelet_size=[2, 16, 16])),
    "ast": lambda: tf.ASTForAudioClassification(tf.ASTConfig(**SMALL, **LABELS)),
}


@pytest.fixture
def folder(tmp_path):
    """An operator's folder with each of MODELS as transformers saves it."""
    for name, make in MODELS.items():
        torch.manual_seed(0)
        make().save_pretrained(tmp_path / name)
    return tmp_path


def labels(record):
    return [np.frombuffer(b64decode(layer.labels), "<u2") for layer in record.layers]


def of_clip(model, **asked):
    query = Query(**{"clip": "bunny", "r": 10, **asked})
    return tubelets.source(model, query).record(query.config, Shelf(megabytes=1), Task("test"))


def of_sound(model, **asked):
    query = Query(**{"sound": "jfk", "r": 100, **asked})
    return sound_classes.source(model, query).record(query.config, Shelf(megabytes=1), Task("test"))


@pytest.mark.parametrize("name", MODELS)
def test_a_folder_of_transformers_gives_that_models_own_scores(folder, name):
    loaded = load(f"file:{name}", folder)
    assert (loaded.weights, loaded.classes) == ("file", tuple(NAMES.values()))
    torch.manual_seed(0)
    own = MODELS[name]().eval()
    dice = torch.Generator().manual_seed(1)
    with torch.inference_mode():
        if name == "ast":
            heard = torch.randn(1, 1024, 128, generator=dice)
            torch.testing.assert_close(loaded.model(heard).logits, own(heard).logits)
            return
        clip = torch.randn(1, 8, 3, 32, 32, generator=dice)
        ours = loaded.model(clip.transpose(1, 2)) if loaded.channels_first else loaded.model(clip).logits
        torch.testing.assert_close(ours, own(clip).logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["videomae", "vivit"])
def test_the_record_of_a_clip_holds_the_tubelets_and_classes_of_the_trace(folder, name):
    model = load(f"file:{name}", folder)
    assert isinstance(model, VideoModel)
    assert (model.frames, model.tubelet, model.side, model.patch) == (8, 2, 32, 16)
    record = of_clip(model, r=3)
    prefix = 1 if name == "vivit" else 0
    assert (record.grid, len(record.frames.times), record.prefix) == ((2, 2), 4, prefix)
    assert [layer.tokens for layer in record.layers] == [16 + prefix, 13 + prefix, 10 + prefix]
    assert [len(set(each)) for each in labels(record)] == [16, 13, 10]
    assert record.picture.src.endswith("frames=4")
    assert len(record.plain.top) == len(record.figures.top) == 5
    assert record.plain.top[0][0].startswith("thing ")
    assert of_clip(model, r=0).class_cosine == pytest.approx(1, abs=1e-6)
    assert of_clip(model, r=0).figures.top == of_clip(model, r=0).plain.top


def test_a_patch_is_drawn_where_the_model_has_it(folder):
    """Bright in one quarter of the first two frames: the token that changes is the one that is drawn there."""
    model = load("file:videomae", folder)
    clip = torch.zeros(1, 3, 8, 32, 32)
    lit = clip.clone()
    lit[:, :, 2:4, :16, 16:] = 1
    seen = model.model.patch_embed(lit) != model.model.patch_embed(clip)
    assert seen.any(-1)[0].nonzero().flatten().tolist() == [4 + 1]  # second tubelet, first row, second column


def small_audiomae():
    torch.manual_seed(0)
    return audiomae("vit_base", classes=7, embed_dim=32, depth=2, num_heads=2)


def timm_hub(path):
    """AudioMAE as timm saves it for the hub."""
    model = timm_of(path)
    names = [f"noise {index}" for index in range(7)]
    config = {"architecture": "test_vit", "num_classes": 7, "global_pool": "avg", "label_names": names,
              "pretrained_cfg": {"input_size": [1, 1024, 128]}}  # fmt: skip
    (path / "config.json").write_text(json.dumps(config))
    return model


def timm_of(path):
    import timm

    torch.manual_seed(0)
    model = timm.create_model("test_vit", in_chans=1, img_size=(1024, 128), num_classes=7, global_pool="avg").eval()
    save_file(model.state_dict(), path / "model.safetensors")
    return model


def fake_hub(monkeypatch, path, asked):
    def fake(repository, filename, progress):
        asked.append((repository, filename))
        if not (path / filename).is_file():
            raise NoSuchFile(f"{repository} was not loaded: {NO_SUCH_FILE}.")
        return path / filename

    monkeypatch.setattr(media_models, "download", fake)


def test_audiomae_of_the_hub_is_built_as_its_config_says(monkeypatch, tmp_path):
    own, asked = timm_hub(tmp_path), []
    fake_hub(monkeypatch, tmp_path, asked)
    loaded = load("hub:someone/audiomae")
    assert asked == [("someone/audiomae", "config.json"), ("someone/audiomae", "model.safetensors")]
    assert isinstance(loaded, SoundModel)
    assert (loaded.weights, loaded.classes[3]) == ("hub", "noise 3")
    torch.testing.assert_close(loaded.model.state_dict(), own.state_dict())


@pytest.mark.parametrize("name", ["vivit", "ast", "videomae"])
def test_models_of_transformers_come_from_the_hub(monkeypatch, folder, name):
    fake_hub(monkeypatch, folder / name, [])
    assert load(f"hub:someone/{name}").classes == tuple(NAMES.values())


def test_what_the_hub_has_of_another_kind_is_refused_before_its_weights_are_fetched(monkeypatch, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    asked = []
    fake_hub(monkeypatch, tmp_path, asked)
    with pytest.raises(ModelError, match=r"^someone/bert is not offered: it is not a VideoMAE"):
        load("hub:someone/bert")
    assert asked == [("someone/bert", "config.json")]


def test_a_hub_without_its_files_is_one_sentence(monkeypatch, tmp_path):
    fake_hub(monkeypatch, tmp_path, [])
    with pytest.raises(ModelError, match=rf"^a/b was not loaded: {NO_SUCH_FILE}\.$"):
        load("hub:a/b")


@pytest.mark.parametrize("broken", ["missing", "shape", "nan", "junk"])
def test_weights_that_do_not_fit_are_one_sentence(folder, broken):
    from safetensors.torch import load_file

    path = folder / "vivit" / "model.safetensors"
    weights = load_file(path)
    if broken == "missing":
        del weights["classifier.weight"]
    elif broken == "shape":
        weights["classifier.weight"] = torch.zeros(3, 3)
    elif broken == "nan":
        weights["classifier.weight"][0] = torch.nan
    save_file(weights, path, metadata={"format": "pt"})
    if broken == "junk":
        path.write_bytes(b"no weights")
    with pytest.raises(ModelError, match=r"^The weights (do not fit|for) vivit.*\.?$"):
        load("file:vivit", folder)


def test_the_record_of_a_sound_has_high_bands_above_and_time_to_the_right(monkeypatch):
    layout = media_models._described("file:audiomae_vit_base", "A", small_audiomae(), "file", {}).layout
    model = SoundModel("k", "AudioMAE", small_audiomae(), "file", tuple(NAMES.values()), layout)
    record = of_sound(model)
    assert (record.grid, record.prefix) == ((8, 64), 1)
    assert [layer.tokens for layer in record.layers] == [513, 413, 313]
    first = labels(record)[0].reshape(8, 64)
    assert first[7, 0] == 0  # the first patch: lowest bands, earliest
    assert first[6, 0] == 1
    assert first[7, 1] == 8
    assert record.heard.model_dump() == {
        "seconds": 11.0, "heard": 10.24, "step": 0.16, "width": 10.24, "overlap": False,
    }  # fmt: skip
    spectrogram = layout.spectrogram(
        torch.from_numpy(sound_classes.source(model, Query(sound="jfk")).sound.waveform.copy())
    )
    _, trace = tome.trace(model.model, layout.inputs(spectrogram[None]), tome.MergeConfig(r=100))
    expected = layout.on_bands(trace.source(1)[0, 1:] - 1).flip(0).numpy()
    assert (labels(record)[-1].reshape(8, 64) == expected).all()
    assert of_sound(model, r=0).class_cosine == pytest.approx(1, abs=1e-6)


def test_overlapping_patches_of_ast_are_drawn_around_their_middles(folder):
    record = of_sound(load("file:ast", folder))
    assert (record.grid, record.prefix, record.heard.overlap) == ((12, 101), 2, True)
    assert record.view.model_dump() == {"x": 3, "y": 5, "width": 1010, "height": 120}
    assert record.plain.top[0][0].startswith("thing ")


def test_keys_tell_what_a_model_takes(folder):
    torch.save(videomae("vit_small", embed_dim=12, depth=1, num_heads=2, classes=3).state_dict(), folder / "videomae_vit_small.mine.pth")  # fmt: skip
    kinds = {key: kind_of_file(path) for key, path in checkpoints(folder).items()}
    assert kinds == {
        "file:ast": "sound", "file:videomae": "clip", "file:vivit": "clip", "file:videomae_vit_small.mine.pth": "clip",
    }  # fmt: skip
    assert set(STARTS) == set(NAMED)
    assert all(map(is_media, (*CLIPS, *SOUNDS)))
    assert not any(map(is_media, ("random:test_vit", "test_vit", "file:test_vit.mine.pth", "dinov2_embedded")))
    with pytest.raises(ModelError, match="do not fit"):
        load("file:videomae_vit_small.mine.pth", folder)


@pytest.mark.parametrize("algorithm", ["evit", "attention_prune"])
def test_an_algorithm_that_needs_the_class_token_is_refused_by_name(folder, algorithm):
    for make, model, what in ((tubelets, "videomae", {"clip": "bunny"}), (sound_classes, "ast", {"sound": "jfk"})):
        with pytest.raises(BadQuery) as refused:
            make.source(load(f"file:{model}", folder), Query(**what, algorithm=algorithm))
        assert refused.value.parameter == "algorithm"


def test_a_figure_of_a_clip_has_the_frames_that_its_tubelets_are_drawn_on(folder):
    from io import BytesIO

    from PIL import Image

    from explorer.export.subject import picture_bytes, settings_of

    query = Query(clip="bunny", model="file:vivit", r=3)
    source = tubelets.source(load("file:vivit", folder), query)
    record = source.record(query.config, Shelf(megabytes=1), Task("test"))
    image = Image.open(BytesIO(picture_bytes(source, query)))
    assert image.size == (record.picture.width, 4 * record.picture.height)
    assert "8 frames of 32 px" in str(settings_of(source, query.config))
    query = Query(sound="jfk", model="file:ast", r=3)
    source = sound_classes.source(load("file:ast", folder), query)
    assert Image.open(BytesIO(picture_bytes(source, query))).size == (1024, 128)
    assert "10.24 s" in str(settings_of(source, query.config))
