"""Numbers as readers see them."""

import numpy as np
import pytest

from explorer.locale.language import tr
from explorer.locale.numbers import filled, number


@pytest.mark.parametrize(
    ("value", "style", "seen"),
    [
        (999, "", "999"),
        (1500, "", "1,500"),
        (np.int64(15_000), "", "15,000"),
        (-3, "", "−3"),
        (-0.2513, ".4f", "−0.2513"),
        (1234.5, ".1f", "1,234.5"),
        (-0.5, "+.4f", "−0.5000"),
        (0.25, ".0%", "25%"),
        (True, "", "True"),
        ("1500", "", "1500"),
        ("a-b", "", "a-b"),
    ],
)
def test_thousands_have_a_comma_and_a_minus_is_no_hyphen(value, style, seen):
    assert number(value, style) == seen


def test_a_sentence_shows_its_numbers_so():
    assert tr("{tokens} of {all} tokens", tokens=700, all=1500) == "700 of 1,500 tokens"
    assert tr("lost {lost:.2f}", lost=-0.5) == "lost −0.50"


def test_a_format_of_a_table_is_filled_so():
    assert (filled("{}", 1500), filled("{:.1f} ms", 2000.0)) == ("1,500", "2,000.0 ms")
