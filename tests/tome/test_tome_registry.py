"""Algorithms from other packages work like built-in ones."""

import argparse
import ast
import copy
import pickle
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from match_inputs import make
from test_layout import SOURCES, tree
from vits import build, pictures

import tome
from tome import MergeConfig
from tome.lab.command import add_merging
from tome.matching import ALGORITHMS, bipartite, configured, kmeans
from tome.metrics.cost import shape_of

FACTS = {"kind": "merge", "paper": "none", "label": "Mine", "note": "Does what I say."}


@pytest.fixture(autouse=True)
def _forgotten_afterwards():
    before = dict(ALGORITHMS)
    yield
    ALGORITHMS.clear()
    ALGORITHMS.update(before)


def at_least(inputs, *, r: int = 0):
    """Bipartite matching, but never fewer than ``r``."""
    return bipartite.match(replace(inputs, r=max(inputs.r, r)))


def squared(free: int, width: int) -> int:
    return free**2 * width


def test_an_algorithm_that_returns_no_matching_is_named():
    tome.algorithm("mine", **FACTS)(lambda inputs: inputs.feature)
    model = build("plain")
    with pytest.raises(TypeError, match=r"algorithm 'Mine' must return a tome\.Matching; got Tensor"):
        tome.trace(model, pictures(model), MergeConfig(r=2, algorithm="mine"))


def test_a_registered_algorithm_patches_traces_costs_and_has_a_place_on_the_command_line():
    assert tome.algorithm("mine", **FACTS, cost=squared)(at_least) is at_least
    config = MergeConfig(r=3, algorithm="mine")
    model = build("plain")
    images = pictures(model)
    output, trace = tome.trace(model, images, config)
    assert [step.r for step in trace.layers] == [3, 3, 3]
    expected, _ = tome.trace(model, images, MergeConfig(r=3))
    assert torch.equal(output, expected)
    assert torch.equal(tome.patch(model, config)(images), expected)
    tome.unpatch(model)
    rest = tome.flops(shape_of(model), replace(config, algorithm="greedy"))
    matching = sum(free**2 * 16 for free in (16, 13, 10))
    assert tome.flops(shape_of(model), config) == rest + matching
    parser = argparse.ArgumentParser()
    add_merging(parser, [8])
    assert parser.parse_args(["--algorithm", "mine"]).algorithm == ["mine"]


def test_options_are_the_keywords_with_their_defaults_and_params_change_them():
    tome.algorithm("mine", **FACTS)(at_least)
    assert tome.ALGORITHMS["mine"].params == {"r": 0}
    inputs = make(tokens=20, r=2, prefix=0)
    assert ALGORITHMS["mine"].match(inputs).grouping.n_out == 18
    assert configured("mine", {"r": 7}).match(inputs).grouping.n_out == 13
    model = build("plain")
    images = pictures(model)
    _, trace = tome.trace(model, images, MergeConfig(r=1, algorithm="mine", params={"r": 4}))
    assert trace.tokens.shape[1] == 17 - 3 * 4


def test_an_algorithm_given_by_its_path_is_imported_when_it_is_used():
    tome.register("mine", tome.Algorithm("colorsys_not_here:match", **FACTS))
    assert MergeConfig(algorithm="mine").algorithm == "mine"
    with pytest.raises(ModuleNotFoundError, match="colorsys_not_here"):
        configured("mine")
    tome.register("mine", tome.Algorithm("tome.matching.greedy:match", **FACTS), replace=True)
    inputs = make()
    group = ALGORITHMS["mine"].match(inputs).grouping.group
    assert torch.equal(group, ALGORITHMS["greedy"].match(inputs).grouping.group)


def test_names_and_papers_are_there_without_torch():
    code = "import sys, tome; len(tome.ALGORITHMS); tome.algorithm; tome.MergeConfig(r=[1, 2]); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_patched_model_with_a_registered_algorithm_can_be_copied_and_pickled():
    tome.register("mine", tome.Algorithm("tome.matching.kmeans:match", **FACTS, params={"iterations": 2}))
    model = build("plain")
    images = pictures(model)
    patched = tome.patch(model, r=3, algorithm="mine", params={"iterations": 1})
    for same in (copy.deepcopy(patched), pickle.loads(pickle.dumps(patched))):
        assert torch.equal(same(images), patched(images))


def test_facts_of_an_algorithm_can_be_replaced_and_it_still_matches():
    changed = replace(ALGORITHMS["kmeans"], label="other", params={"iterations": 1})
    assert changed.match.load() is kmeans.match
    inputs = make(tokens=30, r=10)
    group = changed.match(inputs).grouping.group
    assert torch.equal(group, configured("kmeans", {"iterations": 1}).match(inputs).grouping.group)
    assert (group != ALGORITHMS["kmeans"].match(inputs).grouping.group).any()


@pytest.mark.parametrize(
    ("name", "match", "facts", "kind", "text"),
    [
        ("Mine!", at_least, {}, ValueError, "name must be lower-case letters, digits and underscores.*; got 'Mine!'"),
        ("greedy", at_least, {}, ValueError, "name 'greedy' is taken by 'Greedy matching'; replace=True replaces it"),
        ("mine", at_least, {"kind": "drop"}, ValueError, "kind of 'mine' must be one of merge, prune, hybrid; got 'dr"),
        ("mine", 5, {}, TypeError, "match of 'mine' must be callable; got 5"),
        ("mine", "no path", {}, ValueError, "match of 'mine' must be a path like 'package.module:function'; got 'no "),
        ("mine", lambda: None, {}, TypeError, r"match of 'mine' must take \(inputs\)"),
        ("mine", at_least, {"params": {"s": 1}}, TypeError, r"match of 'mine' must take \(inputs, s\)"),
        (
            "mine",
            at_least,
            {"params": {"r": 1}, "limits": {"s": (0, 1)}},
            ValueError,
            "limits of 'mine' must be of its op",
        ),
        ("mine", at_least, {"params": {"r": 2}, "limits": {"r": (0, 1)}}, ValueError, "must give r from 0 to 1; got 2"),
        ("mine", at_least, {"params": {"r": [1]}}, TypeError, r"params of 'mine' must be bool.*; r is \[1\]"),
    ],
)
def test_what_cannot_be_registered_is_refused_and_nothing_changes(name, match, facts, kind, text):
    before = dict(ALGORITHMS)
    with pytest.raises(kind, match=text):
        tome.register(name, tome.Algorithm(match, **{**FACTS, **facts}))
    assert before == ALGORITHMS


@pytest.mark.parametrize("name", [at_least, 5, None])
def test_a_decorator_without_a_name_says_how_to_write_it(name):
    before = dict(ALGORITHMS)
    with pytest.raises(TypeError, match=r"name must be text, as in @tome\.algorithm\(\"mine\", kind=.*\); got "):
        tome.algorithm(name)
    assert before == ALGORITHMS


def test_what_is_no_algorithm_is_refused():
    with pytest.raises(TypeError, match="algorithm must be an Algorithm; got function"):
        tome.register("mine", at_least)


def test_a_taken_name_is_replaced_where_that_is_asked_for():
    tome.algorithm("greedy", **FACTS, replace=True)(at_least)
    assert ALGORITHMS["greedy"].label == "Mine"


def test_no_other_file_lists_the_algorithms():
    # A hard-coded list of all algorithms would miss the next one.  Labs and the paper's tables choose some by name.
    names = set(ALGORITHMS)
    for path in SOURCES:
        if path.parent.name == "matching":
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
                children = node.keys if isinstance(node, ast.Dict) else node.elts
                found = names & {each.value for each in children if isinstance(each, ast.Constant)}
                assert len(found) < len(names) / 2, f"{path} line {node.lineno}"
