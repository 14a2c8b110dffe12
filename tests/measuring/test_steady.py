"""What may be concluded from times."""

import pytest

from explorer.measuring.steady import BUSY, beaten, busy, ranks
from explorer.speed.frontier import Place
from tome.lab.measure import Spread

PLACES = [
    Place(1, "fast", "prune", 2.0, 1.9, 2.1, 0.90),
    Place(2, "tied with fast", "merge", 1.95, 1.85, 2.05, 0.95),
    Place(3, "between", "merge", 1.6, 1.5, 1.7, 0.98),
    Place(4, "beaten", "merge", 1.4, 1.3, 1.45, 0.97),
    Place(5, "near", "hybrid", 1.0, 0.9, 1.1, 0.999),
]


def test_places_whose_quartiles_overlap_share_their_ranks():
    assert ranks(PLACES) == [(1, 2), (1, 2), (3, 3), (4, 4), (5, 5)]


def test_one_wide_place_ties_with_all_that_it_overlaps_and_they_keep_their_order():
    wide = Place(6, "wide", "merge", 1.5, 0.95, 2.05, 0.9)
    assert ranks([*PLACES, wide]) == [(1, 3), (1, 3), (3, 4), (4, 5), (5, 6), (1, 6)]


def test_only_who_is_slower_beyond_its_quartiles_and_no_nearer_is_beaten():
    places = [*PLACES, Place(6, "less near than between, and a tie in speed", "merge", 1.55, 1.45, 1.65, 0.975)]
    assert [place.name for place, lost in zip(places, beaten(places), strict=True) if lost] == ["beaten"]


@pytest.mark.parametrize(("ratio", "said"), [(1.0, False), (BUSY, False), (BUSY + 0.01, True)])
def test_a_plain_model_whose_own_times_vary_means_that_nothing_is_measurable(ratio, said):
    assert busy(Spread(1.1, 1.0, ratio)).startswith("Not measurable now") == said
