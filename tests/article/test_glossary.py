"""The glossary and the index of questions: on every page, in both languages, by a link, and hidden on request."""

import pytest
from test_pages import app

from explorer.engine.models import EMBEDDED
from explorer.locale.glossary import TERMS
from explorer.locale.language import speaking
from explorer.shell import cache

PAGES = (
    "",
    "video",
    "sound",
    "text",
    "matching",
    "read",
    "similarity",
    "algorithms",
    "prune_or_merge",
    "speed",
    "training",
)


@pytest.fixture(scope="module", autouse=True)
def engine():
    assert cache.engine().model(EMBEDDED).done.wait(300)


def text(**query: str):
    at = app(**query)
    at.switch_page("_pages/text.py")
    return at.run()


def words(at) -> str:
    """What the open glossary says, "" where it is closed."""
    return next(
        (each.value for each in at.markdown if "square of the photo" in each.value or "图像块" in each.value), ""
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_a_button_that_opens_the_glossary_over_it(page):
    at = app()
    at = (at.switch_page(f"_pages/{page}.py") if page else at).run()
    assert words(at) == ""
    at.button(key="open_glossary").click().run()
    assert not at.exception
    assert words(at).count("\n\n") == len(TERMS) - 1
    assert at.query_params["glossary"] == "true"


def test_a_link_opens_it_and_a_word_is_found():
    at = text(glossary="true")
    assert "**class token**: token whose final value" in words(at)
    at.text_input(key="sought").set_value("Schedule").run()
    assert "**schedule**" in "".join(each.value for each in at.markdown)
    assert words(at) == ""


def test_in_chinese_each_word_stands_with_its_english():
    at = text(glossary="true", lang="zh")
    assert "**前缀** (prefix): 排在最前" in words(at)
    assert "**token**: 各层所处理的向量" in words(at)
    with speaking("zh"):  # AppTest asks for the labels of a page's widgets outside of its run
        at.text_input(key="sought").set_value("前缀").run()
    assert not at.exception
    assert any(each.value.startswith("**前缀**") for each in at.markdown)


def test_every_question_leads_to_its_step_and_every_stop_is_listed():
    links = [(each.proto.page, each.proto.query_string) for each in text(glossary="true").get("page_link")]
    steps = [query for page, query in links if page == "matching"]
    assert set(steps) == {f"step={step}&mode=explore" for step in range(1, 7)}
    assert len(steps) == 10
    assert [query for page, query in links if page == "read"] == [f"stop={number}" for number in range(1, 11)]


@pytest.mark.parametrize("hide", ["glossary", "sample,glossary"])
def test_a_link_that_hides_it_never_opens_it(hide):
    assert words(text(glossary="true", hide=hide)) == ""


def test_it_is_closed_on_the_page_that_one_of_its_links_opens():
    at = text(glossary="true")
    at.switch_page("_pages/matching.py").run()
    assert words(at) == ""
    assert "glossary" not in at.session_state["session"].address
