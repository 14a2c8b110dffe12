"""Video and Sound with models of clips and spectrograms: an operator's, the hub's (a fake of its answers), random ones."""

import json
from urllib.parse import parse_qsl

import pytest
from routes import ask

pytest.importorskip("av")
pytest.importorskip("transformers")

import torch
from safetensors.torch import save_file
from test_media_models import MODELS, fake_hub, small_audiomae, timm_hub
from test_pages import app, viewer
from test_pages_video import asked

from explorer.engine.models import EMBEDDED
from explorer.engine.packaged import WHISPER
from explorer.export.offered import most_tubelets
from explorer.export.origin import origin_of_file
from explorer.export.view_link import link_of
from explorer.records.query import Query
from explorer.records.service import service
from explorer.shell import cache


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An operator's folder with a small model of each kind."""
    path = tmp_path_factory.mktemp("models")
    for name, make in MODELS.items():
        torch.manual_seed(0)
        make().save_pretrained(path / name)
    return path


@pytest.fixture
def engine(monkeypatch, folder):
    ready = cache.engine()
    assert all(ready.model(key).done.wait(300) for key in (EMBEDDED, WHISPER))
    monkeypatch.setattr(ready, "folder", folder)
    yield ready
    for name in MODELS:
        ready._loads.pop(f"file:{name}", None)


def opened(page: str, **query: str):
    at = app(**query)
    at.switch_page(f"_pages/{page}.py")
    for key in (query.get("clip_model"), query.get("sound_model")):
        if key and key != "hub":
            loading = cache.engine().model(key)
            assert loading.done.wait(300)
            assert not loading.error
    return at.run()


@pytest.mark.parametrize("name", ["videomae", "vivit"])
def test_a_model_of_clips_shows_tubelets_and_classes_plain_and_merged(engine, name):
    at = opened("video", clip_model=f"file:{name}", clip_r="2")
    assert not at.exception
    assert asked(at) == Query(clip="bunny", model=f"file:{name}", r=2)
    assert asked(at).config.proportional_attention is (name != "videomae")
    record = service().known(service().source(asked(at)), asked(at).config).record
    assert at.metric[0].value == f"{record.layers[0].tokens} → {record.layers[-1].tokens}"
    assert list(at.dataframe[0].value["Plain"]) == [label for label, _ in record.plain.top]
    assert list(at.dataframe[0].value["Merged"]) == [label for label, _ in record.figures.top]
    assert not [widget for widget in at.number_input if widget.label == "Frames"]
    assert any("begins as a tubelet" in text.value for text in at.markdown)


@pytest.mark.parametrize(
    ("name", "value"), [("frames", 6), ("size", 112), ("crop", "whole"), ("attention", "framewise")]
)
@pytest.mark.parametrize("route", ["record", "figure"])
def test_a_setting_that_a_model_of_clips_decides_itself_is_refused_by_name(engine, route, name, value):
    assert engine.model("file:vivit").done.wait(300)
    status, said = ask(route, clip="bunny", model="file:vivit", r=2, **{name: value})
    rule = "must be left out beside a model of clips: it has its own"
    assert (status, json.loads(said)["errors"]) == (422, [{"parameter": name, "rule": rule, "got": str(value)}])


def test_r_of_a_model_of_clips_ends_at_a_sixth_of_its_tokens(engine):
    at = opened("video", clip_model="file:videomae", clip_r="9999")
    assert asked(at).r == 16 // 6


def test_a_model_of_spectrograms_shows_classes_plain_and_merged(engine):
    at = opened("sound", sound_model="file:ast", sound_r="20")
    assert not at.exception
    assert asked(at) == Query(sound="jfk", model="file:ast", r=20)
    assert at.metric[0].value == "1,214 → 1,174"
    assert all(label.startswith("thing ") for label in at.dataframe[0].value["Merged"])
    assert not any("Plain" in text.value for text in at.markdown)
    assert any("10.24 of 11.00 s" in text.value for text in at.caption)


def test_an_audiomae_that_is_named_on_the_hub_is_fetched_and_run(engine, monkeypatch, tmp_path):
    timm_hub(tmp_path)
    fake_hub(monkeypatch, tmp_path, [])
    assert engine.model("hub:someone/audiomae").done.wait(60)
    at = opened("sound", sound_model="hub", sound_hub="someone/audiomae", sound_r="20")
    assert not at.exception
    assert asked(at) == Query(sound="jfk", model="hub:someone/audiomae", r=20)
    assert not asked(at).config.proportional_attention
    assert all(label.startswith("noise ") for label in at.dataframe[0].value["Plain"])


def test_an_audiomae_file_of_the_operator_is_offered_for_sounds_alone(engine, monkeypatch, tmp_path):
    save_file(small_audiomae().state_dict(), tmp_path / "audiomae_vit_base.mine.safetensors")
    monkeypatch.setattr(engine, "folder", tmp_path)
    offered = {page: opened(page).selectbox for page in ("sound", "video", "layers")}
    has = {
        page: any("audiomae_vit_base.mine.safetensors" in box.options for box in boxes)
        for page, boxes in offered.items()
    }
    assert has == {"sound": True, "video": False, "layers": False}


def test_the_page_says_what_random_weights_cannot_tell(engine):
    at = opened("sound", sound_model="random:audiomae_vit_small", sound_r="20")
    assert not at.exception
    (warning,) = at.warning
    assert "random" in warning.value
    assert "say nothing about a trained model" in warning.value
    assert at.dataframe[0].value["Plain"][0].startswith("class ")


def test_a_hub_that_cannot_be_reached_is_one_sentence(engine, monkeypatch, tmp_path):
    fake_hub(monkeypatch, tmp_path, [])
    assert engine.model("hub:no/such").done.wait(60)
    at = opened("video", clip_model="hub", clip_hub="no/such")
    assert not at.exception
    assert len(at.error) == 1
    assert "was not loaded" in at.error[0].value.replace("\\", "")


@pytest.mark.parametrize("bad", [{"clip_model": "file:nothing"}, {"clip_model": "random:test_vit"}])
def test_a_link_to_a_model_that_is_not_offered_falls_back(engine, bad):
    at = app(**bad)
    at.switch_page("_pages/video.py").run()
    assert not at.exception
    assert asked(at).model == "embedded"


def test_photos_and_texts_refuse_a_model_of_clips_by_name(engine):
    from explorer.records.errors import BadQuery

    assert engine.model("file:vivit").done.wait(60)
    for query, what in ((Query(model="file:vivit"), "pictures"), (Query(sound="jfk", model="file:vivit"), "sounds")):
        with pytest.raises(BadQuery, match=f"must be one for {what}"):
            service().source(query)


@pytest.mark.parametrize(("name", "r"), [("videomae", "2"), ("vivit", "1,-1")])
def test_a_file_of_a_clip_under_a_model_of_clips_opens_its_view(engine, name, r):
    given = {"clip": "dog-pan", "model": f"file:{name}", "r": r, "algorithm": "tofu", "layer": 1, "pinned": 3}
    assert engine.model(given["model"]).done.wait(300)
    told = origin_of_file(ask("figure", format="svg", fill="region", **given)[1])
    page, _, said = told.link.partition("?")
    at = opened(page, **dict(parse_qsl(said)))
    assert not at.exception
    rate = {"r": 2} if r == "2" else {"r": (1, -1.0)}
    assert asked(at) == Query(clip="dog-pan", model=given["model"], algorithm="tofu", **rate)
    assert [viewer(at)[each] for each in ("layer", "fill", "pinned")] == [1, "region", 3]


def test_beyond_the_largest_r_of_its_page_a_clip_has_no_link(engine):
    loading = engine.model("file:videomae")
    assert loading.done.wait(300)
    limit = most_tubelets(loading.backbone)
    linked = [
        link_of(Query(clip="bunny", model="file:videomae", r=r), limit, of_clips=True) for r in (limit, limit + 1)
    ]
    assert [bool(link) for link in linked] == [True, False]


def test_the_link_of_a_clip_names_a_model_of_the_hub_as_its_page_does():
    query = Query(clip="bunny", r=40, model="hub:someone/videomae")
    given = dict(parse_qsl(link_of(query, of_clips=True).partition("?")[2]))
    assert given == {"clip": "bunny", "clip_model": "hub", "clip_hub": "someone/videomae", "clip_r": "40"}
