"""The page Sound through AppTest: sample, upload, bad upload, deep link."""

from urllib.parse import parse_qsl

import pytest
import streamlit as st
from routes import ask
from test_pages import app, viewer
from test_pages_speed import finished
from test_pages_video import asked

from explorer.engine.packaged import WHISPER
from explorer.engine.task import Task
from explorer.export.view_link import link_of
from explorer.measuring.examples import example
from explorer.media import sounds
from explorer.media.files import File
from explorer.records.query import Query
from explorer.records.service import service
from explorer.shell import cache, run
from explorer.sound import search
from tome.config import MergeConfig
from tome.schedule import cap, schedule


@pytest.fixture(scope="module", autouse=True)
def engine():
    assert cache.engine().model(WHISPER).done.wait(300)


def sound(**query: str):
    at = app(**query)
    at.switch_page("_pages/sound.py")
    return at


def test_the_page_opens_on_a_sentence_that_keeps_every_word():
    at = sound().run()
    assert not at.exception
    assert asked(at) == Query(sound="jfk", r=200)
    assert at.header[0].value == "No word changed, with 700 of 1,500 tokens left"
    assert at.metric[0].value == "1,500 → 700"


def test_a_link_opens_the_same_view_of_a_sound_with_its_changed_words_marked():
    at = sound(sound_r="300", layer="3", pinned="700", fill="region").run()
    assert not at.exception
    assert asked(at) == Query(sound="jfk", r=300)
    assert (viewer(at)["layer"], viewer(at)["pinned"]) == (3, 700)
    assert at.header[0].value.startswith("2 of 22 words changed")
    marked = [text.value for text in at.markdown if "orange-background" in text.value]
    assert [text.count("orange-background") for text in marked] == [2, 2]
    assert ":orange-background[**asked**]" in marked[1]


@pytest.mark.parametrize(
    "query",
    [
        Query(sound="jfk", r=200),
        Query(sound="directory", r=(300, -1.0), algorithm="adjacent_merge"),
        Query(sound="jfk", r=3, model="random:ast_small"),
        Query(sound="jfk", r=3, model="random:audiomae_vit_small"),
    ],
    ids=str,
)
def test_the_link_in_a_file_of_a_sound_opens_its_view(query):
    page, _, said = link_of(query, layer=2, fill="region", pinned=7).partition("?")
    assert page == "sound"
    assert cache.engine().model(WHISPER if query.model == "embedded" else query.model).done.wait(300)
    at = sound(**dict(parse_qsl(said))).run()
    assert not at.exception
    assert asked(at) == query
    assert [viewer(at)[name] for name in ("layer", "fill", "pinned")] == [2, "region", 7]


def test_the_link_of_a_sound_names_a_model_of_the_hub_as_its_page_does():
    given = dict(parse_qsl(link_of(Query(sound="jfk", r=40, model="hub:someone/audiomae")).partition("?")[2]))
    assert given == {"sound": "jfk", "sound_model": "hub", "sound_hub": "someone/audiomae", "sound_r": "40"}


def test_words_of_another_r_are_dimmed_while_the_model_listens(monkeypatch):
    at = sound(sound_r="250").run()
    said = at.markdown[2].value.replace(":orange-background[**", "").replace("**]", "")
    at.session_state["session"].rates["sound"]["r"] = 251
    with monkeypatch.context() as patch:
        patch.setattr(run, "record", lambda source, config: st.stop())
        at.run()
    assert at.header[0].value == ":gray[Listening, r = 251…]"
    assert at.markdown[2].value == f":gray[{said}]"
    at.run()
    assert "Listening" not in at.header[0].value


@pytest.mark.parametrize("bad", [{"sound": "../x"}, {"sound_r": "x"}, {"sound_algorithm": "evit"}])
def test_a_broken_link_falls_back_to_the_default_sound(bad):
    at = sound(**bad).run()
    assert not at.exception
    assert asked(at) == Query(sound="jfk", r=200)


@pytest.mark.parametrize("content", [b"", b"no sound", b"RIFF    WAVEjunk"])
def test_a_bad_sound_is_one_sentence_and_the_view_stays(content):
    at = sound().run()
    mine = sounds.FILES.named("jfk").content + b"\0"
    at.file_uploader[0].set_value(("mine.wav", mine, "audio/wav")).run()
    before = asked(at)
    assert before.sound == File.of(mine, "mine.wav").digest
    at.file_uploader[0].set_value(("bad.wav", content, "audio/wav")).run()
    assert not at.exception
    assert len(at.error) == 1
    assert "bad.wav" in at.error[0].value.replace("\\", "")
    assert asked(at) == before


@pytest.mark.parametrize(("first", "most"), [(243, 6), (1, 7), (99, 7), (100, 7), (350, 6)])
def test_the_first_change_is_found_by_halving(first, most):
    asked = []

    def changed(r: int) -> int:
        asked.append(r)
        return int(r >= first)

    assert search.first_change(changed, search.RATES) == first
    assert len(set(asked)) == len(asked) <= len(search.RATES) + most
    assert most <= search.HALVINGS


def test_where_words_come_back_the_value_before_the_found_one_changes_none():
    counts = {r: int(r in (120, 190) or r > 230) for r in range(400)}
    found = search.first_change(counts.__getitem__, search.RATES)
    assert counts[found]
    assert not counts[found - 1]
    assert search.first_change(lambda r: 0, search.RATES) is None


def test_the_limit_is_named_for_the_schedule_that_is_chosen_and_a_button_sets_r_to_it(monkeypatch):
    at = sound().run()

    def changed_from_243(source, config, task):
        record = service().known(source, MergeConfig(r=200)).record
        changed = int(isinstance(config.r, int) and config.r >= 243)
        return record.model_copy(update={"sound": record.sound.model_copy(update={"changed": changed})})

    def said() -> list[str]:
        return [text.value for text in at.markdown if "is the first at which" in text.value]

    monkeypatch.setattr(service(), "run", changed_from_243)
    at.button(key="limit.start").click().run()
    finished(at, "limit")
    (named,) = said()
    assert named.startswith(
        "**800 of 1,500 tokens can go before a word does: at r = 242 none changes, and r = 243 is the first"
    )
    at.session_state["session"].rates["sound"]["decreasing"] = True
    at.run()
    at.button(key="limit.start").click().run()
    finished(at, "limit")
    assert said() == []
    runs = at.session_state["session"].measurements["limit"].task.snapshot.results
    assert {way.config.r for way, _ in runs} == {(r, -1.0) for r in search.RATES}
    assert at.table[0].value["r"].tolist() == list(search.RATES)
    at.session_state["session"].rates["sound"]["decreasing"] = False
    at.run()
    offer = at.button(key="limit.set")
    assert offer.label == "See r = 243, the first with a changed word"
    offer.click().run()
    assert not at.exception
    assert asked(at) == Query(sound="jfk", r=243)
    assert "words changed" in at.header[0].value


def test_a_sample_opens_with_a_stored_search_of_its_schedule_and_an_own_one_takes_its_place(monkeypatch):
    rows = [row for row in example("limit").rows if row["sound"] == "directory"]
    at = sound(sound="directory").run()  # other tests search the other sample
    assert at.table[0].value["r"].tolist() == sorted({row["r"] for row in rows if not row["decreasing"]})
    assert any(caption.value.startswith("Example of ") for caption in at.caption)
    at.session_state["session"].rates["sound"]["decreasing"] = True
    at.run()
    assert at.table[0].value["r"].tolist() == sorted({row["r"] for row in rows if row["decreasing"]})
    monkeypatch.setattr(service(), "run", lambda source, config, task: limited(config))
    at.button(key="limit.start").click().run()
    finished(at, "limit")
    assert not any(caption.value.startswith("Example of ") for caption in at.caption)
    assert at.table[0].value["Tokens left"].tolist()[0] == limited(MergeConfig(r=(100, -1.0))).layers[-1].tokens


def test_an_own_sound_has_no_stored_search():
    at = sound().run()
    at.file_uploader[0].set_value(("mine.wav", sounds.FILES.named("jfk").content + b"\0", "audio/wav")).run()
    assert not any(caption.value.startswith("Example of ") for caption in at.caption)
    assert not at.table


def test_the_stored_search_is_that_of_this_code():
    rows = [row for row in example("limit").rows if row["sound"] == "jfk" and not row["decreasing"]]
    counts = {row["r"]: row["changed"] for row in rows if row["algorithm"] == "bipartite"}
    assert search.first_change(counts.__getitem__, search.RATES) in counts
    config = MergeConfig(r=200)
    record = service().found(service().source(Query(sound="jfk")), config, Task("test"))
    assert {"sound": "jfk", "decreasing": False, **search.row(config, record)} in rows


def test_a_figure_of_a_sound_speaks_of_no_borders_between_its_narrow_steps():
    status, content = ask("figure", sound="jfk", r=200, format="svg", fill="photo")
    assert status == 200
    assert b"borders" not in content
    assert b"The spectrogram, without the colours of tokens." in content


@pytest.mark.parametrize(("r", "offered"), [("370", []), ("375", ["Set r to 187: about half stay"])])
def test_an_r_that_asks_for_all_tokens_of_the_sound_says_so_and_offers_one_that_leaves_half(r, offered):
    at = sound(sound_r=r).run()
    assert not at.exception
    here = [button for button in at.button if button.label.startswith("Set r to")]
    assert [button.label for button in here] == offered
    assert ["375 in 4 layers asks for all 1,500 tokens of the sound or more" in info.value for info in at.info] == [
        True for _ in offered
    ]


@pytest.mark.parametrize(("r", "capped"), [(300, []), (301, [4]), (350, [4]), ((350, -1.0), [2, 3])])
def test_the_layers_that_half_of_their_tokens_was_the_most_of_are_known(r, capped):
    config = MergeConfig(r=r)
    assert search.capped_layers(limited(config), config) == capped


def test_a_search_that_meets_the_cap_says_from_which_r_on(monkeypatch):
    at = sound().run()
    monkeypatch.setattr(service(), "run", lambda source, config, task: limited(config))
    at.button(key="limit.start").click().run()
    finished(at, "limit")
    (said,) = [each.value for each in at.caption if "no layer merges more than half" in each.value]
    assert said.startswith("From r = 350 of these on")


def limited(config):
    """The record of a sound whose tokens alone are those of ``config``."""
    source = service().source(Query(sound="jfk"))
    tokens, known = [1500], service().found(source, MergeConfig(r=200), Task("test"))
    for r in schedule(config.r, 4):
        tokens.append(tokens[-1] - min(r, cap(tokens[-1], 0)))
    layers = [layer.model_copy(update={"tokens": count}) for layer, count in zip(known.layers, tokens, strict=True)]
    return known.model_copy(update={"layers": layers})
