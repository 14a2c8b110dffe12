"""The language of a run: its own context, kept by fragments, said by the link."""

import re
import threading
import time
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.engine.models import EMBEDDED
from explorer.locale import language
from explorer.locale.catalogue import Entry
from explorer.locale.language import LANGUAGES, mark, named, retell, speak, speaking, tr
from explorer.shell import cache
from explorer.shell.fragment import fragment
from explorer.shell.session import Session

APP = str(Path(__file__).parents[2] / "explorer" / "app.py")
PAGES = {
    "layers": "观看 Vision Transformer 合并 token",
    "video": "观看一个 token 贯穿多帧",
    "sound": "减少多少 token 才会出现错词？",
    "text": "哪些词合并成一个 token？",
    "matching": "二分软匹配，一步一步来",
    "read": "为什么要合并 token？",
    "similarity": "怎样的两个 token 算相似？",
    "algorithms": "哪些 token 合并成一个？",
    "prune_or_merge": "剪枝还是合并？",
    "speed": "合并换来什么？",
    "training": "边训练边合并",
}
"""page → its title in Chinese"""


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


@pytest.fixture(scope="module")
def engine():
    ready = cache.engine()
    assert ready.model(EMBEDDED).done.wait(300)
    return ready


def opened(page: str = "", **query: str) -> AppTest:
    at = AppTest.from_file(APP, default_timeout=240)
    for name, value in query.items():
        at.query_params[name] = value
    return (at.switch_page(f"_pages/{page}.py") if page else at).run()


@pytest.fixture
def catalogue(monkeypatch):
    """Give Chinese these entries only."""

    def give(**entries: str) -> None:
        told = {entry.english: entry.translation for entry in made}
        monkeypatch.setattr(language, "messages", lambda name: told if name == "zh" else {})
        monkeypatch.setattr(language, "entries", lambda name: made if name == "zh" else ())

    made: list[Entry] = []
    language._patterns.cache_clear()
    yield lambda *pairs: (made.extend(Entry(*pair) for pair in pairs), give())
    language._patterns.cache_clear()


def test_a_sentence_is_said_in_the_language_of_its_run():
    assert tr("Layers") == "Layers"
    with speaking("zh"):
        assert tr("Layers") == "逐层观察"
        assert mark("Layers") == "Layers", "for later"
    assert tr("Layers") == "Layers"


def test_what_no_catalogue_has_stays_as_it_is():
    with speaking("zh"):
        assert tr("no such {sentence}") == "no such {sentence}"
        assert tr("no such {sentence:.1f}", sentence=2) == "no such 2.0"
        assert retell("no such sentence") == "no such sentence"


def test_an_unknown_language_is_english():
    with speaking("tlh"):
        assert language.language() == "en"
        assert tr("Layers") == "Layers"


def test_a_sentence_that_was_made_elsewhere_is_told_again_with_its_values(catalogue):
    catalogue(
        ("{size} MB is more than {most} MB.", "{most} MB 为上限，实为 {size} MB。"),
        ("The file is damaged: {why}.", "文件已损坏：{why}。"),
        ("no frames", "没有帧"),
        ("{ratio:.2f} times as fast", "{ratio:.2f} 倍"),
        ("{a} {b}", "太宽"),
    )
    with speaking("zh"):
        assert retell("12 MB is more than 10 MB.") == "10 MB 为上限，实为 12 MB。"
        assert retell("The file is damaged: no frames.") == "文件已损坏：没有帧。"
        assert retell("1.50 times as fast") == "1.50 倍"
        assert retell("another thing") == "another thing", "too few fixed words tell nothing"
        assert named({1: "no frames"})(1) == "没有帧"
    assert retell("no frames") == "no frames"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "“a.heic” is a HEIC photo, which cannot be read here: export it as JPEG first.",
            "“a.heic”是 HEIC 照片，在此无法读取：请先导出为 JPEG。",
        ),
        (
            "“x.mp4” was not taken. The file holds no video: choose a clip.",
            "未采用“x.mp4”。文件中没有视频：请选择视频片段。",
        ),
        ("The server is short of memory. Please try again in a few minutes.", "服务器内存不足。请几分钟后再试。"),
        (
            "DINOv2 ViT-S/14 · 224 px · r = 16, decreasing · Greedy matching",
            "DINOv2 ViT-S/14 · 224 px · r = 16，递减 · 贪心匹配",
        ),
        (
            "ViT · r = 8, increasing (inflection 0.5) · metric dot · proportional attention off · seed = 3",
            "ViT · r = 8，递增（斜率 0.5） · 度量：点积 · 比例注意力：关 · seed = 3",
        ),
        ("AugReg ViT-S/16 · download", "AugReg ViT-S/16 · 需下载"),
        ("my file.pt", "my file.pt"),
    ],
)
def test_errors_and_titles_from_below_are_told_again(said, told):
    with speaking("zh"):
        assert retell(said) == told
    assert retell(said) == said


def test_values_are_never_read_as_places(catalogue):
    catalogue(("Showing {name}.", "正在显示 {name}。"))
    with speaking("zh"):
        assert retell("Showing {name} {0}.") == "正在显示 {name} {0}。"
        assert tr("Showing {name}.", name="{x}") == "正在显示 {x}。"


def test_two_runs_with_two_languages_never_meet():
    both, found = threading.Barrier(2), {}

    def run(name: str) -> None:
        speak(name)
        both.wait(10)
        found[name] = tr("Layers")

    threads = [threading.Thread(target=run, args=(name,)) for name in LANGUAGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"en": "Layers", "zh": "逐层观察"}
    assert tr("Layers") == "Layers"


def test_a_fragment_speaks_the_language_of_its_page_in_a_thread_of_its_own(monkeypatch):
    monkeypatch.setattr(st, "fragment", lambda function, run_every: function)
    monkeypatch.setattr("explorer.shell.fragment.session", lambda: Session(language="zh"))
    said = []
    thread = threading.Thread(target=fragment(lambda: said.append(tr("Layers"))))
    thread.start()
    thread.join()
    assert said == ["逐层观察"]


def test_no_fragment_passes_by_the_language():
    folder = Path(__file__).parents[2] / "explorer"
    passing = [
        path.name
        for path in folder.rglob("*.py")
        if {"st.fragment", "st.dialog"} & set(re.findall(r"st\.\w+", path.read_text()))
    ]
    assert passing == ["fragment.py"]


@pytest.mark.parametrize("odd", ["tlh", "", "ZH", "../zh", "zh,en"])
def test_an_odd_language_in_a_link_is_english(engine, odd):
    at = opened(lang=odd)
    assert not at.exception
    assert at.title[0].value == "Watch a Vision Transformer merge its tokens"


@pytest.mark.parametrize(
    ("browser", "link", "shown", "kept"),
    [
        ("zh-CN", {}, "zh", "zh"), ("zh-TW", {}, "zh", "zh"), ("zh", {"lang": "odd"}, "zh", "zh"),
        ("zh-CN", {"lang": "en"}, "en", "en"),  # or it would be Chinese again after a reload
        ("de-DE", {}, "en", None), ("", {}, "en", None), ("en-US", {"lang": "zh"}, "zh", "zh"),
    ],
)  # fmt: skip
def test_a_link_that_says_nothing_opens_in_the_language_of_the_browser(engine, monkeypatch, browser, link, shown, kept):
    monkeypatch.setattr(type(st.context), "locale", property(lambda _: browser))
    at = opened(**link)
    assert not at.exception
    assert is_chinese(at.title[0].value) == (shown == "zh")
    assert at.query_params.get("lang") == kept


def test_a_choice_of_a_language_keeps_all_others_and_goes_into_the_link(engine):
    at = opened(photo="cat", r="8")
    at.session_state["lang"] = "zh"
    at.run()
    assert not at.exception
    assert at.title[0].value == PAGES["layers"]
    assert at.query_params == {"photo": "cat", "r": "8", "lang": "zh"}
    at.session_state["lang"] = "en"
    at.run()
    assert not is_chinese(at.title[0].value)
    assert "lang" not in at.query_params


def test_another_page_keeps_the_language(engine):
    at = opened(lang="zh")
    at.switch_page("_pages/matching.py").run()
    assert at.title[0].value == PAGES["matching"]


@pytest.mark.parametrize("hostile", [", ".join(["x: y"] * 600), "“a” " * 800, "“{0}” ; ; ; " * 200])
def test_a_long_text_made_to_fit_many_sentences_costs_nothing(hostile):
    start = time.process_time()
    with speaking("zh"):
        assert retell(hostile) == hostile
    assert time.process_time() - start < 0.2
