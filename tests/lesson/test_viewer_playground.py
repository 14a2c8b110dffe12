"""The playground's JavaScript matches points as tome matches tokens."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from tome.matching import ALGORITHMS
from tome.matching.match_input import MatchInput

RUN = Path(__file__).parents[1] / "js" / "playground_run.mjs"
METHODS = {
    "alternating": ("bipartite", "alternating"),
    "sequential": ("bipartite", "sequential"),
    "random": ("bipartite", "random"),
    "greedy": ("greedy", "alternating"),
    "optimal": ("optimal", "alternating"),
    "kmeans": ("kmeans", "alternating"),
}


def match_input(case: dict, partition: str) -> MatchInput:
    points = torch.tensor(case["points"], dtype=torch.float64)[None]
    size = torch.tensor(case["sizes"], dtype=torch.float32)[None]
    return MatchInput(points, size, case["r"], prefix=0, partition=partition)


def draw(seed: int) -> dict:
    chance = np.random.default_rng(seed)
    count = int(chance.integers(6, 25))
    points = chance.normal(0, 40, (count, 2)).tolist()
    case = {
        "points": points,
        "sizes": chance.integers(1, 5, count).tolist(),
        "r": int(chance.integers(1, count // 2 + 1)),
    }
    # The random split and the start of k-means come from one draw, the same here and there.
    return {**case, "order": match_input(case, "random").draw_order().tolist()}


@pytest.fixture(scope="module")
def answered() -> list[tuple[dict, dict]]:
    cases = [draw(seed) for seed in range(25)]
    done = subprocess.run(["node", str(RUN)], input=json.dumps(cases), capture_output=True, text=True, check=True)
    return list(zip(cases, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("method", METHODS)
def test_the_playground_groups_averages_and_sums_as_tome_does(answered, method):
    algorithm, partition = METHODS[method]
    for case, answers in answered:
        shown = match_input(case, partition)
        matching = ALGORITHMS[algorithm].match(shown)
        there = answers[method]
        assert there["sum"] == pytest.approx(matching.similarity.sum().item(), abs=1e-5)
        mean = matching.grouping.merge(shown.feature, shown.size)[0]
        groups = [
            (matching.grouping.group[0] == slot).nonzero()[:, 0].tolist() for slot in range(matching.grouping.n_out)
        ]
        expected = sorted(zip(groups, mean.tolist(), strict=True))
        found = sorted((group["members"], [group["x"], group["y"]]) for group in there["groups"])
        assert [members for members, _ in found] == [members for members, _ in expected]
        np.testing.assert_allclose([point for _, point in found], [point for _, point in expected], atol=1e-4)


@pytest.mark.parametrize("method", ["alternating", "sequential", "random"])
def test_the_order_after_a_merge_is_tomes(answered, method):
    for case, answers in answered:
        matching = ALGORITHMS["bipartite"].match(match_input(case, METHODS[method][1]))
        first = [group["members"] for group in answers[method]["groups"]]
        for slot, members in enumerate(first):
            assert set(matching.grouping.group[0, members].tolist()) == {slot}
