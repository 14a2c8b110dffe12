"""Every choice of the paper, checked where it is made."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields

import pytest

from tome import ALGORITHMS, MergeConfig


def test_the_defaults_are_the_papers():
    assert MergeConfig() == MergeConfig(
        r=8,
        algorithm="bipartite",
        partition="alternating",
        feature="key",
        metric="cosine",
        heads="mean",
        combine="weighted",
        proportional_attention=True,
        seed=0,
    )


def test_every_algorithm_can_be_chosen():
    assert {MergeConfig(algorithm=name).algorithm for name in ALGORITHMS} == set(ALGORITHMS)


def test_every_field_says_what_a_form_needs():
    for field in fields(MergeConfig):
        assert field.metadata["label"]
        options = field.metadata["options"]
        assert options is None or field.default in options


@pytest.mark.parametrize("name", ["algorithm", "partition", "feature", "metric", "heads", "combine"])
def test_an_unknown_name_is_refused_with_those_that_are_known(name):
    with pytest.raises(ValueError, match=rf"{name} must be one of .*; got 'nonsense'"):
        MergeConfig(**{name: "nonsense"})


@pytest.mark.parametrize(
    ("choices", "kind", "text"),
    [
        ({"proportional_attention": 1}, TypeError, "proportional_attention must be True or False; got 1"),
        ({"seed": 1.5}, TypeError, "seed must be an int; got 1.5"),
        ({"seed": True}, TypeError, "seed must be an int; got True"),
        ({"seed": -1}, ValueError, r"seed must be between 0 and 2\*\*31 - 1; got -1"),
        ({"seed": 2**31}, ValueError, "seed must be between"),
        ({"r": -1}, ValueError, "r must be at least 0; got -1"),
        ({"metric": ["cosine"]}, ValueError, r"metric must be one of .*; got \['cosine'\]"),
    ],
)
def test_a_value_outside_its_limits_is_refused(choices, kind, text):
    with pytest.raises(kind, match=text):
        MergeConfig(**choices)


def test_a_config_cannot_be_changed_from_outside():
    mine = [1, 2, 3]
    config = MergeConfig(r=mine)
    mine[0] = 99
    assert config.r == [1, 2, 3]
    with pytest.raises(FrozenInstanceError):
        config.r = 5


def test_equal_configs_share_a_key_and_a_hash_and_others_do_not():
    configs = [MergeConfig(r=r) for r in (8, 0, [8, 8], (8, 0.0), (8, 1.0), [8, 1])] + [MergeConfig(seed=1)]
    assert len({config.key for config in configs}) == len({hash(config) for config in configs}) == len(configs)
    assert MergeConfig(r=(8, 1)).key == MergeConfig(r=(8, 1.0)).key
    for config in configs:
        for same in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
            assert (same, same.key, hash(same)) == (config, config.key, hash(config))
