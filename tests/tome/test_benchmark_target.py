"""The r for a time or a speed-up: searched on measurements whose every number is known in advance."""

import csv
from math import ceil, log2

import pytest

from tome.lab.benchmark.__main__ import main
from tome.lab.benchmark.speed import Speed
from tome.lab.benchmark.target import Found, Target, search
from tome.lab.measure import Spread

PLAIN = 0.1


def speed(r: int, noise: float = 0.0, width: float = 0.0) -> Speed:
    """Return what a model takes that is 1 % of the plain time faster for each r, without end."""
    seconds = PLAIN * (1 - r / 100) + noise
    gain = Spread(PLAIN / seconds, PLAIN / (seconds + width), PLAIN / (seconds - width))
    taken = Spread(seconds, seconds - width, seconds + width)
    return Speed(1, 3, taken, Spread(PLAIN, PLAIN, PLAIN), gain, 1.0, 2.0, 1, 1)


class Measured:
    """Measurements in order, with noise for some."""

    def __init__(self, noise: dict[tuple[int, bool], float] | None = None):
        self.asked, self.noise = [], noise or {}

    def __call__(self, r: int, sure: bool) -> Speed:
        self.asked.append((r, sure))
        return speed(r, self.noise.get((r, sure), 0))


@pytest.mark.parametrize(
    ("target", "r"),
    [
        (Target(seconds=0.0805), 20),
        (Target(speed_up=1.3), 24),
        (Target(speed_up=1.005), 1),
        (Target(seconds=0.0505), 50),
    ],
)
def test_the_smallest_r_that_reaches_the_target_is_found(target, r):
    found = search(Measured(), 50, target)
    assert (found.r, found.reached) == (r, True)
    assert target.reached(found.speed)
    assert found.missed is None if r == 1 else found.missed[0] == r - 1


def test_the_range_is_halved_by_few_rounds_and_the_answer_measured_in_all():
    measure = Measured()
    search(measure, 98, Target(seconds=0.0805))
    (first, *few, last) = measure.asked
    assert (first, last) == ((98, True), (20, True))
    assert not any(sure for _, sure in few)
    assert len(few) <= ceil(log2(98))


def test_an_r_that_only_few_rounds_found_fast_is_not_the_answer():
    # 20 is needed; few rounds are lucky at 18 and 19.
    measure = Measured({(18, False): -0.002, (19, False): -0.002})
    found = search(measure, 50, Target(seconds=0.0805))
    assert found.r == 21
    assert [r for r, sure in measure.asked if sure] == [50, 18, 19, 21]
    assert found.missed == (19, speed(19))


def test_what_the_largest_r_does_not_reach_is_not_reached():
    measure = Measured()
    assert search(measure, 50, Target(speed_up=3)) == Found(50, speed(50), False)
    assert measure.asked == [(50, True)]


def test_what_the_plain_model_reaches_needs_no_merging():
    found = search(Measured(), 50, Target(seconds=0.1))
    assert (found.r, found.reached) == (0, True)


def test_a_target_between_the_quartiles_is_uncertain():
    target = Target(seconds=0.0805)
    assert target.certain(speed(20, width=0.0004))
    assert not target.certain(speed(20, width=0.001))
    assert not Target(speed_up=1.24).certain(speed(20, width=0.001))


COMMAND = ["test_vit", "--image-size", "48", "--threads", "1", "--batch", "1", "--rounds", "7"]


@pytest.fixture
def rounds(monkeypatch):
    """The r, rounds and limit of every measurement of the command, whose times are known."""
    asked = []

    def compare(model, images, config, task, *, limit, rounds, warmup):
        asked.append((config.r, rounds, limit))
        yield speed(config.r, width=0.001)

    monkeypatch.setattr("tome.lab.benchmark.show_target.compare", compare)
    return asked


def test_the_command_prints_r_with_its_time_and_writes_a_row(rounds, tmp_path, capsys):
    path = tmp_path / "speed.csv"
    command = [*COMMAND, "--target-ms", "96.2", "--limit", "--csv", str(path)]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == (
        "r = 4 reaches 96.2 ms: 96.00 ms (95.00 - 97.00), 1.042 x (1.031 - 1.053); plain 100.00 ms (100.00 - 100.00). "
        "The quartiles lie on both sides: more --rounds tell. 2 of 10 tokens are left after the last block. "
        "r = 3 misses it: 97.00 ms (96.00 - 98.00), 1.031 x (1.020 - 1.042)."
    )
    # 9 patches: a block merges 4 at most.
    assert rounds == [(4, 7, True), (2, 5, False), (3, 5, False)]
    (row,) = csv.DictReader(path.read_text().splitlines())
    assert (row["r"], row["rounds"], float(row["seconds"])) == ("4", "7", pytest.approx(0.096))
    assert main(command) == 0
    assert len(path.read_text().splitlines()) == 2, "the table has this row"


def test_the_command_says_what_is_not_reached(rounds, capsys):
    assert main([*COMMAND, "--target-speedup", "2", "--algorithm", "bipartite", "random_prune"]) == 0
    said = [each for each in capsys.readouterr().out.splitlines() if each.startswith("No r")]
    assert (
        said
        == [
            "No r reaches 2 x: even the largest, r = 4, takes 96.00 ms (95.00 - 97.00), 1.042 x (1.031 - 1.053); plain "
            "100.00 ms (100.00 - 100.00). 2 of 10 tokens are left after the last block."
        ]
        * 2
    )


def test_the_command_says_that_the_plain_model_is_fast_enough(rounds, capsys):
    assert main([*COMMAND, "--target-ms", "300"]) == 0
    assert capsys.readouterr().out.endswith(
        "r = 0 reaches 300 ms: the plain model takes 100.00 ms (100.00 - 100.00).\n"
    )


def test_a_target_is_searched_on_real_measurements(capsys):
    assert main([*COMMAND, "--rounds", "1", "--warmup", "0", "--train", "--target-speedup", "1000"]) == 0
    assert "No r reaches 1000 x: even the largest, r = 4, takes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--target-ms", "5", "--r", "0", "8"], "--r must not be combined with --target-ms and --target-speedup"),
        (["--target-ms", "5", "--target-speedup", "2"], "not allowed with argument --target-ms"),
        (["--target-ms", "5", "--parts"], "--target-ms and --target-speedup must not be combined with --parts"),
        (["--target-speedup", "2", "--tracing"], "must not be combined with --tracing"),
        (["--target-speedup", "1"], "must be a number from 1.01 to 1e+06; got '1'"),
        (["--target-ms", "soon"], "must be a number from 0.001 to 1e+09; got 'soon'"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(options, said, capsys):
    with pytest.raises(SystemExit):
        main([*COMMAND, *options])
    assert said in capsys.readouterr().err
