"""Every choice of the paper, validated at construction."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from tome import ALGORITHMS, MergeConfig
from tome.config import Choices
from tome.schedule import PerLayer, schedule


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


def test_a_list_given_as_r_is_frozen_and_still_reads_as_that_list():
    config = MergeConfig(r=[3, 0, 2])
    with pytest.raises(AttributeError):
        config.r.append(9)
    with pytest.raises(TypeError):
        config.r[0] = 9
    assert (len(config.r), config.r[0], config.r[-2:], list(config.r)) == (3, 3, [0, 2], [3, 0, 2])
    assert repr(config.r) == str(config.r) == "[3, 0, 2]"
    assert MergeConfig(r=config.r) == config == MergeConfig(r=PerLayer((3, 0, 2)))
    assert not isinstance(config.r, tuple), "a tuple is (r, inflection)"


class Counts:
    """Not an int, but used as one."""

    def __index__(self):
        return 8

    def __repr__(self):
        return "eight"


@pytest.mark.parametrize(
    ("r", "wanted"),
    [
        (np.int64(8), 8),
        (np.uint8(0), 0),
        (Counts(), 8),
        ([np.int64(3), 0, np.int32(2)], [3, 0, 2]),
        (PerLayer((np.int64(3), Counts())), [3, 8]),
        ((np.int64(16), -1), (16, -1.0)),
    ],
    ids=str,
)
def test_whatever_counts_as_an_integer_may_be_r_and_is_kept_as_an_int(r, wanted):
    config, same = MergeConfig(r=r), MergeConfig(r=wanted)
    assert (config, config.key, hash(config)) == (same, same.key, hash(same))
    assert {type(each) for each in (config.r if isinstance(config.r, PerLayer) else [config.r])} <= {int, tuple}
    assert type(config.r[0] if isinstance(config.r, tuple) else 0) is int
    assert schedule(r, 3) == schedule(wanted, 3)


def test_a_list_of_two_is_not_r_and_inflection():
    per_layer, linear = MergeConfig(r=[8, 1]), MergeConfig(r=(8, 1.0))
    assert per_layer != linear
    assert per_layer.r != (8, 1)
    assert per_layer.r == [8, 1] != linear.r
    assert (schedule(per_layer.r, 3), schedule(linear.r, 3)) == ((8, 1, 0), (0, 8, 16))


def test_keys_without_params_are_what_they_were():
    assert MergeConfig(r=[8, 1]).key == (
        '{"r": {"layers": [8, 1]}, "algorithm": "bipartite", "partition": "alternating", "feature": "key", "metric": '
        '"cosine", "heads": "mean", "combine": "weighted", "proportional_attention": true, "seed": 0}'
    )


def test_params_are_options_of_the_algorithm_frozen_and_in_the_key():
    mine = {"threshold": 1}
    config = MergeConfig(algorithm="threshold_merge", params=mine)
    mine["threshold"] = 5
    assert config.params == (("threshold", 1.0),)
    same = MergeConfig(algorithm="threshold_merge", params={"threshold": 1.0})
    assert (config, config.key, hash(config)) == (same, same.key, hash(same))
    assert config.key != MergeConfig(algorithm="threshold_merge").key
    assert replace(config, r=3).params == config.params
    assert pickle.loads(pickle.dumps(config)) == config


@pytest.mark.parametrize(
    ("algorithm", "params", "kind", "text"),
    [
        ("bipartite", {"threshold": 0.5}, ValueError, "algorithm 'bipartite' must be among its options: none"),
        ("kmeans", {"rounds": 3}, ValueError, r"algorithm 'kmeans' .*: iterations \(int\); got 'rounds'"),
        ("kmeans", {"iterations": 2.5}, TypeError, "algorithm 'kmeans' must give iterations as int; got 2.5"),
        ("kmeans", {"iterations": True}, TypeError, "must give iterations as int; got True"),
        ("kmeans", {"iterations": 0}, ValueError, "algorithm 'kmeans' must give iterations from 1 to 100; got 0"),
        ("kmeans2", {"iterations": -1}, ValueError, "algorithm 'kmeans2' must give iterations from 1 to 100; got -1"),
        ("kmeans", {"iterations": 2**31 - 1}, ValueError, "must give iterations from 1 to 100; got 2147483647"),
        ("kmeans", {"iterations": 10**5000}, ValueError, "from 1 to 100; got a number of thousands of digits"),
        ("agglomerative", {"linkage": "ward"}, ValueError, "linkage as one of average, complete, single; got 'ward'"),
        ("agglomerative_single", {"linkage": ""}, ValueError, "linkage as one of average, complete, single; got ''"),
        ("threshold_merge", {"threshold": "high"}, TypeError, "'threshold_merge' must give threshold as float"),
        ("threshold_merge", {"threshold": float("nan")}, ValueError, "threshold as a finite number; got nan"),
        ("threshold_merge", {"threshold": float("-inf")}, ValueError, "threshold as a finite number; got -inf"),
        ("threshold_merge", {"threshold": 10**400}, ValueError, "threshold as a finite number; got 1000"),
        ("kmeans", 5, TypeError, "params must map options to values; got 5"),
    ],
)
def test_what_is_no_option_of_the_algorithm_is_refused(algorithm, params, kind, text):
    with pytest.raises(kind, match=text):
        MergeConfig(algorithm=algorithm, params=params)


def test_equal_configs_share_a_key_and_a_hash_and_others_do_not():
    configs = [MergeConfig(r=r) for r in (8, 0, [8, 8], (8, 0.0), (8, 1.0), [8, 1])] + [MergeConfig(seed=1)]
    assert len({config.key for config in configs}) == len({hash(config) for config in configs}) == len(configs)
    assert MergeConfig(r=(8, 1)).key == MergeConfig(r=(8, 1.0)).key
    for config in configs:
        for same in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
            assert (same, same.key, hash(same)) == (config, config.key, hash(config))


def test_what_patch_takes_by_name_are_the_fields():
    assert set(Choices.__annotations__) == {field.name for field in fields(MergeConfig)}
