"""A grouping as data: composing, merging, unmerging, against loops."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from tome.combine import combine
from tome.grouping import Grouping
from tome.matching.match_input import Matching


@st.composite
def groupings(draw: st.DrawFn, n_in: int | None = None, batch: int | None = None, lowest: int = -1) -> Grouping:
    """Any grouping: slots with many members, with none (padding), and dropped tokens (−1)."""
    batch = batch or draw(st.integers(1, 3))
    n_in, n_out = n_in or draw(st.integers(1, 9)), draw(st.integers(1, 9))
    slots = st.lists(st.integers(lowest, n_out - 1), min_size=n_in, max_size=n_in)
    return Grouping(torch.tensor([draw(slots) for _ in range(batch)]), n_out)


def values(grouping: Grouping, width: int = 3) -> Tensor:
    dice = torch.Generator().manual_seed(grouping.n_in)
    return torch.randn(*grouping.group.shape, width, generator=dice, dtype=torch.float64)


def weights(grouping: Grouping) -> Tensor:
    return 1 + torch.arange(grouping.n_in, dtype=torch.float64).expand(grouping.group.shape)


def members(grouping: Grouping, image: int, slot: int) -> list[int]:
    return [token for token, at in enumerate(grouping.group[image].tolist()) if at == slot]


def each_slot(grouping: Grouping) -> list[tuple[int, int, list[int]]]:
    images, slots = range(len(grouping.group)), range(grouping.n_out)
    return [(image, slot, members(grouping, image, slot)) for image in images for slot in slots]


@given(grouping=groupings())
def test_merge_is_the_weighted_mean_of_each_group_and_0_where_there_is_none(grouping):
    x, weight = values(grouping), weights(grouping)
    merged = grouping.merge(x, weight)
    assert merged.shape == (len(x), grouping.n_out, 3)
    for image, slot, group in each_slot(grouping):
        share = sum(float(weight[image, i]) for i in group)
        mean = sum((weight[image, i] * x[image, i] for i in group), torch.zeros(3).double()) / (share or 1)
        assert_close(merged[image, slot], mean)


@given(grouping=groupings())
def test_merge_without_normalising_is_the_weighted_sum(grouping):
    x, weight = values(grouping), weights(grouping)
    merged = grouping.merge(x, weight, normalise=False)
    for image, slot, group in each_slot(grouping):
        total = sum((weight[image, i] * x[image, i] for i in group), torch.zeros(3).double())
        assert_close(merged[image, slot], total)


@given(grouping=groupings())
def test_sum_adds_up_what_was_not_dropped(grouping):
    weight = weights(grouping)
    total = grouping.sum(weight)
    for image, slot, group in each_slot(grouping):
        assert total[image, slot] == sum(float(weight[image, i]) for i in group)


@given(grouping=groupings())
def test_maximum_is_taken_in_each_channel_and_0_where_there_is_none(grouping):
    x = values(grouping)
    top = grouping.maximum(x)
    for image, slot, group in each_slot(grouping):
        expected = [max(float(x[image, i, c]) for i in group) if group else 0.0 for c in range(3)]
        assert top[image, slot].tolist() == expected


@given(grouping=groupings())
def test_unmerge_gives_each_token_the_value_of_its_group_and_0_where_dropped(grouping):
    merged = 1 + torch.arange(grouping.n_out).double()[None, :, None].repeat(len(grouping.group), 1, 2)
    back = grouping.unmerge(merged)
    assert back.tolist() == [[[slot + 1] * 2 for slot in row] for row in grouping.group.tolist()]


def test_unmerge_leaves_no_trace_of_a_value_that_is_no_number():
    grouping = Grouping(torch.tensor([[-1, 0]]), 1)
    assert grouping.unmerge(torch.tensor([[[float("inf")]]])).tolist() == [[[0.0], [float("inf")]]]


@given(grouping=groupings())
def test_merging_what_was_unmerged_gives_it_back(grouping):
    merged = grouping.merge(values(grouping), weights(grouping))
    assert_close(grouping.merge(grouping.unmerge(merged), weights(grouping)), merged)


@given(data=st.data(), first=groupings())
def test_then_follows_each_token_through_both_steps(data, first):
    later = data.draw(groupings(n_in=first.n_out, batch=len(first.group)))
    both = first.then(later)
    assert both.n_out == later.n_out
    for image, row in enumerate(first.group.tolist()):
        then = later.group[image].tolist()
        assert both.group[image].tolist() == [then[slot] if slot >= 0 else -1 for slot in row]


@given(data=st.data(), first=groupings(lowest=0))
def test_sizes_of_two_steps_are_sizes_of_both_at_once(data, first):
    later = data.draw(groupings(n_in=first.n_out, batch=len(first.group)))
    weight = weights(first)
    assert_close(later.sum(first.sum(weight)), first.then(later).sum(weight))


def test_then_refuses_a_step_that_starts_elsewhere():
    with pytest.raises(ValueError, match="later must take the 2 output tokens of this step; it takes 3"):
        Grouping(torch.tensor([[0, 1, 1]]), 2).then(Grouping.identity(1, 3))


def test_identity_changes_nothing():
    x, same = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0)), Grouping.identity(2, 5)
    assert torch.equal(same.merge(x, torch.ones(2, 5)), x)
    assert torch.equal(same.unmerge(x), x)
    assert torch.equal(same.then(same).group, same.group)


@given(grouping=groupings())
def test_gradients_are_those_of_finite_differences(grouping):
    x = values(grouping, width=2).requires_grad_()
    weight = weights(grouping).clone().requires_grad_()
    assert torch.autograd.gradcheck(grouping.merge, (x, weight))
    assert torch.autograd.gradcheck(grouping.maximum, x)
    merged = values(Grouping.identity(len(x), grouping.n_out)).requires_grad_()
    assert torch.autograd.gradcheck(grouping.unmerge, merged)


def test_padding_is_0_where_the_sums_are_given_too():
    grouping = Grouping(torch.tensor([[1, 1, -1]]), n_out=2)
    weight = torch.ones(1, 3)
    merged = grouping.merge(torch.ones(1, 3, 2), weight, total=grouping.sum(weight))
    assert merged.tolist() == [[[0, 0], [1, 1]]]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_sums_are_exact_in_half_precision(dtype):
    # In bfloat16 256 + 1 is 256, and in float16 2048 + 1 is 2048.
    grouping = Grouping(torch.zeros(1, 4096, dtype=torch.long), 1)
    ones = torch.ones(1, 4096, dtype=dtype)
    assert grouping.sum(ones).item() == 4096
    assert grouping.sum(ones).dtype == torch.float32
    merged = grouping.merge(ones[..., None], ones)
    assert (merged.item(), merged.dtype) == (1.0, dtype)


def test_a_size_beyond_half_precision_does_not_overflow():
    grouping = Grouping(torch.tensor([[0, 0]]), 1)
    x = torch.tensor([[[60000.0], [30000.0]]], dtype=torch.float16)
    assert grouping.merge(x, torch.tensor([[70000.0, 70000.0]])).item() == pytest.approx(45000, rel=1e-3)


# Tokens (6, 0) of size 4, (2, 6) of size 1 and (5, 3) of size 1; the first is the destination.
RULES = {"weighted": [31 / 6, 9 / 6], "mean": [13 / 3, 3.0], "max": [6.0, 6.0], "keep": [6.0, 0.0]}


@given(data=st.data())
def test_a_grouping_known_to_be_whole_gives_what_it_gives_unknown(data):
    n_out = data.draw(st.integers(1, 4))
    row = st.lists(st.integers(0, n_out - 1), max_size=5).flatmap(lambda more: st.permutations([*range(n_out), *more]))
    first = data.draw(row)
    second = data.draw(st.permutations(first))
    unknown = Grouping(torch.tensor([first, second]), n_out)
    whole = replace(unknown, whole=True)
    later = data.draw(groupings(n_in=n_out, batch=2))
    x, weight = values(unknown), weights(unknown)
    assert torch.equal(whole.sum(weight), unknown.sum(weight))
    assert torch.equal(whole.merge(x, weight), unknown.merge(x, weight))
    assert torch.equal(whole.merge(x, weight, total=whole.sum(weight)), unknown.merge(x, weight))
    assert torch.equal(whole.maximum(x), unknown.maximum(x))
    assert torch.equal(whole.unmerge(whole.merge(x, weight)), unknown.unmerge(unknown.merge(x, weight)))
    assert torch.equal(whole.then(later).group, unknown.then(later).group)
    assert not whole.then(later).whole


@pytest.mark.parametrize("rule", RULES)
def test_the_rules_of_combining_give_the_values_computed_by_hand(rule):
    x = torch.tensor([[[6.0, 0], [2, 6], [1, 1], [5, 3]]])
    size = torch.tensor([[4.0, 1, 1, 1]])
    grouping = Grouping(torch.tensor([[0, 0, 1, 0]]), 2)
    matching = Matching(grouping, torch.tensor([[1, 3]]), torch.tensor([[0, 0]]), torch.ones(1, 2))
    assert_close(combine(matching, x, size, rule), torch.tensor([[RULES[rule], [1.0, 1.0]]]))


def test_a_prescribed_rule_wins_over_the_configured_one():
    grouping = Grouping(torch.tensor([[0, 0]]), 1)
    none = torch.empty(1, 0, dtype=torch.long)
    matching = Matching(grouping, none, none, none, combine="sum", weight=torch.tensor([[2.0, 3.0]]))
    assert combine(matching, torch.tensor([[[1.0], [10.0]]]), torch.ones(1, 2), "mean").item() == 32


@pytest.mark.parametrize(
    ("rule", "text"),
    [("median", "rule must be one of weighted, .*; got 'median'"), ("sum", "weight of a matching must be given")],
)
def test_a_rule_that_is_none_or_lacks_its_weights_is_refused(rule, text):
    none = torch.empty(1, 0, dtype=torch.long)
    matching = Matching(Grouping(torch.tensor([[0, 0]]), 1), none, none, none, combine=rule)
    with pytest.raises(ValueError, match=text):
        combine(matching, torch.ones(1, 2, 1), torch.ones(1, 2), "mean")
