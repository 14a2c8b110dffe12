"""Padding neither joins nor changes a matching, whatever the algorithm."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from match_inputs import image, make, match_inputs
from torch.testing import assert_close
from vits import build, pictures

import tome
from tome import MergeConfig
from tome.combine import combine
from tome.matching import ALGORITHMS, configured, match
from tome.matching.match_input import MatchInput

PADDED_BY_OTHERS = [name for name, algorithm in ALGORITHMS.items() if not algorithm.handles_padding]


def pad(inputs: MatchInput, present: list[int]) -> MatchInput:
    """The same with only the first ``present`` tokens of each image; padding is NaN."""
    gone = torch.arange(inputs.size.shape[1]) >= torch.tensor(present)[:, None]
    feature = inputs.feature.masked_fill(gone[..., None], float("nan"))
    attention = inputs.attention.masked_fill(gone, float("nan"))
    return replace(inputs, feature=feature, size=inputs.size.masked_fill(gone, 0), attention=attention, padded=True)


def unpad(inputs: MatchInput, number: int, count: int) -> MatchInput:
    """One image alone, without padding, with r limited to its tokens."""
    one = image(inputs, number)
    r = min(one.r, (count - one.prefix) // 2)
    fields = {"feature": one.feature[:, :count], "size": one.size[:, :count], "attention": one.attention[:, :count]}
    return replace(one, **fields, r=r, padded=False)


@pytest.mark.parametrize("name", PADDED_BY_OTHERS)
@given(inputs=match_inputs(kinds=("random",), least=6, most=16), data=st.data())
def test_an_image_is_matched_as_if_it_had_no_padding(name, inputs, data):
    tokens = inputs.feature.shape[1]
    present = [data.draw(st.integers(inputs.prefix, tokens), label="present") for _ in inputs.size]
    padded = pad(inputs, present)
    whole = match(ALGORITHMS[name], padded)
    assert whole.grouping.n_out <= tokens
    for number, count in enumerate(present):
        group = whole.grouping.group[number]
        assert (group[count:] == -1).all()
        alone = unpad(padded, number, count)
        if not alone.r:
            assert group[:count].tolist() == list(range(count))
            assert (whole.source[number] == -1).all()
            continue
        single = ALGORITHMS[name].match(alone)
        own = single.source.shape[1]
        assert_close(group[:count], single.grouping.group[0])
        assert_close(whole.source[number, :own], single.source[0])
        assert_close(whole.destination[number, :own], single.destination[0])
        assert_close(whole.similarity[number, :own], single.similarity[0])
        assert (whole.source[number, own:] == whole.destination[number, own:]).all()
        assert whole.similarity[number, own:].isinf().all()


@pytest.mark.parametrize("name", PADDED_BY_OTHERS)
@pytest.mark.parametrize("rule", ["weighted", "mean", "max", "keep"])
def test_values_are_those_without_padding_and_padding_becomes_zero(name, rule):
    inputs = make(tokens=12, r=3, batch=3)
    present = [12, 7, 2]
    padded = pad(inputs, present)
    x = torch.randn(3, 12, 2, generator=torch.Generator().manual_seed(1))
    matching = match(ALGORITHMS[name], padded)
    merged = combine(matching, x, padded.size, rule)
    size = matching.grouping.sum(padded.size)
    for number, count in enumerate(present):
        alone, expected = unpad(padded, number, count), x[number : number + 1, :count]
        if alone.r:
            expected = combine(ALGORITHMS[name].match(alone), expected, alone.size, rule)
        assert_close(merged[number, : expected.shape[1]], expected[0])
        assert (merged[number, expected.shape[1] :] == 0).all()
        assert (size[number, expected.shape[1] :] == 0).all()


def test_without_padding_nothing_is_asked_of_sizes():
    inputs = make()
    blind = replace(inputs, size=None)
    group = match(ALGORITHMS["bipartite"], blind).grouping.group
    assert torch.equal(group, ALGORITHMS["bipartite"].match(inputs).grouping.group)


def test_an_algorithm_that_does_not_handle_padding_is_never_shown_it():
    shown = []

    def spy(inputs):
        shown.append(inputs)
        return ALGORITHMS["bipartite"].match(inputs)

    inputs = pad(make(tokens=8, r=2, batch=3), [8, 5, 8])
    match(replace(ALGORITHMS["bipartite"], match=spy), inputs)
    assert [tuple(each.feature.shape[:2]) for each in shown] == [(1, 5), (2, 8)]
    assert not any(each.padded or (each.size == 0).any() for each in shown)


def test_an_algorithm_that_handles_padding_is_shown_it():
    inputs = pad(make(tokens=8, r=2, kind="equal"), [8, 5])
    shown = replace(inputs, feature=torch.ones(2, 8, 1), attention=inputs.attention.nan_to_num(0))
    assert torch.equal(
        match(ALGORITHMS["dynamic_prune"], shown).grouping.group,
        ALGORITHMS["dynamic_prune"].match(shown).grouping.group,
    )


def test_edges_are_those_found_by_hand_when_images_merge_differently():
    feature = torch.tensor([[0.0, 1, 10, 12], [0, 1, 10, 11], [0, 5, 20, 30]])[..., None]
    inputs = MatchInput(feature, torch.ones(3, 4), r=2, prefix=0, metric="euclidean")
    matching = configured("threshold_merge", {"threshold": -1.5}).match(inputs)
    assert matching.grouping.group.tolist() == [[1, 1, 0, 2], [0, 0, 1, 1], [0, 2, 1, 3]]
    assert matching.grouping.n_out == 4
    assert matching.source.tolist() == [[0, -1], [0, 2], [-1, -1]]
    assert matching.destination.tolist() == [[1, -1], [1, 3], [-1, -1]]
    assert matching.similarity.tolist() == [[-1, -float("inf")], [-1, -1], [-float("inf")] * 2]
    assert matching.grouping.sum(inputs.size).tolist() == [[1, 2, 1, 0], [2, 2, 0, 0], [1, 1, 1, 1]]


def test_a_missing_edge_keeps_no_token_from_counting():
    # "keep" gives merged tokens weight 0: −1 must not change the weight of the first or the last token.
    feature = torch.tensor([[5.0, 20, 30, 31], [1, 2, 10, 11]])[..., None]
    inputs = MatchInput(feature, torch.ones(2, 4), r=2, prefix=0, metric="euclidean")
    matching = configured("threshold_merge", {"threshold": -1.5}).match(inputs)
    assert combine(matching, feature, inputs.size, "keep")[..., 0].tolist() == [[5, 20, 31], [2, 11, 0]]


@pytest.mark.parametrize("proportional", [True, False])
def test_a_ragged_merge_of_a_model_does_not_depend_on_batch_mates(proportional):
    model = build("plain").double()
    images = pictures(model, 3).double()
    threshold = {"threshold": 0.4}
    # The halves of a sequence depend on the number of tokens, with or without padding.
    config = MergeConfig(6, "threshold_merge", "sequential", proportional_attention=proportional, params=threshold)
    output, trace = tome.trace(model, images, config)
    left = [(step.size > 0).sum(1).tolist() for step in trace.layers]
    assert any(len(set(counts)) > 1 for counts in left), "images must differ for this to show anything"
    for number in range(len(images)):
        alone, _ = tome.trace(model, images[number : number + 1], config)
        assert_close(output[number], alone[0])
