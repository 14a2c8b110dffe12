"""A file dropped on the uploader: an export opens its view and leaves the rest alone, anything else is answered."""

import json

import pytest
from streamlit.testing.v1 import AppTest
from test_pages import app, asked, engine

from explorer.records.schema import VERSION

__all__ = ["engine"]


def exported(link: str, **more: object) -> bytes:
    """Return a record as exported, without its layers: the app reads its origin alone."""
    told = {
        "software": "ToMe Explorer",
        "link": link,
        "query": "",
        "name": "cat",
        "own": False,
        "digest": "",
        "settings": [],
    }
    return json.dumps({"version": VERSION, "layers": [], "origin": told} | more).encode()


def dropped(at: AppTest, content: bytes, name: str = "cat.json") -> AppTest:
    at.file_uploader(key="upload").set_value((name, content, "application/json")).run()
    assert not at.exception
    return at


def answer(at: AppTest) -> str:
    """Return the one error of the page, as it is read."""
    (error,) = at.error
    return error.value.replace("\\", "")


def link_of(at: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}


def test_an_export_opens_its_view_and_leaves_the_choices_of_other_pages_alone(engine):
    at = app(metric="cosine", clip_r="9", sound_model="x", beside="owl", side="56", lock="fill").run()
    dropped(at, exported("?photo=cat&r=8&layer=7&lock=r&lang=zh"))
    assert (asked(at).sample, asked(at).r, asked(at).size) == ("cat", 8, 224)
    told = link_of(at)
    assert {name: told.get(name) for name in ("metric", "clip_r", "sound_model", "lock")} == {
        "metric": "cosine", "clip_r": "9", "sound_model": "x", "lock": "fill",
    }  # fmt: skip
    assert told["layer"] == "7"
    assert not {"beside", "side", "lang"} & told.keys(), "the view has none of them"


def test_the_choices_of_other_pages_stay_on_the_way_to_the_page_that_shows_an_export(engine):
    at = dropped(app(metric="cosine", photo="owl").run(), exported("text?text=bread&text_r=4"))
    (way,) = [button for button in at.button if button.label == "Open its view"]
    way.click().run()
    assert not at.exception
    told = at.session_state["session"].address
    assert (told["text"], told["text_r"], told["metric"], told["photo"]) == ("bread", "4", "cosine", "owl")


BAD = {
    "torn": (b'{"version": 2,\n "name": ', "is no JSON from line 2 on"),
    "deep": (b"[" * 100_000, "is no JSON from line 1 on"),
    "binary": (b"\xff\xfe\x00{}", "is no JSON from line 1 on"),
    "list": (b"[1, 2, 3]", "this is other JSON, which begins with [1, 2, 3];"),
    "other": (b'{"name": "x", "scripts": {}, "private": true, "more": 1}', 'other JSON, which begins with {"name": "x", "scripts": {}, "private": ;'),
    "void": (b"{}", "other JSON, which begins with {};"),
    "newer": (exported("?photo=cat", version=VERSION + 7), f"a record of version {VERSION} was expected, and this is one of version {VERSION + 7}"),
    "odd": (exported("?photo=cat", version="two"), "what this one says of its origin is damaged"),
    "api": (json.dumps({"version": 2, "layers": [], "origin": None}).encode(), "this one names no view"),
    "damaged": (exported("?photo=cat", origin={"link": 3}), "what this one says of its origin is damaged"),
}  # fmt: skip


@pytest.fixture(scope="module")
def page(engine):
    return app(photo="owl", r="5", layer="3").run()


@pytest.mark.parametrize("kind", BAD)
def test_other_json_is_answered_by_one_sentence_and_the_view_stays(page, kind):
    content, came = BAD[kind]
    before = asked(page)
    dropped(page, content, f"{kind}.json")
    error = answer(page)
    assert error.startswith(f"“{kind}.json” opens no view: ")
    assert came in error
    assert error.endswith(".")
    assert ". " not in error
    assert asked(page) == before
    assert link_of(page)["photo"] == "owl"


@pytest.mark.parametrize(("name", "content"), [("a.svg", b"<svg/>"), ("a.html", b"<p>hello</p>")])
def test_a_drawing_or_page_of_another_program_is_answered_by_what_was_expected(page, name, content):
    dropped(page, content, name)
    assert "a file made by Export was expected, and this one says nothing of a view" in answer(page)


def test_a_record_of_before_weights_were_named_opens_its_view(page):
    dropped(page, exported("?photo=cat&r=8"))
    assert not page.error
    assert asked(page).sample == "cat"
