"""The page Read through AppTest: what its stops show, and where they put the cursor."""

import pytest
from test_pages import app, component, viewer

from explorer.engine.models import EMBEDDED
from explorer.engine.packaged import WHISPER
from explorer.shell import cache


@pytest.fixture(scope="module", autouse=True)
def engine():
    for key in (EMBEDDED, WHISPER):
        assert cache.engine().model(key).done.wait(300)


def stop(number: int, **query: str):
    at = app(stop=str(number), **query)
    at.switch_page("_pages/read.py")
    return at.run()


def turn(at, number: int):
    """Go to a stop, as its button does."""
    at.session_state["stop"] = number
    return at.run()


def test_the_last_stop_runs_a_clip_under_its_own_r_and_says_what_that_brings():
    at = stop(10)
    assert not at.exception
    assert viewer(at)["ask"]["query"]["clip"] == "bunny"
    assert (viewer(at)["r"], viewer(at)["layer"]) == (112, 12)
    assert at.metric[0].value == "1,518 → 174"
    at.session_state["session"].rates["read clip"]["r"] = 60
    at.run()
    assert at.metric[0].value == "1,518 → 798"


def test_the_last_stop_hears_a_sentence_and_writes_it_down_whatever_r_other_pages_have():
    at = stop(10, sound_r="300", clip_r="20")  # of the pages Sound and Video
    assert viewer(at)["r"] == 112
    at.segmented_control(key="read input").set_value("Speech").run()
    assert not at.exception
    assert viewer(at)["ask"]["query"]["sound"] == "jfk"
    assert at.header[0].value == "No word changed, with 700 of 1,500 tokens left"


def test_the_last_stop_has_what_the_paper_reports():
    at = stop(10)
    at.segmented_control(key="read input").set_value("In the paper").run()
    assert not at.exception
    assert any("46.4 mAP" in text.value for text in at.markdown)


def test_a_stop_does_not_open_on_the_layer_of_the_one_before():
    assert component(stop(6), "tome_lesson")["layer"] == 6
    assert component(turn(turn(stop(5), 4), 6), "tome_lesson")["layer"] == 6


def test_a_patch_of_a_photo_is_not_pinned_in_the_clip():
    at = stop(4, pinned="80")
    assert viewer(at)["pinned"] == 80
    assert viewer(turn(at, 10))["pinned"] is None


def test_a_link_to_a_patch_of_a_stop_opens_with_it():
    assert viewer(stop(10, pinned="300"))["pinned"] == 300
