"""Settings that are left blank change nothing, and no others of the same kind are blank."""

import pytest
import timm
import torch

import tome
from explorer.engine.effect import without_effect
from tome import MergeConfig

OTHERS = {
    "partition": "random",
    "feature": "output",
    "metric": "softmax",
    "heads": "concat",
    "combine": "max",
    "proportional_attention": False,
    "seed": 7,
}
PRUNING = [name for name, each in tome.ALGORITHMS.items() if each.kind == "prune"]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return timm.create_model("test_vit", img_size=96).eval()


@pytest.mark.parametrize("field", OTHERS)
@pytest.mark.parametrize("algorithm", PRUNING)
def test_a_setting_has_no_effect_on_pruning_where_it_is_left_blank(model, algorithm, field):
    images = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    plain = MergeConfig(r=3, algorithm=algorithm)
    with torch.no_grad():
        here, there = (
            tome.trace(model, images, each)[0]
            for each in (plain, MergeConfig(r=3, algorithm=algorithm, **{field: OTHERS[field]}))
        )
    assert torch.allclose(here, there, atol=1e-6) == (field in without_effect(plain))


def test_no_setting_of_a_merge_or_a_hybrid_is_left_blank():
    for name, each in tome.ALGORITHMS.items():
        if each.kind != "prune":
            assert not without_effect(MergeConfig(algorithm=name))


def test_a_pruning_of_another_package_may_compare_tokens():
    @tome.algorithm("first_pruned", kind="prune", paper="none", label="First", note="Drops the first r tokens.")
    def first(inputs):
        raise NotImplementedError

    try:
        assert without_effect(MergeConfig(algorithm="first_pruned")) == {"combine", "proportional_attention"}
    finally:
        del tome.ALGORITHMS["first_pruned"]
