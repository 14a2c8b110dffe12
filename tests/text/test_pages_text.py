"""The page Text and its records: words in their cells, labels of the trace, texts of one's own."""

import csv
import io
from base64 import b64decode

import numpy as np
import pytest
from test_pages import app, viewer
from test_pages_speed import finished
from test_pages_video import asked

import tome
from explorer.engine.packaged import MINILM
from explorer.engine.task import Task
from explorer.media import texts
from explorer.memory.shelf import Shelf
from explorer.records import build
from explorer.records import texts as text_records
from explorer.records.errors import BadQuery
from explorer.records.query import Query
from explorer.records.schema import DROPPED, Layer, Record, Text
from explorer.shell import cache, rivals
from explorer.text import figures
from explorer.text.merged import Group, merged_words


@pytest.fixture(scope="module", autouse=True)
def prose():
    loading = cache.engine().model(MINILM)
    assert loading.done.wait(300)
    return loading.backbone


def told(prose, **asked):
    query = Query(**{"text": "sea", "r": 8, **asked})
    return text_records.source(prose, query).record(query.config, Shelf(megabytes=1), Task("test"))


def labels(record):
    return [np.frombuffer(b64decode(layer.labels), "<u2")[: len(record.text.words)] for layer in record.layers]


def text(**query: str):
    at = app(**query)
    at.switch_page("_pages/text.py")
    return at


def test_labels_of_words_are_the_sources_of_the_trace(prose):
    record = told(prose)
    inputs = prose.model.encode([texts.named("sea").content])
    assert ["[CLS]", *record.text.words, "[SEP]"] == prose.model.words(inputs)
    _, trace = prose.model.embed(inputs, tome.MergeConfig(r=8))
    for layer in range(6):
        assert (labels(record)[layer + 1] == trace.source(layer)[0, 2:].numpy() - 2).all()
    rest = np.frombuffer(b64decode(record.layers[-1].labels), "<u2")[len(record.text.words) :]
    assert (rest == DROPPED).all()
    assert record.grid[0] * record.grid[1] - len(rest) == len(record.text.words)


def test_edges_between_words_name_tokens_that_end_up_together(prose):
    record = told(prose)
    for before, after, layer in zip(labels(record), labels(record)[1:], record.layers[1:], strict=False):
        for source, destination in zip(layer.source, layer.destination, strict=True):
            assert set(after[before == source]) == set(after[before == destination])


def test_an_embedding_without_merging_is_the_plain_one(prose):
    assert told(prose, r=0).class_cosine == pytest.approx(1, abs=1e-6)
    assert told(prose, r=8).class_cosine < 0.99


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [({"text": "tale"}, "text"), ({"model": "random:test_vit"}, "model"), ({"text": 64 * "0"}, "text")],
)
def test_a_wrong_text_or_model_is_refused_by_name(prose, asked, parameter):
    with pytest.raises(BadQuery) as refused:
        told(prose, **asked)
    assert refused.value.parameter == parameter


def test_a_link_opens_the_same_view_of_a_text():
    at = text(text="bread", text_r="4", text_algorithm="adjacent_merge", layer="5", fill="region").run()
    assert not at.exception
    assert asked(at) == Query(text="bread", r=4, algorithm="adjacent_merge")
    assert (viewer(at)["layer"], viewer(at)["fill"]) == (5, "region")
    first, last = at.metric[0].value.split(" → ")
    assert int(first) - int(last) == 24


@pytest.mark.parametrize("bad", [{"text": "../x"}, {"text_r": "-1"}, {"text_algorithm": "evit"}])
def test_a_broken_link_falls_back_to_the_default_text(bad):
    at = text(**bad).run()
    assert not at.exception
    assert asked(at) == Query(text="sea", r=8)


@pytest.mark.parametrize("content", ["One word", "*a* <b> \0 “ü” 漢字", "word " * 700])
def test_a_text_of_ones_own_is_read_whatever_it_holds(content):
    at = text().run()
    at.text_area[0].set_value(content[: texts.MOST_LETTERS]).run()
    assert not at.exception
    assert asked(at).text == texts.OwnText.of(content).digest
    assert at.metric[0].value.startswith(("4 → ", "256 → ") if "word" in content.lower() else "")
    assert at.pills(key="text").value is None
    at.text_area[0].set_value("  ").run()
    assert (asked(at).text, at.pills(key="text").value) == ("sea", "sea")


def test_a_sample_takes_over_from_a_text_of_ones_own_until_that_is_asked_for_again():
    at = text().run()
    at.text_area[0].set_value("One word").run()
    at.pills(key="text").set_value("bread").run()
    assert asked(at).text == "bread"
    next(button for button in at.button if button.label == "Show my own text again").click().run()
    assert not at.exception
    assert asked(at).text == texts.OwnText.of("One word").digest
    assert at.pills(key="text").value is None


def test_a_text_with_pieces_that_the_model_does_not_know_is_warned_of():
    at = text().run()
    assert not at.warning
    at.text_area[0].set_value("The cat 喵喵 sleeps").run()
    said = at.warning[0].value
    assert said == "The model reads English only: 2 of 5 pieces are [UNK], unknown to it."


def visit(at, page: str):
    at.switch_page(f"_pages/{page}.py").run()
    assert not at.exception
    return at


def test_a_text_of_ones_own_is_still_there_after_a_look_at_another_page():
    at = text().run()
    at.text_area[0].set_value("One word").run()
    visit(visit(at, "video"), "text")
    assert at.text_area[0].value == "One word"
    assert asked(at).text == texts.OwnText.of("One word").digest
    at.pills(key="text").set_value("bread").run()
    visit(visit(at, "video"), "text")
    assert (at.text_area[0].value, asked(at).text) == ("One word", "bread")
    at.text_area[0].set_value(" ").run()
    visit(visit(at, "video"), "text")
    assert (at.text_area[0].value, asked(at).text) == ("", "bread")


def test_the_viewer_is_told_whether_a_link_can_hold_the_text():
    at = text().run()
    assert viewer(at)["own"] is False
    assert viewer(at.text_area[0].set_value("One word").run())["own"] is True
    assert viewer(at.pills(key="text").set_value("bread").run())["own"] is False


@pytest.mark.parametrize(("count", "r"), [(29, 2), (40, 3), (49, 0)])
def test_a_text_too_short_for_r_says_so_and_offers_an_r_that_fits(count, r):
    at = text().run()
    at.text_area[0].set_value("one " * count).run()
    offered = [button for button in at.button if button.label.startswith("Set r to")]
    assert len(at.info) == len(offered) == bool(r)
    for button in offered:
        assert f"r = 8 in 6 layers asks for all {count} tokens of its words or more" in at.info[0].value
        button.click().run()
        assert not at.exception
        assert (asked(at).r, len(at.info)) == (r, 0)


def record_of(words: list[str], layers: list[list[int]]) -> Record:
    told = [{"tokens": len({*labels} - {DROPPED}), "labels": build.coded(np.array(labels))} for labels in layers]
    return Record.model_construct(text=Text(words=words, cut=False), layers=[Layer(**layer) for layer in told])


def test_words_that_are_one_token_in_the_end_are_listed_with_the_layers_in_which_they_joined():
    words = ["the", "sea", "the", ".", "a", "tide"]
    layers = [[0, 1, 2, 3, 4, 5], [0, 1, 0, 2, 3, 4], [0, 1, 0, 2, 0, 1], [0, 1, 0, DROPPED, 0, 1]]
    assert merged_words(record_of(words, layers)) == [
        Group(("the", "the", "a"), (1, 2)),
        Group(("sea", "tide"), (2,)),
    ]
    assert merged_words(record_of(words, layers[:1])) == []


def test_a_real_text_lists_every_word_that_merged_once(prose):
    record = told(prose)
    listed = [word for group in merged_words(record) for word in group.words]
    last = labels(record)[-1]
    tokens, counts = np.unique(last, return_counts=True)
    merged = np.isin(last, tokens[counts > 1])
    tables = [table.value["Count"] for table in text(text_r="8").run().table]
    assert [len(tables), len(tables[0])] == [2, figures.FIRST]
    assert sum(map(sum, tables)) == merged.sum()
    assert sorted(listed) == sorted(np.array(record.text.words)[merged])


def test_what_is_compared_over_r_is_saved_with_its_settings(monkeypatch):
    monkeypatch.setattr(figures, "RATES", (4,))
    monkeypatch.setattr(figures, "RIVALS", ("bipartite", "random_prune"))
    at = text().run()
    at.button(key="texts.start").click().run()
    finished(at, "texts")
    assert not at.exception
    known = at.session_state["session"].measurements["texts"].task.snapshot.results
    rows = at.table[-1].value.set_index("r")["4"]
    assert rows[["Tokens left", "GFLOPs"]].tolist() == ["87", f"{known[0][1].figures.gflops:.2f}"]
    assert rows["Random pruning"] == f"{known[1][1].class_cosine:.3f}"
    assert at.get("plotly_chart")
    rows = list(csv.DictReader(io.StringIO(rivals.as_file(known, lambda record: {"Cosine": record.class_cosine}))))
    assert [(row["sample"], row["input"], row["r"], row["algorithm"]) for row in rows] == [
        ("sea", "109 word pieces", "4", "bipartite"),
        ("sea", "109 word pieces", "4", "random_prune"),
    ]
    assert rows[0]["digest"] == texts.named("sea").digest


@pytest.mark.parametrize(
    ("algorithm", "said"),
    [
        ("bipartite", "most similar pairs of tokens merge"),
        ("adjacent_merge", "pairs of neighbours merge"),
        ("random_merge", "random pairs merge"),
        ("random_prune", "random tokens are dropped"),
        ("attention_prune", "attends to least are dropped"),
    ],
)
def test_the_page_says_what_a_layer_does_under_the_chosen_algorithm_and_what_the_marks_of_pieces_mean(algorithm, said):
    intro = text(text_algorithm=algorithm).run().markdown[0].value
    assert said in intro
    assert ("one colour" in intro) == (not algorithm.endswith("prune"))
    assert ("similar" in intro) == (algorithm in ("bipartite", "adjacent_merge"))
    assert "shin, ##gle is shingle" in intro
