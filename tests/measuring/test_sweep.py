"""The measurements of the pages Speed and Training, on models so small that they take a moment."""

import csv
import io
import json

import pytest
import torch
from timm.models.vision_transformer import VisionTransformer

from explorer.engine.task import Superseded, Task
from explorer.measuring import paper, speed
from explorer.measuring.points import points, rates
from explorer.measuring.rows import as_csv, file_name, rows
from explorer.measuring.speed import PLAIN, LeftOut, Round, sweep, time_parts, timely
from explorer.training.courses import Course, Pooled, Score, Step, pooling
from explorer.training.mae import mask
from tome import MergeConfig
from tome.lab.training import Change, Recipe

SMALL = Recipe(image_size=16, width=16, depth=2, train=64, test=50)
CONFIGS = (MergeConfig(r=2), MergeConfig(r=(2, -1.0)), MergeConfig(r=2, algorithm="random_prune"))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return VisionTransformer(img_size=32, patch_size=8, embed_dim=32, depth=3, num_heads=2, num_classes=5).eval()


@pytest.fixture(scope="module")
def images():
    return torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def task() -> Task:
    return Task("test")


def swept(model, images, **options) -> list:
    told = []
    sweep(model, images, CONFIGS, task(), told.append, **{"rounds": 3, "seconds": 60, **options})
    return told


def test_every_configuration_gets_a_point_and_the_plain_model_is_its_own_measure(model, images):
    found = points(swept(model, images), model, 32, 2)
    assert [p.config for p in found] == [MergeConfig(r=0), *CONFIGS]
    assert (found[0].speed_up.median, found[0].predicted, found[0].fidelity) == (1, 1, 1)
    assert [p.tokens for p in found] == [17, 11, 11, 11]
    assert all(p.predicted > 1 and p.fidelity < 1 for p in found[1:])


def test_throughput_is_images_by_median_seconds(model, images):
    near = swept(model, images)[1:4]
    one = Round(dict(zip((PLAIN, *CONFIGS), (2.0, 1.0, 0.5, 4.0), strict=True)))
    found = points([{}, *near, one, one], model, 32, 8)
    assert [p.throughput.median for p in found] == [4, 8, 16, 2]
    assert [p.speed_up.median for p in found] == [1, 2, 4, 0.5]


def test_before_the_first_round_there_is_likeness_but_no_speed(model, images):
    told = swept(model, images)[:3]
    found = points(told, model, 32, 2)
    assert len(found) == 3
    assert found[1].throughput is None


def test_time_runs_out_after_three_rounds(model, images):
    ticks = iter(range(10_000))
    told = swept(model, images, rounds=9, seconds=0, clock=lambda: float(next(ticks)))
    assert sum(isinstance(event, Round) for event in told) == 3


def test_rounds_go_on_while_there_is_time_and_end_when_it_is_up():
    now = [0.0]

    def rounds():
        for each in range(50):
            now[0] += 1
            yield each

    assert list(timely(rounds(), 6.5, lambda: now[0])) == [0, 1, 2, 3, 4, 5, 6]
    assert list(timely(range(2), 60)) == [0, 1]


def test_an_algorithm_that_fails_is_left_out_by_name_and_the_others_go_on(model, images, monkeypatch):
    def breaks(*args, **options):
        raise RuntimeError("no eigenvalues")

    monkeypatch.setattr("tome.matching.spectral.match", breaks)
    told, configs = [], (CONFIGS[0], MergeConfig(r=2, algorithm="spectral"), CONFIGS[2])
    sweep(model, images, configs, task(), told.append, rounds=3, seconds=60)
    assert [e for e in told if isinstance(e, LeftOut)] == [LeftOut(configs[1], "RuntimeError: no eigenvalues")]
    found = points(told, model, 32, 2)
    assert [p.config for p in found] == [PLAIN, configs[0], configs[2]]
    assert all(p.speed_up for p in found)


def test_an_r_that_fails_while_it_is_timed_is_left_out_and_the_others_go_on(model, images, monkeypatch):
    times, forward = [], speed._forward

    def breaks(each, batch):
        if hasattr(each.blocks, "plan") and each.blocks.plan.config == CONFIGS[1]:
            times.append(1)
            if len(times) == 2:
                raise MemoryError("full")
        forward(each, batch)

    monkeypatch.setattr(speed, "_forward", breaks)
    told = swept(model, images)
    assert [e.config for e in told if isinstance(e, LeftOut)] == [CONFIGS[1]]
    assert len(times) == 2, "it is not tried again"
    found = points(told, model, 32, 2)
    assert [p.config for p in found] == [PLAIN, CONFIGS[0], CONFIGS[2]]
    assert len([e for e in told if isinstance(e, Round)]) == 3


def test_a_plain_model_that_fails_ends_the_measurement(model, images, monkeypatch):
    def breaks(each, batch):
        raise MemoryError("full")

    monkeypatch.setattr(speed, "_forward", breaks)
    with pytest.raises(MemoryError, match="full"):
        swept(model, images)


def test_a_cancelled_measurement_stops(model, images):
    own, told = task(), []

    def tell(event):
        told.append(event)
        own.cancel()

    with pytest.raises(Superseded):
        sweep(model, images, CONFIGS, own, tell, rounds=3, seconds=60)
    assert len(told) == 1


def test_parts_of_every_block_are_told_after_the_machine(model, images):
    told = []
    time_parts(model, images, MergeConfig(r=2), task(), told.append, rounds=2, seconds=60)
    assert "torch" in told[0]
    assert [len(found) for found in told[1:]] == [3, 3]


def test_rates_reach_from_few_to_nearly_all():
    assert rates(257, 1, 12) == [5, 10, 16, 21]
    assert rates(17, 1, 12) == [1]


def test_what_is_downloaded_holds_machine_setting_and_every_number(model, images):
    told = swept(model, images)
    records = [{"model": "small", **told[0], **row} for row in rows(points(told, model, 32, 2))]
    read = list(csv.DictReader(io.StringIO(as_csv(records))))
    assert len(read) == 4
    assert read[2]["schedule"] == "decreasing"
    assert read[1]["torch"] == told[0]["torch"]
    assert float(read[1]["images_per_second_low"]) <= float(read[1]["images_per_second_high"])
    assert json.loads(json.dumps(records)) == records


def test_a_file_is_named_by_its_contents():
    one, other = [{"r": 1, "cosine": 0.5}], [{"r": 1, "cosine": 0.6}]
    assert file_name("r", one, "csv") == file_name("r", [dict(reversed(one[0].items()))], "csv")
    assert file_name("r", one, "csv") != file_name("r", other, "csv")


def test_a_stopped_course_ends_as_if_it_had_not_been():
    whole, stopped = Course.of_vits(2, 2, SMALL), Course.of_vits(2, 2, SMALL)
    whole.go(task(), lambda event: None)
    first, told = task(), []

    def tell(event):
        told.append(event)
        if len(told) == 4:
            first.cancel()

    with pytest.raises(Superseded):
        stopped.go(first, tell)
    assert (len(told), stopped.done) == (4, False)
    again = []
    stopped.go(task(), again.append)
    assert again[:4] == told
    plain = [[event.progress for event in c.told if isinstance(event, Step)] for c in (whole, stopped)]
    assert plain[0] == plain[1]
    assert [e for e in again if isinstance(e, Score)] == [e for e in whole.told if isinstance(e, Score)]


def test_both_runs_take_a_step_in_turn_and_are_tested_at_every_r():
    course = Course.of_vits(2, 1, SMALL)
    course.go(task(), lambda event: None)
    steps = [event.r for event in course.told if isinstance(event, Step)]
    assert steps == [0, 2] * 2
    tested = {(event.trained_r, event.tested_r) for event in course.told if isinstance(event, Score)}
    assert tested == {(trained, r) for trained in (0, 2) for r in (0, 2, 4, 6)}
    assert len(course.told) == course.total


def test_last_blocks_take_turns_too_and_are_tested_with_and_without_merging(model):
    change = Change(image_size=32, train=32, test=16, batch=16)
    course = Course.of_last_blocks(model, 2, 1, change)
    course.go(task(), lambda event: None)
    assert len(course.told) == course.total
    assert [event.r for event in course.told if isinstance(event, Step)] == [0, 2] * 2
    assert [(e.trained_r, e.tested_r) for e in course.told if isinstance(e, Score)] == [(0, 0), (0, 2), (2, 0), (2, 2)]


def test_a_mask_keeps_a_quarter_and_another_draw_keeps_another():
    assert mask(14, 14, 1).sum() == 49
    assert (mask(14, 14, 1) != mask(14, 14, 2)).any()
    assert (mask(14, 14, 1) == mask(14, 14, 1)).all()


def test_a_mean_by_size_differs_from_a_plain_one(model):
    told = []
    pooling(model, torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(2)), 3, task(), told.append)
    assert [each.proportional_attention for each in told] == [False, True]
    assert all(isinstance(each, Pooled) and 0 < each.by_size <= 1 for each in told)
    assert told[0].by_size != told[0].plain_mean


def test_no_merge_pools_as_the_plain_model_does(model, images):
    told = []
    pooling(model, images, 0, task(), told.append)
    for each in told:
        assert (each.by_size, each.plain_mean) == (pytest.approx(1, abs=1e-5), pytest.approx(1, abs=1e-5))


def test_the_papers_speed_ups_are_those_of_its_printed_rates():
    found = {row.name: round(row.speed_up, 2) for row in paper.FAST}
    assert found["DeiT-S, r = 13"] == 1.67
    assert found["ViT-L/16 MAE, r = 8"] == 1.97
