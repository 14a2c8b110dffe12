"""Every algorithm against a slow loop: the same groups, edges, similarities and merged features."""

import oracle
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from scenes import make, scenes
from torch.testing import assert_close

from tome.combine import combine
from tome.matching import ALGORITHMS
from tome.matching.bipartite import split
from tome.matching.match_input import Matching, MatchInput

# Random tokens have no ties, save where there are so few that one B token stands alone.
SMALL = scenes(kinds=("random",), least=4, most=10)

PRESCRIBED = {"kmedoids": "keep", "evit": "sum"}


def problem(scene: MatchInput, image: int) -> oracle.Problem:
    a, b = split(scene)
    return oracle.Problem(
        x=scene.feature[image, scene.prefix :].tolist(),
        size=scene.size[image, scene.prefix :].tolist(),
        attention=scene.attention[image, scene.prefix :].tolist(),
        r=scene.r,
        metric=scene.metric,
        a=(a - scene.prefix).tolist(),
        b=(b - scene.prefix).tolist(),
        layer=scene.layer,
        depth=scene.depth,
        order=scene.draw_order().tolist(),
        noise=torch.rand(scene.free, generator=scene.generator()).tolist(),
    )


def expected(name: str, problems: list[oracle.Problem]) -> list[oracle.Leaders]:
    if name == "dynamic_prune":
        return oracle.dynamic_prune(problems)
    return [getattr(oracle, name)(p) for p in problems]


def decided(scene: MatchInput, matching: Matching, image: int) -> oracle.Leaders:
    """The leaders of a matching: its edges, and every other token that stays is its own."""
    tokens = range(scene.free)
    slots = matching.grouping.group[image, scene.prefix :].tolist()
    source, destination = ((m[image] - scene.prefix).tolist() for m in (matching.source, matching.destination))
    followers = dict(zip(source, destination, strict=True))
    leaders = {i: followers.get(i, i) for i in tokens if slots[i] >= 0}
    assert all((slots[i] == slots[j]) == (leaders[i] == leaders[j]) for i in leaders for j in leaders)
    return leaders


@pytest.mark.parametrize("name", ALGORITHMS)
@given(scene=SMALL)
def test_groups_and_edges_are_those_of_a_slow_loop(name, scene):
    matching = ALGORITHMS[name].run(scene)
    problems = [problem(scene, image) for image in range(len(scene.feature))]
    for image, leaders in enumerate(expected(name, problems)):
        assert decided(scene, matching, image) == leaders


@pytest.mark.parametrize("name", ["bipartite", "greedy", "tofu", "attention_prune", "evit"])
@given(scene=scenes(kinds=("equal", "zero", "twins"), most=8, metric="euclidean"))
def test_ties_go_to_the_earlier_token(name, scene):
    # Small whole numbers: equal distances are equal in any order of adding up.
    whole = MatchInput(
        **{**vars(scene), "feature": scene.feature.round(), "attention": scene.attention.round(decimals=1)}
    )
    matching = ALGORITHMS[name].run(whole)
    for image in range(len(whole.feature)):
        assert decided(whole, matching, image) == expected(name, [problem(whole, image)])[0]


@pytest.mark.parametrize("name", ALGORITHMS)
@given(scene=SMALL)
def test_an_edge_carries_the_similarity_of_its_two_tokens(name, scene):
    matching = ALGORITHMS[name].run(scene)
    for image in range(len(scene.feature)):
        p = problem(scene, image)
        if name in ("bipartite", "optimal", "tofu"):
            one_way = oracle.score([p.x[i] for i in p.a], [p.x[j] for j in p.b], p.metric)
            table = {
                (i, j): value for i, row in zip(p.a, one_way, strict=True) for j, value in zip(p.b, row, strict=True)
            }
        else:
            both_ways = oracle.similarity(p)
            table = {(i, j): both_ways[i][j] for i in p.tokens for j in p.tokens}
        ends = torch.stack([matching.source[image], matching.destination[image]], 1) - scene.prefix
        values = [table[i, j] for i, j in ends.tolist()]
        assert_close(matching.similarity[image], torch.tensor(values, dtype=torch.float64))


@pytest.mark.parametrize("name", ALGORITHMS)
@given(scene=SMALL, rule=st.sampled_from(["weighted", "mean", "max", "keep"]))
def test_merged_features_are_those_of_a_slow_loop(name, scene, rule):
    dice = torch.Generator().manual_seed(scene.seed)
    x = torch.randn(*scene.feature.shape[:2], 3, generator=dice, dtype=torch.float64)
    matching = ALGORITHMS[name].run(scene)
    merged = combine(matching, x, scene.size, rule)
    rule = PRESCRIBED.get(name, rule)
    if name == "tofu":
        rule = "norm" if scene.layer >= scene.depth / 2 else rule
    problems = [problem(scene, image) for image in range(len(x))]
    for image, leaders in enumerate(expected(name, problems)):
        tokens = x[image, scene.prefix :].tolist()
        for leader in set(leaders.values()):
            members = [i for i in leaders if leaders[i] == leader]
            value = oracle.combined(problems[image], rule, members, leader, tokens)
            slot = matching.grouping.group[image, scene.prefix + leader]
            # Weights are float32, as sizes are.
            assert_close(merged[image, slot], torch.tensor(value, dtype=torch.float64), atol=1e-6, rtol=1e-6)
        assert_close(merged[image, : scene.prefix], x[image, : scene.prefix])


@given(scene=SMALL)
@example(make(tokens=3, r=1, prefix=1))
def test_many_to_one_beats_one_to_one_beats_greedy_on_the_same_split(scene):
    bipartite, optimal = (ALGORITHMS[name].run(scene).similarity.sum(1) for name in ("bipartite", "optimal"))
    for image in range(len(scene.feature)):
        greedy = oracle.greedy_total_on_split(problem(scene, image))
        assert bipartite[image] >= optimal[image] - 1e-9
        assert optimal[image] >= greedy - 1e-9


def test_every_algorithm_has_an_oracle():
    assert [name for name in ALGORITHMS if not hasattr(oracle, name)] == []
