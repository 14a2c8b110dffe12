"""The catalogues: every sentence of the app has its translation, in the words of the glossary."""

import json
import re
from pathlib import Path

import pytest
import words
from words_found import untold, untold_in_javascript

from explorer.locale.catalogue import Entry, entries, read
from explorer.locale.language import LANGUAGES
from explorer.web.joined import script

ROOT = Path(__file__).parents[2]
ZH = entries("zh")
SLICES = ("layers", "video", "sound", "text", "lesson", "article", "labs", "speed", "training")
ROOMS = ("shell", "viewer", "charts", *SLICES)
FILES = ("compute.py", "order.py", "paste.py", "sheet.py", "write.py")
"""what writes files and code, which are English"""
SOURCES = [
    ROOT / "explorer" / "app.py",
    *(
        path
        for room in ROOMS
        for path in sorted((ROOT / "explorer" / room).glob("*.py"))
        if path not in words.retelling() and path.name not in FILES
    ),
]
SCRIPTS = [path for path in sorted((ROOT / "explorer" / "web").rglob("*.js")) if path.name != "record_types.js"]
ENGLISH = {
    "explorer/shell/guard.py": {
        "This server's disk is full or cannot be written. Please try again later.",
        "This session has uploaded too much. Remove a file or reload the page.",
    },  # answers to requests, which are English as all of HTTP
    "explorer/article/stops.py": {"Bolya et al., Token Merging, arXiv 2210.09461"},
    "explorer/sound/controls.py": {"Whisper tiny.en"},
    "explorer/charts/series.py": {"top center", "bottom center"},
    "explorer/charts/trade_off.py": {"bottom center", "top right"},  # plotly's words
    "explorer/speed/frontier.py": {"bottom left", "top right"},
    "explorer/shell/rivals.py": {" word pieces"},  # a column of a file
}
"""what stays English, and why"""
TERMS = {
    "token": "token", "class token": "类别 token", "attention": "注意力", "cosine": "余弦", "proportional attention": "比例注意力",
    "bipartite soft matching": "二分软匹配", "throughput": "吞吐量", "accuracy": "准确率", "spectrogram": "频谱图",
    "patch": "图像块", "layer": "层", "schedule": "调度", "quartiles": "四分位", "queries": "查询", "frames": "帧",
}  # fmt: skip
"""words that have one meaning only in the app, and what their Chinese must hold"""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_sentence_is_translated():
    said = words.collected()
    assert [english for english in said if english not in {entry.english for entry in ZH}] == [], "run `make words`"
    assert [entry.english for entry in ZH if not entry.translation] == []
    assert [entry.english for entry in ZH if entry.before] == [], "their English has changed"
    assert [entry.english for entry in ZH if entry.english not in said] == [], "run `make words`"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_is_said_in_english_alone(path):
    left = [(line, text) for line, text in untold(path.read_text()) if text not in ENGLISH.get(name(path), ())]
    assert left == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_says_nothing_in_english_alone(path):
    keys = {"class token", "distillation token"}  # as a lesson's record has them
    assert [text for text in untold_in_javascript(path.read_text(encoding="utf-8")) if text not in keys] == []


def test_a_script_carries_what_it_says_and_no_more():
    english, chinese = script("viewer/standalone"), script("viewer/standalone", "zh")
    assert "const CATALOGUE = {};" in english
    told = json.loads(re.search(r"^const CATALOGUE = (.*);$", chinese, re.MULTILINE)[1])
    assert told["Mean colour"] == "平均颜色"
    assert "Sets A and B" not in told, "which the lesson says"
    assert told["r = {r}, decreasing"] == "r = {r}，递减", "of a record's caption"
    assert "layer {number} of {depth}" in told, "of a comparison's progress"
    assert chinese.replace(json.dumps(told, ensure_ascii=False), "{}") == english


def test_what_stays_english_is_still_said():
    for source, texts in ENGLISH.items():
        assert {text for _, text in untold((ROOT / source).read_text())} >= texts


@pytest.mark.parametrize("entry", ZH, ids=lambda entry: entry.english[:40])
def test_a_translation_has_the_places_and_the_markup_of_its_english(entry):
    both = entry.english, entry.translation
    for pattern in (r"\{(\w+)[^{}]*\}", r"\]\(([^)]+)\)", r"\*\*(?=\S)", r"`[^`]+`", r":material/\w+:"):
        english, translation = (sorted(re.findall(pattern, text)) for text in both)
        assert set(english) == set(translation), pattern
    for text in both:
        assert text.count("**") % 2 == 0
        assert text == text.strip()


@pytest.mark.parametrize("term", TERMS)
def test_the_catalogue_holds_to_the_glossary(term):
    pattern = re.compile(rf"\b{term}(e?s)?\b", re.IGNORECASE)
    wrong = [
        entry.english
        for entry in ZH
        if pattern.search(re.sub(r"`[^`]*`|\{[^}]*\}", "", entry.english))
        and TERMS[term].lower() not in entry.translation.lower()
    ]
    assert wrong == []


def glossary() -> dict[str, str]:
    """English term → its Chinese."""
    rows = [
        line.strip("| \n").split(" | ")
        for line in (ROOT / "docs" / "glossary.md").read_text().splitlines()
        if line.startswith("| ")
    ]
    return {row[0]: row[1] for row in rows[1:]}


def test_the_glossary_has_a_chinese_word_for_every_term():
    terms = glossary()
    assert len(terms) > 40
    assert all(terms.values())
    for english, chinese in TERMS.items():
        listed = " ".join(terms[each] for each in terms if english.rstrip("s").replace("querie", "query") in each)
        assert chinese in listed, english


def test_a_catalogue_is_read_as_it_was_written():
    written = [
        Entry("A", "甲", ["a.py", "b.js"]),
        Entry('say "so"\n{n:.2f} \\ ' + "very long " * 30, "好" * 200, ["a.py"], before='said "so"'),
        Entry("B", "", ["c.py"]),
    ]
    assert list(read(words.written("zh", "中文", written))) == written


def test_a_sentence_that_has_changed_keeps_its_translation_with_a_mark():
    known = [Entry("Merge the most similar pairs.", "合并最相似的各对。", ["a.py"]), Entry("Gone.", "没了。", ["a.py"])]
    said = {"Merge the r most similar pairs.": ["a.py"], "Something new.": ["b.py"]}
    changed, new = words.merged(known, said)
    assert (changed.translation, changed.before) == ("合并最相似的各对。", "Merge the most similar pairs.")
    assert (new.translation, new.before) == ("", "")
    assert words.merged([changed], said)[0] == changed, "until somebody has taken the mark away"


def test_each_language_but_english_has_its_catalogue():
    found = {path.stem for path in (ROOT / "explorer" / "locale").glob("*.po")}
    assert found == set(LANGUAGES) - {"en"}
