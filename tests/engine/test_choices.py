"""The choices of a configuration in words."""

import json
from dataclasses import fields

import pytest

from explorer.engine.choices import CHOSEN, chosen, columns_of
from explorer.records.build import RATES, caption
from tome.config import MergeConfig


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"r": 8}, "ViT · r = 8"),
        ({"r": (8, -1)}, "ViT · r = 8, decreasing"),
        ({"r": (8, 0)}, "ViT · r = 8, constant"),
        ({"r": (8, 1)}, "ViT · r = 8, increasing"),
        ({"r": (8, -0.5)}, "ViT · r = 8, decreasing (inflection −0.5)"),
        ({"r": (8, 0.5)}, "ViT · r = 8, increasing (inflection 0.5)"),
        ({"r": [8, 4]}, "ViT · r per layer"),
        (
            {"r": 8, "metric": "dot", "feature": "value", "heads": "concat", "combine": "max", "seed": 3},
            "ViT · r = 8 · feature value · metric dot · heads concat · combine max · seed = 3",
        ),
        ({"r": 8, "proportional_attention": False}, "ViT · r = 8 · proportional attention off"),
        ({"r": 8, "algorithm": "random_prune", "metric": "dot", "seed": 1}, "ViT · r = 8 · Random pruning · seed = 1"),
        (
            {"r": 8, "algorithm": "threshold_merge", "params": {"threshold": 0.5}},
            "ViT · r = 8 · Threshold merging · threshold 0.5",
        ),
    ],
)
def test_a_caption_says_the_schedule_and_whatever_is_not_the_default(config, told):
    assert caption(["ViT"], MergeConfig(**config)) == told


def test_every_choice_that_a_caption_names_is_in_the_catalogue():
    named = {field.name: field.metadata["options"] for field in fields(MergeConfig) if field.metadata["options"]}
    every = [chosen(MergeConfig(**{name: value})) for name, values in named.items() for value in values]
    off = chosen(MergeConfig(proportional_attention=False))
    assert {text for texts in [*every, off] for text in texts} == set(CHOSEN)


@pytest.mark.parametrize("bend", [-1, -0.5, 0, 0.5, 1])
def test_every_schedule_that_a_caption_names_is_in_the_catalogue(bend):
    told = caption([], MergeConfig(r=(8, bend)))
    assert told in {each.format(r=8, inflection=f"{bend:g}".replace("-", "−")) for each in RATES}


def test_a_file_names_the_configuration_by_the_fields_of_merge_config():
    config = MergeConfig(
        r=(8, -1.0), algorithm="threshold_merge", proportional_attention=False, params={"threshold": 0.5}
    )
    told = columns_of(config)
    assert list(told) == [*(field.name for field in fields(MergeConfig)), "schedule"]
    assert (told["r"], told["schedule"], told["algorithm"]) == ("8 -1.0", "decreasing", "threshold_merge")
    assert (told["proportional_attention"], told["combine"]) == (False, "weighted")
    assert json.loads(told["params"]) == {"threshold": 0.5}
    pruned = columns_of(MergeConfig(algorithm="random_prune"))
    assert (pruned["metric"], pruned["proportional_attention"], pruned["params"]) == ("", "", "")
