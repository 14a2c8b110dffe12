"""The glossary and the index of questions: on every page, in both languages, by a link, and hidden on request."""

import re
from pathlib import Path

import pytest
from test_language import PAGES
from test_pages import app

from explorer.article.index import ARGUED, QUESTIONS
from explorer.engine.models import EMBEDDED
from explorer.locale.glossary import TERMS
from explorer.locale.language import speaking
from explorer.shell import cache

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def engine():
    assert cache.engine().model(EMBEDDED).done.wait(300)


def text(**query: str):
    at = app(**query)
    at.switch_page("_pages/text.py")
    return at.run()


def words(at) -> str:
    """What the open glossary says, "" where it is closed."""
    told = [each.value for each in at.markdown if re.match(r"\*\*[^*]+\*\*( \(.+\))?: ", each.value)]
    return "\n\n".join(told)


def names(at) -> list[str]:
    return re.findall(r"^\*\*([^*]+)\*\*", words(at), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_in_the_language_of_its_link_with_a_button_that_opens_the_glossary_over_it(page):
    at = app(lang="zh")
    at.switch_page(f"_pages/{page}.py").run()
    assert at.title[0].value == PAGES[page]
    assert at.query_params["lang"] == "zh"
    assert words(at) == ""
    with speaking("zh"):  # AppTest asks for the labels of a page's widgets outside of its run
        at.button(key="open_glossary").click().run()
    assert not at.exception
    assert at.title[0].value == PAGES[page]
    assert sorted(names(at)) == sorted(term.chinese for term in TERMS)
    assert at.query_params["glossary"] == "true"


def test_a_link_opens_it_and_a_word_is_found():
    at = text(glossary="true")
    assert "**class token**: token whose final value" in words(at)
    at.text_input(key="sought").set_value("Schedule").run()
    assert "schedule" in names(at)
    assert "class token" not in names(at)


def test_in_chinese_each_word_stands_with_its_english():
    at = text(glossary="true", lang="zh")
    assert "**前缀** (prefix): 排在最前" in words(at)
    assert "**token**: 各层所处理的向量" in words(at)
    with speaking("zh"):  # AppTest asks for the labels of a page's widgets outside of its run
        at.text_input(key="sought").set_value("前缀").run()
    assert not at.exception
    assert "前缀" in names(at)
    assert "度量" not in names(at)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_subject_without_a_term_of_its_own_is_found_and_the_term_itself_is_first(lang):
    at = text(glossary="true", lang=lang)
    for sought, english in (
        ("pruning", "merge, prune, hybrid"), ("剪枝", "merge, prune, hybrid"), ("k-means", "bipartite soft matching"),
        ("batch", "ragged"), ("词元" if lang == "zh" else "Token", "token"), ("r", "r"), ("patch", "patch"),
    ):  # fmt: skip
        with speaking(lang):
            at.text_input(key="sought").set_value(sought).run()
        assert next(
            term.chinese if lang == "zh" else term.english for term in TERMS if term.english == english
        ) in names(at)
        if sought in ("r", "patch"):
            assert names(at)[0] in (sought, "图像块")


def links(at) -> list[tuple[str, str]]:
    return [(each.proto.page, each.proto.query_string) for each in at.get("page_link")]


@pytest.mark.parametrize(
    ("lang", "sought", "facts", "stops", "whys"),
    [
        ("en", "segmentation", ["How do merged tokens return to pixels, for segmentation?"], [], []),
        ("en", "Meta AI", ["Which checkpoint is embedded?"], [], []),  # in its answer
        ("zh", "分割", ["做分割时，合并后的 token 怎样回到像素？"], [], []),
        ("en", "cosine", ["In which layer does merging hurt most?"], [], ["cosine"]),
        ("en", "clustering k-means", [], ["stop=7"], []),
        ("en", "license", ["May I use it in a product, and how do I cite it?"], [], []),  # written licence here
        (
            "en",
            "retrain",
            ["Where are the code to paste, the install commands, the memory and the latency?"],
            ["stop=4"],
            [],
        ),
        ("en", "own algorithm", ["How do I try an algorithm of my own?"], [], []),
        ("en", "which algorithm choose", ["Which algorithm should I choose?"], [], []),
        ("en", "quiz", ["Is there a quiz?"], [], []),
        ("en", "onnx", ["Does it work with torch.compile, torch.export and ONNX?"], [], []),
        ("en", "prune", [], ["stop=3", "stop=4"], []),
        ("en", "CPU", ["Does it pay on a CPU?"], [], []),
        ("zh", "聚类", [], ["stop=7"], []),
    ],
)
def test_the_search_covers_questions_and_their_answers(lang, sought, facts, stops, whys):
    at = text(glossary="true", lang=lang)
    with speaking(lang):
        at.text_input(key="sought").set_value(sought).run()
    assert not at.exception
    asked = [found[1] for each in at.markdown if (found := re.match(r"\*\*([^*]+[?？])\*\* ", each.value))]
    assert asked == facts
    found = links(at)
    told = {part for _, query in found for part in query.split("&")}
    assert {*stops, *(f"why={name}" for name in whys)} <= told
    assert len(found) < 10


def test_a_search_that_finds_nothing_says_so_of_terms_and_of_questions():
    at = text(glossary="true")
    at.text_input(key="sought").set_value("xyzzy").run()
    said = [each.value for each in at.markdown]
    assert "No term has this in its name or meaning." in said
    assert "No question or answer has this in its words." in said


def test_every_question_leads_to_its_step_and_every_stop_is_listed():
    found = links(text(glossary="true"))
    steps = [query for page, query in found if page == "matching"]
    assert set(steps) == {f"step={step}&why={name}" for name, (step, _) in QUESTIONS.items()}
    assert {step for step, _ in QUESTIONS.values()} == set(range(1, 7))
    assert len(steps) == 10 + sum(bool(term.why) for term in TERMS)
    assert [query for page, query in found if page == "read"] == [
        f"stop={number}" for number in (*ARGUED.values(), *range(1, 11))
    ]


def test_a_term_that_a_question_is_about_has_its_answer_below_it():
    at = text(glossary="true")
    at.text_input(key="sought").set_value("cosine").run()
    labels = [each.proto.label for each in at.get("page_link")]
    assert labels[0] == "Why cosine?"
    assert {term.why for term in TERMS} - {""} <= {question for _, question in QUESTIONS.values()}


def test_every_question_is_that_of_an_answer_in_the_lesson():
    answers = (ROOT / "explorer" / "web" / "lesson" / "answers.js").read_text()
    found = re.findall(r'^  (\w+): \{\n    ask: tr\("([^"]+)"\)', answers, re.MULTILINE)
    assert {name: question for name, (_, question) in QUESTIONS.items()} == dict(found)


def test_each_chinese_word_is_listed_once():
    words = [term.chinese for term in TERMS]
    assert sorted(words) == sorted(set(words))


def test_terms_are_in_the_order_of_the_alphabet_and_of_pinyin():
    assert names(text(glossary="true")) == sorted((term.english for term in TERMS), key=str.lower)
    chinese = names(text(glossary="true", lang="zh"))
    assert chinese[:4] == ["A 与 B", "AugReg", "GFLOPs", "r"]
    order = ["保真度", "比例注意力", "不等长", "度量", "区域", "时空块", "token", "余弦", "注意力"]
    assert [name for name in chinese if name in order] == ["token", *(name for name in order if name != "token")]


def test_on_the_page_of_the_answer_a_button_goes_to_its_step():
    at = app(glossary="true", photo="cat", step="2")
    at.switch_page("_pages/matching.py").run()
    at.button(key="open_glossary").click().run()
    assert [page for page, _ in links(at) if page == "matching"] == []
    at.button(key="go questions Why weigh the mean by size?").click().run()
    assert not at.exception
    assert words(at) == ""
    cursor = at.session_state["session"].cursor
    assert (cursor["step"], cursor["why"], cursor["mode"]) == (5, "weighted", "predict")
    assert at.session_state["session"].address["photo"] == "cat"


@pytest.mark.parametrize("hide", ["glossary", "sample,glossary"])
def test_a_link_that_hides_it_never_opens_it(hide):
    assert words(text(glossary="true", hide=hide)) == ""


def test_it_is_closed_on_the_page_that_one_of_its_links_opens():
    at = text(glossary="true")
    at.switch_page("_pages/matching.py").run()
    assert words(at) == ""
    assert "glossary" not in at.session_state["session"].address
