"""How far a merged run is from the plain one: numbers that can be checked on paper."""

import math
from dataclasses import FrozenInstanceError, asdict

import pytest
import torch
from sklearn.metrics import adjusted_rand_score
from vits import build, pictures

import tome
from tome import Grouping, LayerTrace, MergeConfig, Trace
from tome.metrics.fidelity import Fidelity, agreement, fidelity, plain


def recorded(groups: list[list[int]], tokens: torch.Tensor, **about) -> Trace:
    """The trace of one block that merges tokens into these ``groups``."""
    none = torch.empty(len(groups), 0, dtype=torch.long)
    grouping = Grouping(torch.tensor(groups), tokens.shape[1])
    step = LayerTrace(grouping, grouping.sum(torch.ones(grouping.group.shape)), none, none, none.float(), 1)
    return Trace((step,), tokens, n_in=grouping.n_in, **{"prefix": 1, **about})


@pytest.mark.parametrize("family", ["plain", "siglip", "dinov3", "dinov2"])
@torch.inference_mode()
def test_the_plain_run_is_faithful_to_itself(family):
    model = build(family)
    images = pictures(model)
    output, trace = tome.trace(model, images, MergeConfig(r=0))
    found = fidelity(*plain(model, images), output, trace)
    head = (1.0, 1.0, 0.0) if family != "dinov2" else (None, None, None)
    assert (found.top1, found.top5, found.kl) == pytest.approx(head, abs=1e-6)
    assert found.patch_cosine == pytest.approx(1)
    assert found.class_cosine == (None if family == "siglip" else pytest.approx(1))


@torch.inference_mode()
def test_more_merging_is_less_faithful():
    model = build()
    images = pictures(model, 4)
    before = plain(model, images)
    found = [fidelity(*before, *tome.trace(model, images, MergeConfig(r=r))) for r in (0, 1, 3, 7)]
    assert sorted((each.patch_cosine for each in found), reverse=True) == [each.patch_cosine for each in found]
    assert found[0].kl < found[1].kl
    assert all(each.kl >= 0 for each in found)


def test_cosines_are_those_on_paper():
    plain_tokens = torch.tensor([[[1.0, 0], [1, 0], [0, 1], [0, 2], [3, 3]]])
    # The class token turned by 60°; patches 1 and 2 became (1, 1), patch 3 was dropped, patch 4 stayed.
    tokens = torch.tensor([[[0.5, 3**0.5 / 2], [1, 1], [1, 1]]])
    trace = recorded([[0, 1, 1, -1, 2]], tokens)
    found = fidelity(torch.zeros(1, 2), plain_tokens, torch.zeros(1, 2), trace)
    assert found.class_cosine == pytest.approx(0.5)
    assert found.patch_cosine == pytest.approx((2 * 0.5**0.5 + 0 + 1) / 4)
    assert (found.top1, found.top5, found.kl) == (None, None, None)


def test_class_figures_are_those_on_paper():
    before = torch.tensor([[4.0, 3, 2, 1, 0, -1], [0, 0, 0, 0, math.log(3), -50]])
    after = torch.tensor([[3.0, 4, 2, 1, -9, 0], [0, 0, 0, 0, math.log(3), -50]])
    tokens = torch.ones(2, 1, 2)
    found = fidelity(before, tokens, after, recorded([[0], [0]], tokens, classes=6))
    p, q = before[0].softmax(0), after[0].softmax(0)
    assert found.top1 == 0.5
    assert found.top5 == pytest.approx((4 / 5 + 1) / 2)
    assert found.kl == pytest.approx((p * (p / q).log()).sum().item() / 2)


def test_fewer_than_five_classes_are_enough():
    tokens = torch.ones(1, 1, 2)
    found = fidelity(torch.tensor([[1.0, 0]]), tokens, torch.tensor([[0.0, 1]]), recorded([[0]], tokens, classes=2))
    assert (found.top1, found.top5) == (0, 1)


def test_runs_of_different_images_are_refused():
    tokens = torch.ones(1, 3, 2)
    trace = recorded([[0, 1, 2]], tokens)
    with pytest.raises(ValueError, match=r"plain run must be of the same images; got outputs \(2, 4\) and \(1, 4\)"):
        fidelity(torch.zeros(2, 4), tokens, torch.zeros(1, 4), trace)
    with pytest.raises(ValueError, match="4 and 3 tokens"):
        fidelity(torch.zeros(1, 4), torch.ones(1, 4, 2), torch.zeros(1, 4), trace)


def test_agreement_is_the_adjusted_rand_index():
    same = torch.tensor([[0, 0, 1, 1, 2, 2]])
    assert agreement(same, torch.tensor([[5, 5, 3, 3, 9, 9]])) == 1
    assert agreement(same, torch.tensor([[0, 1, 0, 1, 0, 1]])) < 0
    other = torch.tensor([[0, 0, 1, 1, 1, 1]])
    together, ours, theirs, pairs = 3, 3, 7, 15  # pairs of patches in one group: in both, in each, and in all
    expected = ours * theirs / pairs
    wanted = (together - expected) / ((ours + theirs) / 2 - expected)
    assert agreement(same, other) == pytest.approx(wanted)
    assert agreement(torch.cat([same, same]), torch.cat([same, other])) == pytest.approx((1 + wanted) / 2)


def test_agreement_is_what_scikit_learn_says():
    chance = torch.Generator().manual_seed(0)
    for n, most in ((1, 1), (2, 2), (40, 1), (40, 5), (40, 40), (200, 30)):
        one, other = (torch.randint(-1, most, (3, n), generator=chance) for _ in range(2))
        wanted = [adjusted_rand_score(a, b) for a, b in zip(one.tolist(), other.tolist(), strict=True)]
        assert agreement(one, other) == pytest.approx(sum(wanted) / 3, abs=1e-12), (n, most)


def test_agreement_counts_dropped_patches_as_one_group():
    assert agreement(torch.tensor([[-1, -1, 0, 1]]), torch.tensor([[7, 7, 8, 9]])) == 1


def test_agreement_refuses_different_patches():
    for other in (torch.zeros(1, 4), torch.zeros(3), torch.zeros(2, 3)):
        with pytest.raises(ValueError, match="source_a and source_b must be"):
            agreement(torch.zeros(1, 3), other)


@torch.inference_mode()
def test_two_algorithms_on_one_picture_can_be_compared():
    model = build("dinov3")
    images = pictures(model)
    sources = [
        tome.trace(model, images, MergeConfig(r=4, algorithm=name))[1].source()[:, 5:]
        for name in ("bipartite", "kmeans")
    ]
    assert -0.5 <= agreement(*sources) < 1


def test_a_fidelity_is_plain_floats_and_frozen():
    found = Fidelity(1.0, 1.0, None, None, None)
    assert asdict(found) == {"class_cosine": 1.0, "patch_cosine": 1.0, "top1": None, "top5": None, "kl": None}
    with pytest.raises(FrozenInstanceError):
        found.kl = 1.0
    assert tome.fidelity.fidelity is fidelity


def test_a_run_in_half_precision_is_compared_in_float32():
    torch.manual_seed(0)
    before, after = torch.randn(1, 2, 512).half(), torch.randn(1, 2, 512).half()
    found = fidelity(torch.zeros(1, 2).half(), before, torch.zeros(1, 2).half(), recorded([[0, 1]], after))
    wanted = torch.cosine_similarity(before.double(), after.double(), dim=-1)[0]
    assert (found.class_cosine, found.patch_cosine) == pytest.approx(tuple(wanted.tolist()), abs=1e-6)
