"""Very short training runs: they learn, and can be stopped."""

import errno
import os
from dataclasses import replace

import pytest
import torch

from tome import MergeConfig
from tome.lab.digits import digits
from tome.lab.training import Recipe, TrainingRun, accuracy
from tome.lab.training.__main__ import main

SMALL = Recipe(MergeConfig(r=2), image_size=16, width=16, depth=2, train=64, test=50, epochs=3)


def test_a_run_lowers_the_loss():
    progress = list(TrainingRun(replace(SMALL, train=600, image_size=8, patch_size=2, width=32, epochs=6)).steps())
    assert progress[-1].accuracy > 40  # ten classes
    assert progress[-1].loss < progress[0].loss - 0.2


def test_steps_are_counted_and_the_last_of_an_epoch_has_the_accuracy():
    progress = list(TrainingRun(SMALL).steps())
    assert [(p.epoch, p.step, p.steps) for p in progress] == [(e, s, 2) for e in range(3) for s in range(2)]
    assert [p.accuracy is None for p in progress] == [True, False] * 3


def test_every_epoch_sees_the_same_images_in_another_order():
    run, seen = TrainingRun(replace(SMALL, epochs=2)), []
    run.model.patch_embed.register_forward_pre_hook(
        lambda _, images: seen.append(images[0]) if run.model.norm.training else None
    )
    list(run.steps())
    first, second = torch.cat(seen[:2]), torch.cat(seen[2:])
    assert not torch.equal(first, second)
    assert sorted(first.sum((1, 2, 3)).tolist()) == sorted(second.sum((1, 2, 3)).tolist())


def test_tokens_merge_while_training():
    run, seen = TrainingRun(SMALL), []
    run.model.norm.register_forward_pre_hook(
        lambda _, tokens: seen.append((run.model.norm.training, tokens[0].shape[1]))
    )
    next(run.steps())
    assert seen == [(True, 17 - 2 * 2)]


def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(tmp_path):
    whole = TrainingRun(SMALL)
    list(whole.steps())
    stopped = TrainingRun(SMALL, tmp_path / "run.pt")
    steps = stopped.steps()
    for _ in range(3):  # an epoch and a half
        next(steps)
    steps.close()
    again = TrainingRun(SMALL, tmp_path / "run.pt")
    assert len(list(again.steps())) == 4
    torch.testing.assert_close(dict(again.model.state_dict()), dict(whole.model.state_dict()), rtol=0, atol=0)
    assert again.history == whole.history


def test_a_finished_run_has_nothing_left_to_do(tmp_path):
    list(TrainingRun(SMALL, tmp_path / "run.pt").steps())
    assert list(TrainingRun(SMALL, tmp_path / "run.pt").steps()) == []


def test_another_recipe_is_not_continued(tmp_path):
    list(TrainingRun(SMALL, tmp_path / "run.pt").steps())
    with pytest.raises(ValueError, match=r"path must hold a run of .*seed=1.*run\.pt is of .*seed=0"):
        TrainingRun(replace(SMALL, seed=1), tmp_path / "run.pt")


def test_a_state_that_was_being_written_leaves_the_one_before(tmp_path, monkeypatch):
    steps = TrainingRun(SMALL, tmp_path / "run.pt").steps()
    next(steps), next(steps)

    def full(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        list(steps)
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]
    assert TrainingRun(SMALL, tmp_path / "run.pt").epoch == 1


@pytest.mark.parametrize("content", [b"", b"no state", b"PK\3\4 torn"])
def test_a_file_that_is_no_state_is_refused_and_stays(content, tmp_path):
    path = tmp_path / "run.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"run\.pt could not be read as the state of a run"):
        TrainingRun(SMALL, path)
    assert path.read_bytes() == content


def test_accuracy_is_the_share_that_is_named_rightly_and_merges_as_asked():
    run = TrainingRun(SMALL)
    (images, _), _ = digits(16, 64, 50)
    with torch.no_grad():
        named = run.model.eval()(images - 0.3).argmax(1)
    wrong = torch.where(torch.arange(64) < 16, (named + 1) % 10, named)
    assert accuracy(run.model, images, wrong) == 75
    seen = []
    run.model.norm.register_forward_pre_hook(lambda _, tokens: seen.append(tokens[0].shape[1]))
    accuracy(run.model, images, wrong, MergeConfig(r=4))
    accuracy(run.model, images, wrong)
    assert seen == [9, 17]


def test_measuring_accuracy_leaves_the_mode_of_the_model():
    model = TrainingRun(SMALL).model.train()
    accuracy(model, *digits(16, 64, 50)[1])
    assert model.training
    assert model.blocks[0].training


def test_the_same_recipe_begins_with_the_same_model_and_leaves_the_callers_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one = TrainingRun(SMALL).model
    torch.testing.assert_close(torch.rand(1), expected, rtol=0, atol=0)
    same = TrainingRun(SMALL).model
    torch.testing.assert_close(dict(one.state_dict()), dict(same.state_dict()), rtol=0, atol=0)


def test_the_command_tests_every_run_at_every_r(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("tome.lab.training.__main__.TrainingRun", lambda recipe, path: TrainingRun(small(recipe), path))
    monkeypatch.setattr("tome.lab.training.__main__.digits", lambda *_: digits(16, 64, 50))
    command = ["--r", "0", "3", "--epochs", "1", "--threads", str(torch.get_num_threads()), "--state", str(tmp_path)]
    main(command)
    said = capsys.readouterr().out
    assert said.count("tested with") == 4
    assert said.count("epoch") == 2
    main(command)
    assert "epoch" not in capsys.readouterr().out


def small(recipe: Recipe) -> Recipe:
    return replace(SMALL, config=recipe.config, epochs=recipe.epochs)
