"""Invariants of all matching algorithms."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from match_inputs import NASTY, image, make, match_inputs
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.testing import assert_close

from tome.combine import combine
from tome.matching import ALGORITHMS, configured
from tome.matching.bipartite import split
from tome.matching.match_input import Matching, MatchInput
from tome.similarity import between, distance, pairwise, score, unit

every_algorithm = pytest.mark.parametrize("name", ALGORITHMS)
CLASS_TOKEN = [name for name, algorithm in ALGORITHMS.items() if algorithm.needs_class_token]
ON_A_SPLIT = ["bipartite", "optimal", "tofu", "random_merge", "threshold_merge"]
RAGGED = [name for name, algorithm in ALGORITHMS.items() if algorithm.ragged]
ONE_BY_ONE = [name for name in ALGORITHMS if name != "dynamic_prune"]  # its share of attention is common to the batch


def run(name: str, inputs: MatchInput) -> Matching:
    return ALGORITHMS[name].match(inputs)


def edges(matching: Matching, image: int = 0) -> tuple[list[int], list[int]]:
    """Sources and destinations of one image, without padding."""
    real = matching.source[image] >= 0
    assert torch.equal(real, matching.destination[image] >= 0)
    assert torch.equal(real, matching.similarity[image].isfinite())
    assert torch.equal(real, real.sort(descending=True).values)
    return matching.source[image][real].tolist(), matching.destination[image][real].tolist()


def same(one: Matching, other: Matching) -> None:
    assert_close(one.grouping.group, other.grouping.group)
    assert one.grouping.n_out == other.grouping.n_out
    assert_close(one.source, other.source)
    assert_close(one.destination, other.destination)
    assert_close(one.similarity, other.similarity)


# Contract


@every_algorithm
@given(inputs=match_inputs())
def test_exactly_r_tokens_are_gone_or_at_most_r_or_r_on_average(name, inputs):
    grouping = run(name, inputs).grouping
    tokens = inputs.prefix + inputs.free
    alive = [len(row[row >= 0].unique()) for row in grouping.group]
    assert grouping.n_in == tokens
    assert grouping.n_out == max(alive)
    if name == "threshold_merge":
        assert all(tokens - inputs.r <= count <= tokens for count in alive)
    else:
        assert sum(alive) == len(alive) * (tokens - inputs.r)
    if name not in RAGGED:
        assert set(alive) == {tokens - inputs.r}
    for row, count in zip(grouping.group, alive, strict=True):
        assert set(row[row >= 0].tolist()) == set(range(count)), "padding comes last"


@every_algorithm
@given(inputs=match_inputs())
def test_prefix_tokens_stay_alone_in_the_first_slots(name, inputs):
    matching = run(name, inputs)
    first = torch.arange(inputs.prefix).expand(len(inputs.feature), -1)
    assert_close(matching.grouping.group[:, : inputs.prefix], first)
    rest = matching.grouping.group[:, inputs.prefix :]
    assert (rest[rest >= 0] >= inputs.prefix).all()
    for number in range(len(rest)):
        assert all(token >= inputs.prefix for ends in edges(matching, number) for token in ends)


@every_algorithm
@given(inputs=match_inputs())
def test_edges_explain_the_grouping(name, inputs):
    matching, n_in = run(name, inputs), inputs.prefix + inputs.free
    group, dropped = matching.grouping.group, (matching.grouping.group < 0).any()
    if ALGORITHMS[name].kind == "merge":
        assert not dropped
    if ALGORITHMS[name].kind == "prune":
        assert dropped
    counts = []
    for number, row in enumerate(group):
        source, destination = edges(matching, number)
        counts.append(0 if dropped else n_in - len(row.unique()))
        assert_close(row[source], row[destination])
        assert (matching.similarity[number, : len(source)].diff() <= 0).all()
        assert len(source) == len(set(source)) == counts[-1]
        assert not set(source) & set(destination)
    assert matching.source.shape == matching.destination.shape == (len(group), max(counts))
    assert matching.similarity.shape == matching.source.shape


@every_algorithm
@given(inputs=match_inputs())
def test_no_patch_is_lost_by_merging_or_counted_when_pruned(name, inputs):
    grouping = run(name, inputs).grouping
    kept = inputs.size.masked_fill(grouping.group < 0, 0).sum(1)
    assert_close(grouping.sum(inputs.size).sum(1), kept)


@pytest.mark.parametrize("name", [name for name in ALGORITHMS if name not in (*ON_A_SPLIT, "pitome", "evit")])
@given(inputs=match_inputs())
def test_groups_are_listed_by_the_position_of_their_representative(name, inputs):
    matching = run(name, inputs)
    for number, row in enumerate(matching.grouping.group):
        followers = torch.tensor(edges(matching, number)[0], dtype=torch.long)
        stays = torch.ones_like(row, dtype=torch.bool).scatter(0, followers, False) & (row >= 0)
        assert row[stays].tolist() == list(range(int(stays.sum())))


@pytest.mark.parametrize("name", ON_A_SPLIT)
@given(inputs=match_inputs(layer=11))
def test_the_rest_of_a_is_listed_before_b(name, inputs):
    matching, (a, b) = run(name, inputs), split(inputs)
    for number, row in enumerate(matching.grouping.group):
        rest = [token for token in a.tolist() if token not in edges(matching, number)[0]]
        assert row[rest + b.tolist()].tolist() == list(range(inputs.prefix, inputs.prefix + len(rest) + len(b)))


# Properties


@pytest.mark.parametrize("name", ONE_BY_ONE)
@given(inputs=match_inputs(kinds=("random",), least=4))
def test_a_batch_is_its_images_one_by_one(name, inputs):
    # Products of other shapes round differently, so there must be no ties.
    whole = run(name, inputs)
    for index in range(len(inputs.feature)):
        single = run(name, image(inputs, index))
        assert_close(whole.grouping.group[index], single.grouping.group[0])
        assert edges(whole, index) == edges(single)
        assert_close(whole.similarity[index, : single.source.shape[1]], single.similarity[0])


@every_algorithm
@given(inputs=match_inputs())
def test_a_seed_repeats(name, inputs):
    same(run(name, inputs), run(name, inputs))


@pytest.mark.parametrize("name", ["random_prune", "random_merge", "kmeans", "kmeans2"])
def test_another_seed_or_layer_draws_anew(name):
    inputs = make(tokens=40, r=12)
    for other in (replace(inputs, seed=5), replace(inputs, layer=4)):
        assert (run(name, inputs).grouping.group != run(name, other).grouping.group).any()


@every_algorithm
@given(inputs=match_inputs(kinds=("random",)))
def test_what_the_prefix_looks_like_changes_nothing(name, inputs):
    other = inputs.feature.clone()
    other[:, : inputs.prefix] = 9.0
    same(run(name, inputs), run(name, replace(inputs, feature=other)))


@every_algorithm
@given(inputs=match_inputs(kinds=("random",), metric="cosine"))
def test_the_length_of_a_token_means_nothing_to_cosine(name, inputs):
    # Powers of two, so even rounding is unchanged.
    longer = inputs.feature * 2.0 ** (torch.arange(inputs.feature.shape[1]) % 3)[:, None]
    assert_close(run(name, inputs).grouping.group, run(name, replace(inputs, feature=longer)).grouping.group)


@pytest.mark.parametrize("name", [name for name, algorithm in ALGORITHMS.items() if algorithm.kind == "merge"])
@given(inputs=match_inputs(kinds=("equal",)), rule=st.sampled_from(["weighted", "mean", "max", "keep"]))
def test_merging_equal_tokens_gives_that_token(name, inputs, rule):
    matching = run(name, inputs)
    merged = combine(matching, inputs.feature, inputs.size, rule)
    padding = matching.grouping.sum(inputs.size) == 0
    assert_close(merged, inputs.feature[:, : merged.shape[1]].masked_fill(padding[..., None], 0))


@every_algorithm
@pytest.mark.parametrize("kind", NASTY)
@pytest.mark.parametrize("metric", ["cosine", "euclidean", "softmax"])
def test_two_tokens_of_any_sort_become_one(name, kind, metric):
    matching = run(name, make(tokens=3, r=1, kind=kind, metric=metric, batch=1))
    assert matching.grouping.n_out == 2 + (name in RAGGED and not len(edges(matching)[0]) and name != "dynamic_prune")
    assert matching.similarity.isfinite().all()


@every_algorithm
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_half_precision_and_autocast_are_served(name, dtype, metric):
    inputs = make(tokens=20, r=6, metric=metric)
    half = replace(inputs, feature=inputs.feature.to(dtype), attention=inputs.attention.to(dtype))
    single = replace(inputs, feature=inputs.feature.float(), attention=inputs.attention.float())
    assert len(run(name, half).grouping.group[0].unique()) >= 14
    with torch.autocast("cpu", dtype):
        assert len(run(name, single).grouping.group[0].unique()) >= 14


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_a_zero_token_is_like_no_other_in_any_precision(dtype):
    feature = torch.tensor([[[0.0, 0], [1, 2], [3, 1], [0, 0], [-1, 2]]], dtype=dtype)
    found = [score(feature, feature, "cosine"), between(feature, slice(None), slice(None), "cosine")]
    for similarity in found:
        assert (similarity[:, [0, 3]] == 0).all()
        assert (similarity[..., [0, 3]] == 0).all()
        assert_close(similarity[0, 1, 2].float(), torch.tensor(0.5**0.5), atol=4e-3, rtol=0)


@pytest.mark.parametrize("name", ON_A_SPLIT)
def test_a_zero_token_in_half_precision_is_matched_as_in_single(name):
    feature = torch.tensor([[[-1.0, 0.1], [-1, 0], [0, 0], [0.1, 1], [2, 1], [2, 1.1]]])
    single = MatchInput(feature, torch.ones(1, 6), r=2, prefix=0)
    half = replace(single, feature=feature.half())
    assert edges(run(name, half)) == edges(run(name, single))


def test_unit_length_is_exact_to_half_precision():
    x = torch.randn(50, 64, generator=torch.Generator().manual_seed(0))
    for scale in (1e-3, 1.0, 1e3):
        small = (x * scale).half()
        exact = torch.nn.functional.normalize(small.double(), dim=-1)
        assert_close(unit(small), exact.half(), atol=1e-7, rtol=2**-10)
    assert torch.equal(unit(x), torch.nn.functional.normalize(x, dim=-1))


# Where there are no values


def test_images_may_be_matched_under_vmap_and_per_sample_gradients():
    inputs = make(tokens=12, r=3, batch=3)

    def alone(feature):
        return run("bipartite", replace(inputs, feature=feature[None], size=inputs.size[:1])).grouping.group[0]

    def length(feature):
        alone(feature.detach())
        return feature.square().sum()

    whole = run("bipartite", inputs).grouping.group
    assert torch.equal(torch.func.vmap(alone)(inputs.feature), whole)
    assert_close(torch.func.vmap(torch.func.grad(length))(inputs.feature), 2 * inputs.feature)


@pytest.mark.parametrize("name", ["bipartite", "greedy", "pitome", "adjacent_merge"])
def test_meta_and_fake_tensors_have_shapes_to_match(name):
    inputs = make(tokens=12, r=3, attention=None)
    meta = run(name, replace(inputs, feature=inputs.feature.to("meta"), size=inputs.size.to("meta")))
    assert (meta.grouping.group.shape, meta.grouping.n_out, meta.source.shape) == ((2, 12), 9, (2, 3))
    with FakeTensorMode(allow_non_fake_inputs=True):
        fake = run(name, replace(inputs, feature=torch.empty(2, 12, 4), size=torch.ones(2, 12)))
    assert fake.grouping.group.shape == (2, 12)


def test_a_gradient_does_not_hide_a_number_that_is_none():
    inputs = make(tokens=4, r=1, batch=1, prefix=0)

    def length(feature):
        run("bipartite", replace(inputs, feature=feature.detach()))
        return feature.sum()

    with pytest.raises(ValueError, match="feature must be finite"):
        torch.func.grad(length)(torch.full_like(inputs.feature, float("nan")))


@pytest.mark.compiled
@pytest.mark.parametrize("name", ["agglomerative", "agglomerative_complete", "agglomerative_single", "optimal"])
def test_scipy_is_left_out_of_a_compiled_graph(name):
    inputs = make(tokens=12, r=3)
    algorithm = configured(name)  # imports its function, as the plan of a model does before its forward

    def group(feature):
        return algorithm.match(replace(inputs, feature=feature)).grouping.group + 0

    torch.compiler.reset()
    assert torch.equal(torch.compile(group, backend="eager")(inputs.feature), group(inputs.feature))


# Errors


def test_an_infinite_token_that_no_score_shows_is_left_alone():
    # A tokens −1 and −2; the infinite B token gives both −∞, and the other B token is better.
    feature = torch.tensor([[[-1.0], [0.8], [-2.0], [float("inf")]]])
    inputs = MatchInput(feature, torch.ones(1, 4), r=1, prefix=0, metric="dot")
    assert edges(run("bipartite", inputs)) == ([0], [1])


def test_an_unknown_linkage_is_refused():
    with pytest.raises(ValueError, match="linkage as one of average, complete, single; got 'ward'"):
        configured("agglomerative", {"linkage": "ward"}).match(make())


def test_kmeans_without_a_round_is_refused():
    with pytest.raises(ValueError, match="iterations must be at least 1; got 0"):
        ALGORITHMS["kmeans"].match(make(), iterations=0)


@every_algorithm
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_feature_that_is_no_number_is_refused_by_name(name, value):
    inputs = make()
    inputs.feature[1, 4, 2] = value
    with pytest.raises(ValueError, match="feature must be finite"):
        run(name, inputs)


@pytest.mark.parametrize("name", CLASS_TOKEN)
def test_a_missing_or_broken_class_attention_is_refused_by_name(name):
    with pytest.raises(ValueError, match="attention must be given"):
        run(name, make(attention=None))
    with pytest.raises(ValueError, match="attention must be finite"):
        run(name, make(attention=torch.full((2, 10), float("nan"))))


@pytest.mark.parametrize("name", [name for name in ALGORITHMS if name not in CLASS_TOKEN])
def test_a_model_without_a_class_token_is_served(name):
    assert run(name, make(prefix=0, attention=None)).grouping.n_out in range(8, 9 + 2 * (name in RAGGED))


@every_algorithm
def test_the_registry_describes_every_algorithm(name):
    algorithm = ALGORITHMS[name]
    assert algorithm.kind in ("merge", "prune", "hybrid")
    assert 0 < len(algorithm.note) <= 140
    assert algorithm.note.endswith(".")
    assert min(map(len, (algorithm.paper, algorithm.label, algorithm.steps))) > 0


# By hand: token positions on a line, compared by distance, so the right answer is evident.

LINE = [0, 1.1, 2, 10, 40, 60]
BLOBS = [0, 0.1, 10, 10.1]
ATTENTION = [0.1, 0.4, 0.2, 0.3]
HAND = {
    # A = 0, 2, 40 and B = 1.1, 10, 60: both 0 and 2 are closest to 1.1.
    "bipartite": (LINE, 2, [{0, 1, 2}, {3}, {4}, {5}]),
    # 1.1 takes only one of them, and 0–1.1 with 2–10 costs less than 2–1.1 with 0–10.
    "optimal": (LINE, 2, [{0, 1}, {2, 3}, {4}, {5}]),
    # 1.1–2 is the closest pair; of the rest, 0–10.
    "greedy": (LINE, 2, [{1, 2}, {0, 3}, {4}, {5}]),
    # In the first half of the blocks, the A tokens of bipartite edges are dropped.
    "tofu": (LINE, 2, [{1}, {3}, {4}, {5}]),
    # From any two starting centres, two rounds separate the blobs.
    "kmeans": (BLOBS, 2, [{0, 1}, {2, 3}]),
    "kmeans2": (BLOBS, 2, [{0, 1}, {2, 3}]),
    "spectral": (BLOBS, 2, [{0, 1}, {2, 3}]),
    # Four tokens far apart always leave 0, 1, 2 to one medoid.
    "kmedoids": ([0, 1, 2, 10, 20, 30], 2, [{0, 1, 2}, {3}, {4}, {5}]),
    # After 0–1, the gap from {0, 1} to 3 is 2.5 on average, 3 at most and 2 at least; from 3 to the last it is 2.7, 2.7
    # and 2.1.
    "agglomerative": ([0, 1, 3, 5.7], 2, [{0, 1, 2}, {3}]),
    "agglomerative_complete": ([0, 1, 3, 5.7], 2, [{0, 1}, {2, 3}]),
    "agglomerative_single": ([0, 1, 3, 5.1], 2, [{0, 1, 2}, {3}]),
    # 0.1 and 0.2 lie in the dense part: energy decreases towards both ends.
    "pitome": ([0, 0.1, 0.2, 3, 9], 1, [{0}, {1, 2}, {3}, {4}]),
    # Densities × gaps, by hand: 0.04, 0.04, 0.36, 1.5, 0.17, 0.01.
    "dpc_knn": ([0, 0.1, 0.2, 1, 2, 3], 2, [{0, 1}, {2}, {3}, {4, 5}]),
    # torch.randperm(4) at seed 0 is 0, 1, 3, 2.
    "random_prune": (BLOBS, 2, [{2}, {3}]),
    "attention_prune": (BLOBS, 2, [{1}, {3}]),
    "dynamic_prune": (BLOBS, 2, [{1}, {3}]),
    # The r + 1 = 2 least attended are fused.
    "evit": (BLOBS, 1, [{0, 2}, {1}, {3}]),
    # torch.randperm(3) at seed 0 is 2, 0, 1: the A tokens 40 and 0; torch.randint(3) then gives 2 and 0: 60 and 1.1.
    "random_merge": (LINE, 2, [{0, 1}, {2}, {3}, {4, 5}]),
    # 1.1–2 is closest, then 0–1.1, whose 1.1 is gone, and 2–10, whose 2 is; 10–40 and 40–60 are left: 40–60 is closer.
    "adjacent_merge": (LINE, 2, [{0}, {1, 2}, {3}, {4, 5}]),
    # 2–1.1 is 0.9 apart, 0–1.1 is 1.1 apart.
    "threshold_merge": (LINE, 2, [{0}, {1, 2}, {3}, {4}, {5}], {"threshold": -1.0}),
}


@every_algorithm
def test_a_small_case_gives_the_groups_found_by_hand(name):
    positions, r, groups, *params = HAND[name]
    feature = torch.tensor(positions, dtype=torch.float64)[None, :, None]
    size, attention = torch.ones(1, len(positions)), torch.tensor([ATTENTION]) if len(positions) == 4 else None
    inputs = MatchInput(feature, size, r, prefix=0, metric="euclidean", attention=attention, depth=12)
    slots = configured(name, *params).match(inputs).grouping.group[0].tolist()
    found = [{i for i, slot in enumerate(slots) if slot == wanted} for wanted in set(slots) - {-1}]
    assert {frozenset(group) for group in found} == {frozenset(group) for group in groups}


def test_a_busy_image_keeps_more_than_a_plain_one_and_the_rest_is_padding():
    # Shares held before each token: 0, 0.97, 0.98, 0.99 and 0, 0.25, 0.5, 0.75; the six lowest stay.
    attention = torch.tensor([[0.01, 0.97, 0.01, 0.01], [0.25, 0.25, 0.25, 0.25]], dtype=torch.float64)
    inputs = MatchInput(torch.ones(2, 4, 1), torch.ones(2, 4), r=1, prefix=0, attention=attention)
    grouping = run("dynamic_prune", inputs).grouping
    assert grouping.group.tolist() == [[0, 1, -1, -1], [0, 1, 2, 3]]
    assert grouping.sum(inputs.size).tolist() == [[1, 1, 0, 0], [1, 1, 1, 1]]


def test_padding_is_never_kept_and_does_not_count_as_pruned():
    size = torch.tensor([[1.0, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]])
    attention = torch.tensor([[0.5, 0.2, 0.2, 0.1, 0, 0], [0.5, 0.1, 0.1, 0.1, 0.1, 0.1]])
    inputs = MatchInput(torch.ones(2, 6, 1), size, r=2, prefix=0, attention=attention)
    grouping = run("dynamic_prune", inputs).grouping
    assert (grouping.group[0, 4:] == -1).all()
    assert int((grouping.group >= 0).sum()) == 4 + 6 - 2 * 2
    one = MatchInput(torch.ones(1, 6, 1), size[:1], r=3, prefix=0, attention=attention[:1])
    assert run("dynamic_prune", one).grouping.group.tolist() == [[0, 1, -1, -1, -1, -1]]  # half of 4, not of 6


def test_padding_is_not_kept_in_place_of_a_token_without_attention():
    # The first token of the second image has all attention, so the others have none, like padding.
    size = torch.tensor([[1.0, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]])
    attention = torch.tensor([[0.5, 0.5, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]])
    grouping = run("dynamic_prune", MatchInput(torch.ones(2, 6, 1), size, r=1, prefix=0, attention=attention)).grouping
    assert grouping.group.tolist() == [[0, 1, -1, -1, -1, -1], [0, 1, 2, 3, -1, -1]]


def test_an_image_without_any_attention_keeps_as_many_as_an_even_one():
    attention = torch.tensor([[0.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]])
    grouping = run(
        "dynamic_prune", MatchInput(torch.ones(2, 4, 1), torch.ones(2, 4), 1, prefix=0, attention=attention)
    ).grouping
    assert grouping.group.tolist() == [[0, 1, 2, -1], [0, 1, 2, -1]]


def test_evit_sums_by_raw_attention_and_puts_the_fused_token_last():
    inputs = MatchInput(
        torch.eye(4)[None], torch.ones(1, 4), r=1, prefix=1, attention=torch.tensor([[0.4, 0.1, 0.2, 0.3]])
    )
    matching = run("evit", inputs)
    assert matching.grouping.group.tolist() == [[0, 2, 2, 1]]
    merged = combine(matching, torch.eye(4)[None], inputs.size, "weighted")
    assert_close(merged, torch.tensor([[[1.0, 0, 0, 0], [0, 0, 0, 1], [0, 0.1, 0.2, 0]]]))
    assert (matching.source.tolist(), matching.destination.tolist()) == ([[1]], [[2]])


def test_pitome_lists_protected_tokens_before_b():
    # Energies, by hand: 1.310, 1.353, 1.315 and two low ones: token 1 joins token 2, the others are protected.
    inputs = MatchInput(
        torch.tensor(HAND["pitome"][0])[None, :, None], torch.ones(1, 5), 1, prefix=0, metric="euclidean"
    )
    matching = run("pitome", inputs)
    assert matching.grouping.group.tolist() == [[0, 3, 3, 1, 2]]
    assert (matching.source.tolist(), matching.destination.tolist()) == ([[1]], [[2]])


def test_pitome_ranks_equal_tokens_by_position():
    # Ranks 0, 1, 2, 3 are A, B, A, B; both A tokens take the earlier of two equal B tokens.
    matching = run("pitome", make(tokens=6, prefix=1, r=2, batch=1, kind="equal", metric="euclidean"))
    assert (matching.source.tolist(), matching.destination.tolist()) == ([[1, 3]], [[2, 2]])


def test_tofu_prunes_in_the_first_half_and_keeps_length_in_the_second():
    x = torch.tensor([[[3.0, 0], [0, 4]]])
    inputs = MatchInput(x, torch.ones(1, 2), r=1, prefix=0, depth=4)
    early, late = run("tofu", replace(inputs, layer=1)), run("tofu", replace(inputs, layer=2))
    assert (early.grouping.group.tolist(), early.source.shape[1]) == ([[-1, 0]], 0)
    # The mean, (1.5, 2), is 2.5 long; the longest member 4.
    assert_close(combine(late, x, inputs.size, "weighted"), torch.tensor([[[2.4, 3.2]]]))


def test_opposite_tokens_have_no_direction_to_keep_the_length_of():
    x = torch.tensor([[[1.0, 0], [-1, 0]]])
    inputs = MatchInput(x, torch.ones(1, 2), r=1, prefix=0, depth=4, layer=3)
    assert combine(run("tofu", inputs), x, inputs.size, "weighted").tolist() == [[[0, 0]]]


def test_a_random_split_halves_the_tokens_and_others_follow_the_order():
    inputs = make(tokens=12, prefix=1)
    a, b = split(inputs)
    assert (a.tolist(), b.tolist()) == ([2, 4, 6, 8, 10], [1, 3, 5, 7, 9, 11])
    a, b = split(replace(inputs, partition="sequential"))
    assert (a.tolist(), b.tolist()) == ([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11])
    a, b = split(replace(inputs, partition="random"))
    assert sorted(a.tolist() + b.tolist()) == list(range(1, 12))
    assert (len(a), len(b)) == (6, 5)
    assert (a.diff() > 0).all()
    assert (b.diff() > 0).all()


# Similarity


def test_similarities_are_those_computed_by_hand():
    a, b = torch.tensor([[[3.0, 4], [0, 0]]]), torch.tensor([[[4.0, 3], [0, 5]]])
    assert_close(score(a, b, "cosine"), torch.tensor([[[0.96, 0.8], [0, 0]]]))
    assert_close(score(a, b, "dot"), torch.tensor([[[24.0, 20], [0, 0]]]))
    assert_close(score(a, b, "euclidean"), -torch.tensor([[[2.0, 10], [25, 25]]]).sqrt())
    assert_close(score(a, b, "softmax")[0, 1], torch.tensor([0.5, 0.5]))
    assert_close(score(a, b, "softmax")[0, 0, 0], torch.tensor(4 / 2**0.5).sigmoid())


@given(inputs=match_inputs())
def test_pairwise_similarity_is_symmetric_and_distance_never_negative(inputs):
    similarity = pairwise(inputs.feature, inputs.metric)
    apart = distance(similarity)
    assert torch.equal(similarity, similarity.transpose(1, 2))
    assert (apart >= 0).all()
    assert (apart.diagonal(dim1=1, dim2=2) == 0).all()


def test_pairwise_similarity_is_as_exact_under_autocast():
    x = torch.randn(1, 9, 4, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16):
        lowered = pairwise(x, "dot")
    assert torch.equal(lowered, pairwise(x, "dot"))


def test_equal_tokens_are_no_distance_apart():
    # 40 tokens: here torch computes distances by matrix products, with errors of about 1e-3.
    x = torch.randn(1, 1, 64, generator=torch.Generator().manual_seed(0)).repeat(1, 40, 1) * 100
    assert (pairwise(x, "euclidean") == 0).all()
