"""The pages Matching and Read, run as Streamlit runs them."""

import json

import pytest
from opened_page import opened
from streamlit.testing.v1 import AppTest

from explorer.article.stops import STOPS
from explorer.locale.language import speaking, tr
from explorer.memory.shelf import Shelf
from explorer.records.service import service


def component(app: AppTest, name: str) -> dict:
    found = [part for part in app.get("bidi_component") if part.proto.component_name.endswith(name)]
    assert len(found) == 1
    return json.loads(found[0].proto.json)


def test_matching_shows_the_lesson_and_the_playground():
    app = opened("matching")
    assert not app.exception
    record = component(app, "tome_lesson")["record"]
    assert record["tokens"] == 267 - 16 * 5
    assert record["r"] == 16
    assert component(app, "tome_playground")["points"] is None


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"r": "200", "layer": "6"}, "layer 6 merges 4, not r = 128."),
        ({"r": "80", "decreasing": "true", "layer": "1"}, "layer 1 merges 133, not r = 160."),
        ({"r": "16", "layer": "12"}, ""),
    ],
)
def test_the_lesson_says_what_merges_where_r_asks_for_more_than_half(link, said):
    app = opened("matching", **link)
    told = [each.value for each in app.info]
    assert [each.partition(": ")[2] for each in told] == ([said] if said else [])
    if said:
        assert told[0].startswith("At most half of a layer's patch tokens can merge")
        app.slider[0].set_value(8).run()
        assert not app.info


def test_a_link_reopens_layer_step_mode_r_and_points():
    points = "10.0.20.5.-30.4.-40.1.0.90.5.80"
    app = opened(
        "matching", layer="3", step="4", mode="explore", edges="40", pinned="7", points=points, method="greedy"
    )
    data = component(app, "tome_lesson")
    assert (data["record"]["layer"], data["step"], data["mode"], data["edges"], data["pinned"]) == (
        3,
        4,
        "explore",
        40,
        7,
    )
    data = component(app, "tome_playground")
    assert (data["points"], data["method"]) == (points, "greedy")


@pytest.mark.parametrize(
    "link", [{"step": "x", "layer": "999", "edges": "-4"}, {"points": "<script>", "mode": "%00", "rounds": "1e9"}]
)
def test_a_broken_link_shows_the_page_all_the_same(link):
    app = opened("matching", **link)
    assert not app.exception
    assert 1 <= component(app, "tome_lesson")["record"]["layer"] <= 12


@pytest.mark.parametrize("r", [0, 128])
def test_matching_survives_the_ends_of_r_on_a_model_without_class_token(r):
    for layer in (1, 8):
        app = opened("matching", model="other", timm="test_vit2", random="true", r=str(r), layer=str(layer))
        assert not app.exception
        record = component(app, "tome_lesson")["record"]
        assert record["prefix"] == ["register 1"]
        assert record["layer"] == layer


def test_every_stop_of_the_reading_can_be_shown_in_both_languages():
    app = opened("read")
    for language in ("en", "zh"):
        app.session_state["lang"] = language
        for number, stop in enumerate(STOPS, start=1):
            app.session_state["stop"] = number
            app.run()
            assert not app.exception, number
            with speaking(language):
                said = [text.value for text in app.markdown]
                assert {f"## {number}. {tr(stop.title)}", tr(stop.text)} <= set(said)


def test_measured_times_stay_when_something_else_is_clicked(monkeypatch):
    monkeypatch.setattr(service(), "results", Shelf(megabytes=64))
    monkeypatch.setattr("explorer.measuring.steady.BUSY", 1e9)
    app = opened("read", stop="9")
    assert not timed(app)
    next(button for button in app.button if button.label == "Measure the speed-up").click().run()
    assert timed(app)
    app.run()
    assert timed(app)


def timed(app: AppTest) -> bool:
    return "Forward time, medians" in [metric.label for metric in app.metric]
