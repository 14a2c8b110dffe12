"""The codec of links: what is written is read again, and odd text is the default."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import corpus
import pytest
from hypothesis import given
from hypothesis import strategies as some
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy
from streamlit.testing.v1 import AppTest

from explorer.article.stops import STOPS
from explorer.engine.engine import Loading
from explorer.engine.models import CURATED, EMBEDDED
from explorer.labs.panels import WORDS
from explorer.media import sounds
from explorer.media.photos import samples
from explorer.records.service import service
from explorer.records.stored import CLIP
from explorer.shell import state
from explorer.shell.link import CURSOR, PARAMETERS, VIEW, read, write, written
from explorer.shell.link_pages import PAGES, elsewhere
from explorer.shell.parameter import Count, Flag, Parts, Share, Word, Words
from explorer.shell.text import literal
from tome.matching import ALGORITHMS

APP = Path(__file__).parents[2] / "explorer" / "app.py"
NAMES = sorted(PARAMETERS)
WORD = some.text(some.characters(blacklist_characters=",", blacklist_categories=["Cs"]), min_size=1, max_size=20)


def values(name: str) -> some.SearchStrategy:
    """Values that a parameter can have."""
    match PARAMETERS[name]:
        case Flag():
            return some.booleans()
        case Count(default, low, high):
            return some.integers(low, high) | some.just(default)
        case Share():
            return some.integers(0, 20).map(lambda step: round(step / 20, 2))
        case Word(default, options, longest):
            text = some.sampled_from(options) if options else some.text(max_size=min(longest, 40))
            return text | some.just(default)
        case Parts(options):
            return some.lists(some.sampled_from(options), unique=True, max_size=4).map(tuple)
        case Words():
            return some.lists(WORD, max_size=6).map(tuple)


@pytest.mark.parametrize("name", NAMES)
@given(data=some.data())
def test_what_is_written_into_a_link_is_read_from_it_again(name, data):
    value = data.draw(values(name))
    assert PARAMETERS[name].allows(value)
    link = dict(parse_qsl(urlencode(written({name: value})), keep_blank_values=True))
    assert read(name, link.get(name)) == value
    assert (name in link) == (value != PARAMETERS[name].default)


@pytest.mark.parametrize("name", NAMES)
@given(
    text=some.text(max_size=60) | some.from_regex(r"-?[0-9a-f.,e_+]{0,12}") | some.sampled_from(["true", "nan", "١"])
)
def test_odd_text_gives_a_value_that_the_parameter_can_have(name, text):
    value = read(name, text)
    assert PARAMETERS[name].allows(value)
    assert read(name, write(value)) == value or value == PARAMETERS[name].default


@pytest.mark.parametrize(
    ("name", "odd"),
    [("layer", "-1"), ("layer", "1e3"), ("layer", "999999"), ("r", "16.0"), ("offset", "0.51"), ("offset", "nan"),
     ("fill", "x"), ("arrows", "yes"), ("feature", ",,"), ("timm", 81 * "x"), ("stop", "0"), ("mae_r", "17")],
)  # fmt: skip
def test_odd_text_counts_as_absent(name, odd):
    assert read(name, odd) == read(name, None) == PARAMETERS[name].default


def hostile_links(seed: int, count: int) -> Iterator[dict[str, str]]:
    """Links of three to eight parameters, each with a hostile value."""
    chance, texts = random.Random(seed), corpus.hostile_texts(seed, 8 * count)
    for _ in range(count):
        yield {name: next(texts) for name in chance.sample(NAMES, chance.randint(3, 8))}


def test_five_thousand_hostile_links_are_read_as_values_that_the_parameters_can_have():
    for link in hostile_links(0, 5000):
        for name, text in link.items():
            value = read(name, text)
            assert PARAMETERS[name].allows(value)
            assert isinstance(write(value), str)


@pytest.mark.parametrize("page", [page.stem for page in sorted(APP.with_name("_pages").glob("*.py"))])
def test_a_hostile_link_opens_every_page(page):
    assert service().engine.model(EMBEDDED).done.wait(300)
    (link,) = hostile_links(len(page), 1)
    at = AppTest.from_file(APP, default_timeout=240)
    for name, text in link.items():
        at.query_params[name] = text
    at.switch_page(f"_pages/{page}.py").run()
    assert not at.exception, link


def opened(link: str) -> AppTest:
    """Open the app with a link, its model loaded."""
    assert service().engine.model(EMBEDDED).done.wait(300)
    page, _, query = link.partition("?")
    at = AppTest.from_file(APP, default_timeout=240)
    for name, text in parse_qsl(query, keep_blank_values=True):
        at.query_params[name] = text
    return at.switch_page(f"_pages/{page or 'layers'}.py").run()


def said(asked: str, shown: str) -> str:
    return f"The link asked for {literal(asked)}. Shown here: {literal(shown)}."


@pytest.mark.parametrize(
    ("link", "asked", "shown"),
    [
        ("?r=9999&metric=foo&layer=77&unknown=1", "r = 9999, layer = 77", "r = 128, layer = 12"),
        ("?photo=unicorn&fill=f*o&square=yes", "photo = unicorn, fill = f*o, square = yes", "photo = dog, fill = mean, square = false"),
        ("similarity?metric=dot,foo", "metric = dot,foo", "metric = dot"),
        ("video?frames=99&clip_r=99999", "frames = 99, clip_r = 99999", "frames = 6, clip_r = 256"),
        ("read?stop=99&layer=77", "stop = 99", "stop = 1"),
    ],
)  # fmt: skip
def test_what_a_link_asks_for_in_vain_is_said_once(link, asked, shown):
    at = opened(link)
    (told,) = at.toast
    assert told.value == said(asked, shown)
    assert not at.run().toast


@pytest.mark.parametrize(
    "link",
    [
        "",
        "?photo=cat&r=8&layer=10&fill=region&beside=owl",
        "?square=true&offset=0.25&side=448&decreasing=true&similarity=false",
        "speed?model=test_vit&random=true&images=8",  # a timm name goes to its own control
        "matching?step=3&mode=explore&edges=4",
        "read?stop=4&r=5&layer=2",
        "text?text_r=12&fill=mean",
        "similarity?feature=key&metric=cosine,dot&pinned=100&frames=99",
        "algorithms?algorithms=bipartite,kmeans&reference=nobody",
    ],
)
def test_a_link_that_is_followed_says_nothing(link):
    at = opened(link)
    assert not at.toast
    assert not at.run().toast


def test_a_choice_of_the_readers_is_no_correction_of_the_link():
    at = opened("similarity?r=8&feature=key&metric=cosine,dot")
    at.session_state["session"].cursor.update(r=20)
    at.pills(key="photo").set_value("cat").run()
    assert not at.toast


@pytest.mark.parametrize("chosen", [None, 3])
def test_a_layer_that_a_loading_model_lacks_is_said_once_it_is_known_unless_another_was_chosen(chosen, monkeypatch):
    engine = service().engine
    assert engine.model(EMBEDDED).done.wait(300)
    at = AppTest.from_file(APP, default_timeout=240)
    for name, text in {"layer": "24", "fill": "f*o"}.items():
        at.query_params[name] = text
    with monkeypatch.context() as loading:
        for name in ("model", "known"):
            loading.setattr(engine, name, Loading)
        at.run()
    assert [told.value for told in at.toast] == [said("fill = f*o", "fill = mean")]
    if chosen:
        at.session_state["session"].cursor.update(layer=chosen)
    at.run()
    assert [told.value for told in at.toast] == ([] if chosen else [said("layer = 24", "layer = 12")])
    assert not at.run().toast


class Asked(dict):
    """The parameters, and which of them were asked for."""

    def __init__(self):
        super().__init__(PARAMETERS)
        self.names = set()

    def __getitem__(self, name):
        self.names.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("page", [page.stem for page in sorted(APP.with_name("_pages").glob("*.py"))])
def test_a_copied_link_keeps_every_parameter_that_its_page_asks_for(page, monkeypatch):
    assert service().engine.model(EMBEDDED).done.wait(300)
    at = AppTest.from_file(APP, default_timeout=240)
    for name, text in {"model": "other", "timm": "test_vit", "random": "true", "sound_model": "hub"}.items():
        at.query_params[name] = text
    asked = Asked()
    monkeypatch.setattr("explorer.shell.link.PARAMETERS", asked)
    at.switch_page(f"_pages/{page}.py").run()
    assert not at.exception
    assert not (asked.names - set(CURSOR)) & set(elsewhere("" if page == "layers" else page))


def test_every_parameter_of_a_page_is_a_parameter_and_the_viewers_are_common():
    for page, names in PAGES.items():
        assert set(names) <= set(PARAMETERS)
        assert not (set(VIEW) - {"r", "decreasing"}) & set(elsewhere(page))


def test_every_default_is_one_of_the_values_that_the_app_offers():
    for name, words in WORDS.items():
        assert set(PARAMETERS[name].default) <= set(words)
    for name in ("algorithms", "methods"):
        assert set(PARAMETERS[name].default) <= set(ALGORITHMS)
    assert {PARAMETERS["photo"].default, *PARAMETERS["batch"].default} <= set(samples())
    assert PARAMETERS["model"].default in CURATED
    clip = (CLIP.clip, CLIP.frames, CLIP.size, CLIP.attention, CLIP.r)
    assert clip == tuple(PARAMETERS[name].default for name in ("clip", "frames", "clip_side", "attention", "clip_r"))
    assert PARAMETERS["sound"].default in sounds.SAMPLES
    assert PARAMETERS["stop"].default <= len(STOPS)


def test_the_viewer_leaves_the_same_defaults_out_of_the_link():
    script = (Path(__file__).parents[2] / "explorer" / "web" / "viewer" / "streamlit.js").read_text()
    told = dict(re.findall(r"(\w+): ([^,}]+?)[ ,}]", re.search(r"AT_REST = \{([^}]*\})", script).group(1)))
    told = {name: value.strip().strip('"').replace("null", "None") for name, value in told.items()}
    rest = {name: write(parameter.default) for name, parameter in VIEW.items() if name not in ("r", "decreasing")}
    assert told == rest


def test_a_choice_whose_run_a_newer_one_ended_still_comes_into_the_link(monkeypatch):
    """Streamlit may end a run where it was to send the link."""

    def page():
        from explorer.shell import state

        state.enter("layers")
        state.to_link(photo="cat")

    ended = []

    def end_once(link: Any, params: Any) -> None:
        if not ended:
            ended.append(params)
            raise RerunException(RerunData())
        real(link, params)

    real = QueryParamsProxy.from_dict
    monkeypatch.setattr(QueryParamsProxy, "from_dict", end_once)
    app = AppTest.from_function(page).run()
    assert (ended, app.query_params) == ([{"photo": "cat"}], {"photo": "cat"})


def test_after_a_step_back_the_browser_is_given_the_link_again(monkeypatch):
    """The link of a choice just before it may still have been on its way, and stand in the address."""

    def page():
        from explorer.shell import state

        state.enter("layers")
        state.to_link(photo="cat")

    sent = []
    monkeypatch.setattr(QueryParamsProxy, "from_dict", lambda link, params: sent.append(list(params.items())))
    app = AppTest.from_function(page)
    app.query_params.update(side="336", photo="cat", r="5")
    app.run().run()
    assert sent == []
    monkeypatch.setattr(state, "get_script_run_ctx", lambda: SimpleNamespace(is_history_navigation=True))
    app.run()
    assert sent == [[("side", "336"), ("photo", "cat"), ("r", "5")]], "in the order of the address"


def test_the_article_and_an_answer_leave_no_trace_in_the_pages_after_them():
    def page():
        import streamlit as st

        from explorer.lesson import view
        from explorer.shell import cursor, state

        now = st.session_state.get("to", "layers")
        state.enter(now)
        if now == "read":
            view.go(layer=12, step=3, fill="size")
        st.json(cursor.current())
        st.text(state.whole_link())

    def seen(app: AppTest, to: str) -> dict[str, Any]:
        app.session_state["to"] = to
        return json.loads(app.run().json[0].value)

    app = AppTest.from_function(page)
    app.query_params.update(layer="7", why="key")
    before = seen(app, "layers")
    assert (before["layer"], before["why"]) == (7, "key")
    for name in list(app.query_params):
        del app.query_params[name]  # as a click on a tab does
    after = seen(app, "read")
    assert (after["layer"], after["step"], after["why"]) == (12, 3, None)
    assert "why" not in app.text[0].value
    after = seen(app, "matching")
    assert (after["layer"], after["step"], after["fill"]) == (7, 1, "mean")


def test_what_a_component_reports_of_a_page_that_was_left_is_ignored():
    """Streamlit still calls back for a message that was on its way, but has let go of the component's values."""

    def page():
        import streamlit as st

        from explorer.shell.cursor import reported
        from explorer.shell.session import session

        taken = []
        reported("viewer", "fill", taken.append)()
        st.session_state["viewer"] = {"fill": [session().revision, "size"]}
        reported("viewer", "fill", taken.append)()
        st.text(taken)

    app = AppTest.from_function(page).run()
    assert ([text.value for text in app.text], list(app.exception)) == (["['size']"], [])


def test_what_was_chosen_before_the_reader_went_back_is_ignored():
    """It may arrive after the step back, and Streamlit gives it again with the next choice."""

    def page():
        import streamlit as st

        from explorer.shell import state
        from explorer.shell.cursor import current, remember, reported
        from explorer.shell.session import session

        def tell(at: int, r: int) -> None:
            st.session_state["viewer"] = {"r": [at, r]}
            reported("viewer", "r", lambda value: remember("r", value))()

        at = session().revision
        tell(at, 17)
        told = [current()["r"]]
        state.go({})
        tell(at, 17)
        told.append(current()["r"])
        tell(session().revision, 17)
        st.text([*told, current()["r"]])

    app = AppTest.from_function(page).run()
    assert ([text.value for text in app.text], list(app.exception)) == (["[17, 16, 17]"], [])
