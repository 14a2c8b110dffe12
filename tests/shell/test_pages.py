"""Every page through AppTest: sample, upload, bad upload, deep link, dark theme, no model yet."""

import io
import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.proto.Common_pb2 import StringArray
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest

from explorer.engine.checkpoints import HubUnreachable
from explorer.engine.models import EMBEDDED
from explorer.media import photos
from explorer.memory.guard import Busy
from explorer.memory.shelf import Shelf
from explorer.records.query import Query
from explorer.records.service import service
from explorer.shell import cache, controls, cursor, stage
from explorer.shell.link import CURSOR, read

APP = str(Path(__file__).parents[2] / "explorer" / "app.py")


@pytest.fixture(scope="module")
def engine():
    """The server's engine, its embedded model loaded: pages find it ready, as on every visit but the first."""
    ready = cache.engine()
    assert ready.model(EMBEDDED).done.wait(300)
    return ready


def app(**query: str) -> AppTest:
    at = AppTest.from_file(APP, default_timeout=240)
    for name, value in query.items():
        at.query_params[name] = value
    return at


def component(at: AppTest, name: str) -> dict:
    (element,) = [e for e in at.get("bidi_component") if e.proto.component_name == name]
    return json.loads(element.proto.json)


def viewer(at: AppTest) -> dict:
    return component(at, "tome_viewer")


def asked(at: AppTest) -> Query:
    """What the viewer fetches when the page opens."""
    data = viewer(at)
    return Query(**data["ask"]["query"], r=f"{data['r']},-1" if data["decreasing"] else data["r"])


def turn(at: AppTest, r: int, decreasing: bool = False) -> AppTest:
    """Set r under the picture, as the viewer tells it, and run the page."""
    at.session_state["session"].cursor.update(r=r, decreasing=decreasing)
    return at.run()


def png(width: int = 96, height: int = 64) -> bytes:
    pixels = np.random.default_rng(3).integers(0, 255, (height, width, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def test_the_first_page_asks_for_the_stored_record_and_not_for_the_engine(monkeypatch):
    class Asleep:
        started = False
        folder = None

        def known(self, key):
            return None

        def model(self, key):
            pytest.fail("asked for a model")

    monkeypatch.setattr(service(), "engine", Asleep())
    at = app().run()
    assert not at.exception
    assert asked(at) == Query()
    assert any("importing PyTorch" in said.value for said in at.caption)


def test_r_is_in_its_place_but_disabled_until_the_model_is_loaded(engine, monkeypatch):
    with monkeypatch.context() as loading:
        loading.setattr(stage, "backbone", lambda choices: None)
        at = app(r="20").run()
        assert not at.exception
        shown = viewer(at)
        assert asked(at).r == 16
        assert shown["ask"]["limit"] == 128
        assert {"r", "schedule"} <= set(shown["lock"])
    shown = viewer(at.run())
    assert asked(at).r == 20
    assert (shown["ask"]["limit"], shown["lock"]) == (128, [])


def test_the_default_view_is_the_dog_at_r_16(engine):
    at = app().run()
    assert not at.exception
    assert asked(at) == Query()
    assert at.metric[0].value == "267 → 75"


def test_a_link_opens_the_same_view(engine):
    at = app(photo="cat", r="8", decreasing="true", square="true", layer="9", pinned="17", fill="region").run()
    assert not at.exception
    shown = viewer(at)
    assert asked(at) == Query(sample="cat", r=(8, -1.0), crop="square")
    assert (shown["layer"], shown["pinned"], shown["fill"]) == (9, 17, "region")


@pytest.mark.parametrize("bad", [{"layer": "x"}, {"pinned": "-1"}, {"r": "x"}, {"photo": "../x"}, {"side": "7"}])
def test_a_broken_link_falls_back_to_the_default(engine, bad):
    at = app(**bad).run()
    assert not at.exception
    shown = viewer(at)
    assert (asked(at), shown["layer"], shown["pinned"]) == (Query(), None, None)


def test_an_r_beyond_what_there_is_to_merge_is_the_most_there_is(engine):
    assert asked(app(r="9999").run()).r == 128


def test_another_r_brings_its_figures_and_goes_into_the_link(engine):
    at = turn(app().run(), 4)
    assert not at.exception
    assert at.metric[0].value == "267 → 219"
    assert at.session_state["session"].address == {"r": "4"}


def test_a_lower_resolution_lowers_r_to_its_cap(engine):
    at = app(side="448", r="300").run()
    assert asked(at).r == 300
    at.segmented_control(key="side").set_value(224).run()
    assert not at.exception
    assert asked(at).r == 128


def test_an_upload_is_asked_for_by_its_digest_and_held_for_its_session(engine):
    at = app().run()
    at.file_uploader(key="upload").set_value(("<img src=x onerror=alert(1)>.png", png(), "image/png")).run()
    assert not at.exception
    assert asked(at).photo == sha256(png()).hexdigest()
    record = service().known(service().source(asked(at)), asked(at).config).record
    assert record.grid[1] / record.grid[0] == pytest.approx(1.5, rel=0.1)
    assert not set("<>/") & set(record.name)


def test_a_bad_upload_says_why_and_keeps_the_view(engine):
    at = app().run()
    at.file_uploader(key="upload").set_value(("mine.png", png(), "image/png")).run()
    before = asked(at)
    at.file_uploader(key="upload").set_value(("broken.png", b"\x89PNG\r\n\x1a\n junk", "image/png")).run()
    assert not at.exception
    assert len(at.error) == 1
    assert "broken" in at.error[0].value
    assert asked(at) == before


def test_a_camera_without_a_picture_is_explained(engine):
    at = app().run()
    at.toggle(key="camera").set_value(True).run()
    assert any("not allowed to use a camera, or there is none" in each.value for each in at.caption)


def test_a_sample_takes_over_from_an_upload(engine):
    at = app().run()
    at.file_uploader(key="upload").set_value(("mine.png", png(), "image/png")).run()
    assert at.pills(key="photo").value is None
    at.pills(key="photo").set_value("owl").run()
    assert not at.exception
    assert asked(at).sample == "owl"
    assert asked(at).photo is None
    (again,) = [button for button in at.button if button.label == "Show my photo again"]
    again.click().run()
    assert asked(at).photo == sha256(png()).hexdigest()
    assert "Show my photo again" not in [button.label for button in at.button]


def test_a_readers_file_name_is_not_shown_to_others_who_open_the_same_photo(engine):
    at = app().run()
    owl = photos.samples()["owl"]
    at.file_uploader(key="upload").set_value(("secret.webp", owl, "image/webp")).run()
    assert service().known(service().source(asked(at)), asked(at).config).record.name == "secret.webp"
    other = app(photo="owl").run()
    assert service().known(service().source(asked(other)), asked(other).config).record.name == "owl"


def test_a_photo_that_its_reader_removes_does_not_come_back(engine):
    at = app().run()
    at.file_uploader(key="upload").set_value(("mine.png", png(), "image/png")).run()
    at.file_uploader(key="upload").set_value(None).run()
    assert not at.exception
    assert asked(at).photo is None
    assert "Show my photo again" not in [button.label for button in at.button]


def test_the_photo_beside_goes_away_when_it_is_chosen_again(engine):
    at = app(beside="owl").run()
    assert at.pills(key="beside").value == "owl"
    at.pills(key="beside").set_value(None).run()
    assert not at.exception
    assert at.pills(key="beside").value is None
    assert "beside" not in at.query_params


def test_a_damaged_photo_does_not_come_back_after_a_sample(engine):
    at = app().run()
    at.file_uploader(key="upload").set_value(("mine.png", png()[:40], "image/png")).run()
    assert at.error
    at.pills(key="photo").set_value("owl").run()
    assert "Show my photo again" not in [button.label for button in at.button]


def test_the_choices_go_into_the_link_and_defaults_do_not(engine):
    at = turn(app().run(), 4, decreasing=True)
    assert at.session_state["session"].address == {"r": "4", "decreasing": "true"}
    turn(at, 16, decreasing=True)
    assert at.session_state["session"].address == {"decreasing": "true"}


def test_the_table_of_layers_is_drawn_once_opened(engine):
    at = app().run()
    assert not at.get("plotly_chart")
    at.session_state["every_layer"] = True
    at.run()
    assert len(at.get("plotly_chart")) == 1
    table = at.dataframe[0].value
    assert list(table["Tokens out"]) == [267 - 16 * layer for layer in range(1, 13)]
    assert table["Largest token"].is_monotonic_increasing


def test_timing_is_done_when_it_is_asked_for(engine, monkeypatch):
    monkeypatch.setattr(service(), "results", Shelf(megabytes=64))
    monkeypatch.setattr("explorer.measuring.steady.BUSY", 1e9)
    at = app().run()
    assert len(at.metric) == 3  # no time that was not measured in turn
    next(button for button in at.button if button.label == "Measure the speed-up").click().run()
    assert not at.exception
    assert "× as fast" in at.metric[3].delta or "tie" in at.metric[3].delta
    assert any(said.value.endswith("this photo alone. Speed has every r.") for said in at.caption)
    assert len(at.run().metric) == 4  # and stays


def test_a_busy_machine_gives_no_forward_time(engine, monkeypatch):
    monkeypatch.setattr(service(), "results", Shelf(megabytes=64))
    monkeypatch.setattr("explorer.measuring.steady.BUSY", 0.5)
    at = app().run()
    next(button for button in at.button if button.label == "Measure the speed-up").click().run()
    assert len(at.metric) == 3
    assert at.warning[0].value.startswith("Not measurable now")
    assert not at.run().warning, "another reader, and this one later, starts without it"
    monkeypatch.setattr("explorer.measuring.steady.BUSY", 1e9)
    next(button for button in at.button if button.label == "Measure the speed-up").click().run()
    assert len(at.metric) == 4, "asked again, it is measured again"


def test_removing_an_upload_brings_the_sample_back(engine):
    at = app().run()
    at.file_uploader(key="upload").set_value(("mine.png", png(), "image/png")).run()
    at.file_uploader(key="upload").set_value(None).run()
    assert asked(at) == Query()
    assert at.pills(key="photo").value == "dog"


def test_an_unavailable_model_says_so_and_keeps_the_view(engine):
    at = app(model="other", timm="test_vit", random="true")
    assert cache.engine().model("random:test_vit").done.wait(300)
    at.run()
    before = asked(at)
    assert at.metric[0].value == "193 → 97"
    at.text_input(key="timm").set_value("resnet18").run()
    assert cache.engine().model("random:resnet18").done.wait(300)
    at.run()
    assert "ResNet" in at.error[0].value
    assert asked(at) == before
    assert at.caption[0].value == "This is an earlier view, since the chosen model is not loaded."


def test_a_first_view_of_a_model_that_is_not_loaded_is_called_a_sample(engine):
    at = app(model="other", timm="resnet18", random="true")
    assert cache.engine().model("random:resnet18").done.wait(300)
    at.run()
    assert at.caption[0].value == "This is a sample photo in DINOv2 ViT-S/14, since the chosen model is not loaded."


def test_another_timm_model_comes_with_its_weights_unless_random_ones_are_chosen(engine, monkeypatch):
    asked_for = []

    def unreachable(repository, *_):
        asked_for.append(repository)
        raise HubUnreachable(f"{repository} was not loaded: there seems to be no network.")

    monkeypatch.setattr("explorer.engine.models.download", unreachable)
    at = app().run()
    before = asked(at)
    at.selectbox(key="model").set_value("other").run()
    assert asked(at) == before, "nobody has named a model yet"
    assert "model" not in at.query_params
    assert cache.engine().known(at.text_input(key="timm").value) is None
    next(button for button in at.button if button.label == "Load this model").click().run()
    assert cache.engine().model(at.text_input(key="timm").value).done.wait(300)
    at.run()
    assert asked_for
    assert at.query_params["model"] == "other"
    assert "Load this model" not in [button.label for button in at.button]
    assert "was not loaded" in at.info[0].value
    assert not at.error, "nothing was typed yet"
    assert not at.toggle(key="random").value


def test_a_name_that_is_typed_is_loaded_and_another_choice_from_the_list_ends_the_wait(engine):
    at = app().run()
    before = asked(at)
    at.selectbox(key="model").set_value("other").run()
    at.toggle(key="random").set_value(True).run()
    assert asked(at) == before
    at.text_input(key="timm").set_value("test_vit").run()
    assert cache.engine().model("random:test_vit").done.wait(300)
    assert asked(at.run()).model == "random:test_vit"
    at.selectbox(key="model").set_value(EMBEDDED).run()
    assert asked(at) == before


def test_a_typed_name_is_there_again_after_a_look_at_another_model(engine):
    at = app(model="other", timm="test_vit", random="true")
    assert cache.engine().model("random:test_vit").done.wait(300)
    at.run()
    at.text_input(key="timm").set_value("test_vit2").run()
    at.selectbox(key="model").set_value("dinov2_embedded").run()
    assert "timm" not in at.query_params
    at.run()
    at.selectbox(key="model").set_value("other").run()
    assert at.text_input(key="timm").value == "test_vit2"
    assert at.toggle(key="random").value


def test_random_weights_run_under_a_banner(engine):
    at = app(model="other", timm="test_vit", random="true")
    assert cache.engine().model("random:test_vit").done.wait(300)
    at.run()
    assert not at.exception
    assert "random" in at.warning[0].value
    assert [each.delta for each in at.metric if each.label == "Class-token cosine"] == ["random weights: says little"]
    assert at.dataframe[0].value.shape[0] == 5


def test_the_dark_theme_draws_the_same_page(engine):
    at = app()
    at.context = {"theme": "dark"}
    at.run()
    assert not at.exception
    assert asked(at) == Query()


def test_a_link_that_is_followed_while_another_is_drawn_does_not_stop_the_page(engine, monkeypatch):
    at = app(r="8").run()
    with monkeypatch.context() as patch:
        patch.setattr(controls, "choose_photo", st.stop)  # as if Back was pressed twice: the first run ends early
        at.run()
    at.run()
    assert not at.exception
    assert asked(at).r == 8


def test_a_server_that_is_full_says_so_on_the_page(engine, monkeypatch):
    at = app(r="8").run()

    def full(*args, **options):
        raise Busy("9 runs are waiting already. Please try again in a moment.")

    monkeypatch.setattr(engine.tasks, "ask", full)
    turn(at, 121)
    assert not at.exception
    assert [warning.value for warning in at.warning] == ["9 runs are waiting already. Please try again in a moment."]
    assert at.title[0].value.startswith("Watch")


@pytest.mark.parametrize(("page", "button"), [("layers", None), ("similarity", None), ("read", "→")])
def test_a_message_that_meets_controls_about_to_be_set_again_ends_no_page(engine, page, button):
    at = app(model="other", random="true", timm="test_vit", stop="3")
    at.switch_page(f"_pages/{page}.py").run()
    if button:
        next(each for each in at.button if each.label == button).click()
    sent = at._tree.get_widget_states()
    for name in at.session_state["session"].linked:  # as ``set_again`` does where a model has been loaded
        if name in at.session_state:
            del at.session_state[name]
    at._run(sent)
    assert not at.exception
    assert at.session_state["session"].address["timm"] == "test_vit"
    assert at.session_state["session"].address["stop"] == ("4" if button else "3")


@pytest.mark.parametrize("control", ["photo", "side"])
def test_a_control_sent_without_its_value_has_its_default(engine, control):
    at = app().run()
    widget = next(each for each in [*at.pills, *at.segmented_control] if each.key == control)
    sent = WidgetStates()
    sent.widgets.add(id=widget.id, string_array_value=StringArray())
    at._run(sent)
    assert not at.exception
    assert asked(at) == Query()


@pytest.mark.parametrize(
    ("name", "value"),
    [("layer", "6"), ("layer", -1), ("layer", True), ("layer", 1e300), ("layer", None), ("pinned", [1]), ("pinned", -5),
     ("fill", "nope"), ("fill", ["mean"]), ("arrows", "yes"), ("similarity", None), ("r", -1), ("r", "x"), ("r", True), ("r", 1e9), ("decreasing", 1)],
)  # fmt: skip
def test_forged_messages_of_the_viewer_are_ignored(name, value, monkeypatch):
    kept = {each: read(each, None) for each in CURSOR}
    rest = dict(kept)
    monkeypatch.setattr(cursor, "current", lambda: kept)
    cursor.remember(name, value)
    assert kept == rest
    for each, told in {
        "layer": 3,
        "pinned": 7,
        "fill": "size",
        "arrows": True,
        "similarity": False,
        "r": 9,
        "decreasing": True,
        "points": "10.0",
        "mode": "explore",
    }.items():
        cursor.remember(each, told)
        assert kept[each] == told
    cursor.remember("pinned", None)
    assert kept["pinned"] is None


def side_by_side(at: AppTest) -> dict:
    (data,) = [each for part in at.get("bidi_component") if "panels" in (each := json.loads(part.proto.json))]
    return data


def test_another_photo_stands_beside_the_one_of_the_page_under_the_same_choices(engine):
    at = app(r="8", beside="owl").run()
    assert not at.exception
    data = side_by_side(at)
    assert data["titles"] == ["dog · DINOv2 ViT-S/14", "owl · DINOv2 ViT-S/14"]
    query = Query(sample="owl", r=8)
    owl = service().known(service().source(query), query.config).record
    assert [layer["tokens"] for layer in data["panels"][1]["layers"]] == [layer.tokens for layer in owl.layers]
    assert any(f"{owl.class_cosine:.4f}" in said.value for said in at.caption)
    assert data["similar"] == ["r=8&beside=owl", "sample=owl&r=8&beside=dog"]
    assert data["pair"] == "r=8&beside=owl"
    at.pills(key="photo").set_value("owl").run()
    assert not any("panels" in json.loads(part.proto.json) for part in at.get("bidi_component"))


def test_two_photos_of_the_reader_stand_side_by_side_and_a_bad_second_one_leaves_the_view(engine):
    at = app(r="8").run()
    at.file_uploader(key="upload").set_value(("mine.png", png(), "image/png")).run()
    at.file_uploader(key="upload_beside").set_value(("other.png", png(width=90), "image/png")).run()
    assert not at.exception
    first, second = (sha256(png(**options)).hexdigest() for options in ({}, {"width": 90}))
    before = side_by_side(at)
    assert before["similar"] == [f"photo={first}&r=8&beside={second}", f"photo={second}&r=8&beside={first}"]
    assert before["own"]
    assert at.pills(key="beside").disabled
    at.file_uploader(key="upload_beside").set_value(("broken.png", png()[:40], "image/png")).run()
    assert "broken" in at.error[0].value
    assert side_by_side(at)["panels"] == before["panels"]
    at.file_uploader(key="upload_beside").set_value(None).run()
    assert not at.pills(key="beside").disabled
    assert not any("panels" in json.loads(part.proto.json) for part in at.get("bidi_component"))


def test_a_link_that_locks_the_upload_locks_that_of_the_photo_beside(engine):
    at = app(lock="upload").run()
    assert at.file_uploader(key="upload_beside").proto.disabled


def test_a_sample_beside_a_second_photo_of_the_reader_is_marked_as_the_readers(engine):
    at = app().run()
    at.file_uploader(key="upload_beside").set_value(("other.png", png(), "image/png")).run()
    assert side_by_side(at)["own"]
    at.switch_page("_pages/similarity.py").run()
    assert not viewer(at)["own"], "this page does not show it"


def test_a_second_photo_of_the_reader_is_there_again_after_another_page_until_it_is_removed(engine):
    at = app(r="8").run()
    at.file_uploader(key="upload_beside").set_value(("other.png", png(width=90), "image/png")).run()
    before = side_by_side(at)["panels"]
    at.switch_page("_pages/text.py").run()
    at.switch_page("_pages/layers.py").run()
    assert not at.exception
    assert side_by_side(at)["panels"] == before
    assert any("Showing other.png." in said.value for said in at.text)
    next(button for button in at.button if button.label == "Remove this photo").click().run()
    assert not any("panels" in json.loads(part.proto.json) for part in at.get("bidi_component"))
    assert not next(choice for choice in at.pills if choice.label == "Another photo").disabled
    at.switch_page("_pages/text.py").run()
    at.switch_page("_pages/layers.py").run()
    assert not any("panels" in json.loads(part.proto.json) for part in at.get("bidi_component"))


@pytest.mark.parametrize(("r", "said"), [("20", []), ("22", ["Set r to 10: about half stay"])])
def test_an_r_that_asks_for_all_patches_of_the_photo_says_so_and_offers_one_that_leaves_half(engine, r, said):
    at = app(r=r, square="true").run()
    assert [button.label for button in at.button if button.label.startswith("Set r to")] == said
    assert ["in 12 layers asks for all 256 patches or more" in info.value for info in at.info] == [True for _ in said]
    for label in said:
        next(button for button in at.button if button.label == label).click().run()
        assert asked(at).r == 10
        assert not at.info


def test_another_model_stands_beside_it_with_tokens_of_its_own(engine, monkeypatch):
    monkeypatch.setattr("explorer.layers.beside.own_models", lambda kind: {"random:test_vit": "test"})
    assert cache.engine().model("random:test_vit").done.wait(300)
    at = app(beside_model="random:test_vit").run()
    assert not at.exception
    assert side_by_side(at)["similar"] is None  # keys of two models do not compare
    assert side_by_side(at)["pair"] == "r=16&beside_model=random%3Atest_vit"
    first, second = side_by_side(at)["panels"]
    assert (first["depth"], second["depth"]) == (12, 6)
