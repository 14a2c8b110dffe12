"""The article as one scrolls, through AppTest: what is drawn for which stop, and where the cursor goes."""

import json

import pytest
from test_pages import component, viewer
from test_pages_read import stop

from explorer.article.stops import STOPS
from explorer.engine.models import EMBEDDED
from explorer.shell import cache


@pytest.fixture(scope="module", autouse=True)
def engine():
    assert cache.engine().model(EMBEDDED).done.wait(300)


def scrolled(at, number: int):
    """Scroll to a stop, as the browser tells it."""
    at.session_state["stop"] = number
    return at.run()


def drawn(at) -> set[str]:
    """Names of the pictures, viewers and lessons on the page."""
    names = {each.proto.component_name for each in at.get("bidi_component")} - {"tome_stops", "tome_picture"}
    return names | {json.loads(each.proto.json)["told"][:8] for each in pictures(at)}


def pictures(at):
    return [each for each in at.get("bidi_component") if each.proto.component_name == "tome_picture"]


def test_all_ten_stops_have_their_words_and_the_small_pictures_are_drawn():
    at = stop(1)
    assert not at.exception
    said = [each.value for each in at.markdown if each.value.startswith("## ")]
    assert [each.partition("\n")[0] for each in said] == [f"## {n}. {each.title}" for n, each in enumerate(STOPS, 1)]
    data = [json.loads(each.proto.json) for each in pictures(at)]
    assert [each["scrolls"] for each in data] == [False, True, True]
    assert drawn(at) == {each["told"][:8] for each in data}, "no viewer, no lesson"


def test_a_heavy_view_stays_while_its_neighbour_is_in_view_and_goes_then():
    at = stop(6)
    assert "tome_lesson" in drawn(at)
    assert {"tome_lesson", "tome_playground"} <= drawn(scrolled(at, 7))
    assert "tome_lesson" not in drawn(scrolled(at, 8))


def test_scrolling_back_to_a_view_that_is_there_keeps_the_readers_layer():
    at = stop(4)
    assert viewer(at)["layer"] is None, "it plays"
    at.session_state["session"].cursor["layer"] = 7
    at = scrolled(scrolled(at, 5), 4)
    assert viewer(at)["layer"] == 7
    assert viewer(scrolled(scrolled(at, 9), 4))["layer"] is None, "and a new visit plays again"


def test_choosing_a_number_leaps_and_scrolling_does_not():
    at = stop(3)
    first = component(at, "tome_stops")
    assert first["stop"] == 3
    assert component(scrolled(at, 4), "tome_stops") == first | {"stop": 4}
    next(each for each in at.button if each.label == "→").click().run()
    last = component(at, "tome_stops")
    assert last["stop"] == 5
    assert last["leaps"] != first["leaps"]
    next(each for each in at.segmented_control if each.label == "Stops").set_value(9).run()
    assert component(at, "tome_stops")["leaps"] not in (first["leaps"], last["leaps"])
    assert at.query_params["stop"] == "9"
