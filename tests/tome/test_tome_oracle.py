"""Every algorithm against a slow loop: the same groups, edges, similarities and merged features."""

import oracle
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from match_inputs import make, match_inputs
from torch.testing import assert_close

from tome.combine import combine
from tome.matching import ALGORITHMS
from tome.matching.bipartite import split
from tome.matching.match_input import Matching, MatchInput

# Random tokens have no ties, except with so few tokens that there is a single B token.
SMALL = match_inputs(kinds=("random",), least=4, most=10)

PRESCRIBED = {"kmedoids": "keep", "evit": "sum"}


def problem(inputs: MatchInput, image: int) -> oracle.Problem:
    a, b = split(inputs)
    return oracle.Problem(
        x=inputs.feature[image, inputs.prefix :].tolist(),
        size=inputs.size[image, inputs.prefix :].tolist(),
        attention=inputs.attention[image, inputs.prefix :].tolist(),
        r=inputs.r,
        metric=inputs.metric,
        a=(a - inputs.prefix).tolist(),
        b=(b - inputs.prefix).tolist(),
        layer=inputs.layer,
        depth=inputs.depth,
        order=inputs.draw_order().tolist(),
        noise=torch.rand(inputs.free, generator=inputs.generator()).tolist(),
        merging=torch.randperm(len(a), generator=(dice := inputs.generator())).tolist(),
        joined=torch.randint(len(b), (inputs.r,), generator=dice).tolist(),
    )


def expected(name: str, problems: list[oracle.Problem]) -> list[oracle.Leaders]:
    if name == "dynamic_prune":
        return oracle.dynamic_prune(problems)
    return [getattr(oracle, name)(p) for p in problems]


def decided(inputs: MatchInput, matching: Matching, image: int) -> oracle.Leaders:
    """The leaders of a matching: its edges; every other kept token leads itself."""
    tokens = range(inputs.free)
    slots = matching.grouping.group[image, inputs.prefix :].tolist()
    source, destination = ((m[image] - inputs.prefix).tolist() for m in (matching.source, matching.destination))
    followers = {i: j for i, j in zip(source, destination, strict=True) if i >= 0}
    leaders = {i: followers.get(i, i) for i in tokens if slots[i] >= 0}
    assert all((slots[i] == slots[j]) == (leaders[i] == leaders[j]) for i in leaders for j in leaders)
    return leaders


@pytest.mark.parametrize("name", ALGORITHMS)
@given(inputs=SMALL)
def test_groups_and_edges_are_those_of_a_slow_loop(name, inputs):
    matching = ALGORITHMS[name].match(inputs)
    problems = [problem(inputs, image) for image in range(len(inputs.feature))]
    for image, leaders in enumerate(expected(name, problems)):
        assert decided(inputs, matching, image) == leaders


@pytest.mark.parametrize("name", ["bipartite", "greedy", "tofu", "attention_prune", "evit", "adjacent_merge"])
@given(inputs=match_inputs(kinds=("equal", "zero", "twins"), most=8, metric="euclidean"))
def test_ties_go_to_the_earlier_token(name, inputs):
    # Small integers: sums are exact in any order, so equal distances stay equal.
    whole = MatchInput(
        **{**vars(inputs), "feature": inputs.feature.round(), "attention": inputs.attention.round(decimals=1)}
    )
    matching = ALGORITHMS[name].match(whole)
    for image in range(len(whole.feature)):
        assert decided(whole, matching, image) == expected(name, [problem(whole, image)])[0]


@pytest.mark.parametrize("name", ALGORITHMS)
@given(inputs=SMALL)
def test_an_edge_carries_the_similarity_of_its_two_tokens(name, inputs):
    matching = ALGORITHMS[name].match(inputs)
    for image in range(len(inputs.feature)):
        p = problem(inputs, image)
        if name in ("bipartite", "optimal", "tofu", "random_merge", "threshold_merge"):
            one_way = oracle.score([p.x[i] for i in p.a], [p.x[j] for j in p.b], p.metric)
            table = {
                (i, j): value for i, row in zip(p.a, one_way, strict=True) for j, value in zip(p.b, row, strict=True)
            }
        else:
            both_ways = oracle.similarity(p)
            table = {(i, j): both_ways[i][j] for i in p.tokens for j in p.tokens}
        ends = torch.stack([matching.source[image], matching.destination[image]], 1) - inputs.prefix
        values = [table[i, j] if i >= 0 else -float("inf") for i, j in ends.tolist()]
        assert_close(matching.similarity[image], torch.tensor(values, dtype=torch.float64))


@pytest.mark.parametrize("name", ALGORITHMS)
@given(inputs=SMALL, rule=st.sampled_from(["weighted", "mean", "max", "keep"]))
def test_merged_features_are_those_of_a_slow_loop(name, inputs, rule):
    dice = torch.Generator().manual_seed(inputs.seed)
    x = torch.randn(*inputs.feature.shape[:2], 3, generator=dice, dtype=torch.float64)
    matching = ALGORITHMS[name].match(inputs)
    merged = combine(matching, x, inputs.size, rule)
    rule = PRESCRIBED.get(name, rule)
    if name == "tofu":
        rule = "norm" if inputs.layer >= inputs.depth / 2 else rule
    problems = [problem(inputs, image) for image in range(len(x))]
    for image, leaders in enumerate(expected(name, problems)):
        tokens = x[image, inputs.prefix :].tolist()
        for leader in set(leaders.values()):
            members = [i for i in leaders if leaders[i] == leader]
            value = oracle.combined(problems[image], rule, members, leader, tokens)
            slot = matching.grouping.group[image, inputs.prefix + leader]
            # Weights are float32, as sizes are.
            assert_close(merged[image, slot], torch.tensor(value, dtype=torch.float64), atol=1e-6, rtol=1e-6)
        assert_close(merged[image, : inputs.prefix], x[image, : inputs.prefix])


@given(inputs=SMALL)
@example(make(tokens=3, r=1, prefix=1))
def test_many_to_one_beats_one_to_one_beats_greedy_on_the_same_split(inputs):
    bipartite, optimal = (ALGORITHMS[name].match(inputs).similarity.sum(1) for name in ("bipartite", "optimal"))
    for image in range(len(inputs.feature)):
        greedy = oracle.greedy_total_on_split(problem(inputs, image))
        assert bipartite[image] >= optimal[image] - 1e-9
        assert optimal[image] >= greedy - 1e-9


def test_every_algorithm_has_an_oracle():
    assert [name for name in ALGORITHMS if not hasattr(oracle, name)] == []
