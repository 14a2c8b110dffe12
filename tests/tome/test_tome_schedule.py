"""Number of tokens that each block merges, and that remain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tome.schedule import cap, check, schedule, token_counts


@pytest.mark.parametrize(
    ("r", "depth", "wanted"),
    [
        (8, 3, (8, 8, 8)),
        ((16, -1.0), 12, (32, 29, 26, 23, 20, 17, 14, 11, 8, 5, 2, 0)),
        ((8, 0.0), 4, (8, 8, 8, 8)),
        ((4, 1.0), 5, (0, 2, 4, 6, 8)),
        ((13, -1), 1, (13,)),
        ([3, 0, 2], 5, (3, 0, 2, 0, 0)),
        ([], 2, (0, 0)),
        (0, 2, (0, 0)),
    ],
)
def test_a_schedule_is_as_the_paper_writes_it(r, depth, wanted):
    assert schedule(r, depth) == wanted


def test_the_papers_decreasing_schedule_of_vit_l_asks_for_181_tokens():
    assert sum(schedule((8, -1.0), 24)) == 181


@pytest.mark.parametrize(
    ("r", "left"), [([25] * 24, 8), ([25] * 8, 377), ([25] * 16, 177), ([25] * 22, 27), (25, 8)], ids=str
)
def test_vit_l_at_384_pixels_is_left_with_the_published_number_of_tokens(r, left):
    assert token_counts(r, 24, 577, 1)[-1] == left


@pytest.mark.parametrize(("r", "left"), [(8, 101), (13, 41), (16, 11)])
def test_twelve_layers_are_left_with_the_published_number_of_tokens(r, left):
    assert token_counts(r, 12, 197, 1)[-1] == left


@given(
    tokens=st.integers(1, 60),
    prefix=st.integers(0, 5),
    depth=st.integers(1, 6),
    r=st.lists(st.integers(0, 40), max_size=6),
)
def test_no_block_merges_more_than_half_of_its_free_tokens(tokens, prefix, depth, r):
    tokens += prefix
    r = r[:depth]
    counts = token_counts(r, depth, tokens, prefix)
    assert len(counts) == depth + 1
    for asked, before, after in zip(schedule(r, depth), counts, counts[1:], strict=False):
        assert before - after == min(asked, (before - prefix) // 2)
        assert after > prefix or before == prefix


def test_the_cap_is_half_of_what_is_free():
    assert [cap(tokens, 1) for tokens in (1, 2, 3, 4, 197)] == [0, 0, 1, 1, 98]
    assert cap(0, 5) == 0


@pytest.mark.parametrize(
    ("r", "kind", "text"),
    [
        (-1, ValueError, "r must be at least 0; got -1"),
        ([4, -2], ValueError, "r must be at least 0; got -2"),
        ((-3, 0.5), ValueError, "r must be at least 0; got -3"),
        (True, TypeError, r"r must be an int, \(r, inflection\) or a list of ints; got True"),
        (2.5, TypeError, "got 2.5"),
        ("8", TypeError, "got '8'"),
        (None, TypeError, "got None"),
        ([1, 2.0], TypeError, "r must count whole tokens; got 2.0"),
        ([True], TypeError, "r must count whole tokens; got True"),
        (np.bool_(True), TypeError, r"got (np\.)?True"),
        (np.float64(8), TypeError, "r must be an int"),
        (np.int64(-1), ValueError, "r must be at least 0; got -1"),
        (np.array([8, 8]), TypeError, r"r must be an int, \(r, inflection\) or a list of ints; got array"),
        ((True, 0.5), TypeError, "r must count whole tokens; got True"),
        ((2.5, 0.5), ValueError, r"r as a tuple must be \(int, inflection"),
        ((8,), ValueError, r"r as a tuple must be \(int, inflection between -1 and 1\); got \(8,\)"),
        ((8, 2.0), ValueError, r"inflection between -1 and 1\); got \(8, 2.0\)"),
        ((8, float("nan")), ValueError, "inflection between -1 and 1"),
        ((8, 1, 2), ValueError, "a list is per block"),
    ],
)
def test_what_is_not_an_r_is_refused(r, kind, text):
    with pytest.raises(kind, match=text):
        check(r)


def test_a_list_longer_than_the_model_is_refused():
    with pytest.raises(ValueError, match="r must name at most one number for each of the 2 blocks; it names 3"):
        schedule([1, 2, 3], 2)
