"""Accuracy is checked against votes counted by hand, against the plain model, and against itself in two processes."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from functools import partial

import pytest
import timm
import torch
from PIL import Image
from torch import distributed
from torch.utils.data import TensorDataset

from tome import MergeConfig
from tome.lab.digits import COUNT, digits
from tome.lab.evaluate import digit_splits, evaluate, folder_splits, nearest, probe
from tome.lab.evaluate.__main__ import main
from tome.lab.weights import build


@pytest.fixture(scope="module")
def model():
    return build("test_vit", 64)


@pytest.fixture(scope="module")
def splits(model):
    return digit_splits(model, 64, 40, 30)


def last(model, *splits, **options):
    *_, state = evaluate(model, *splits, **options)
    return state


def test_the_nearest_neighbours_vote():
    bank = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    labels = torch.tensor([3, 3, 5, 5])
    assert nearest(bank, labels, torch.tensor([[9.0, 1.0], [1.0, 8.0]]), k=2).tolist() == [3, 5]


def test_a_close_neighbour_outvotes_two_far_ones():
    bank = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert nearest(bank, torch.tensor([1, 0, 0]), torch.tensor([[1.0, 0.2]]), k=3).tolist() == [1]


def test_the_length_of_a_feature_does_not_count():
    bank = torch.tensor([[0.1, 0.0], [0.0, 100.0]])
    assert nearest(bank, torch.tensor([1, 0]), torch.tensor([[5.0, 1.0]]), k=1).tolist() == [1]


@pytest.mark.parametrize("k", [0, 3])
def test_more_neighbours_than_images_are_refused(k):
    with pytest.raises(ValueError, match="k must be between 1 and the 2 images"):
        nearest(torch.eye(2), torch.arange(2), torch.eye(2), k)


def test_a_probe_reads_a_direction_however_small_it_is():
    random = torch.Generator().manual_seed(0)
    features = torch.randn(60, 4, generator=random) * torch.tensor([1000.0, 1.0, 1e-3, 0.0])
    labels = (features[:, 2] > 0).long()
    assert (probe(features[:40], labels[:40], features[40:]) == labels[40:]).float().mean() > 0.9


def test_digits_are_apart_and_the_test_does_not_depend_on_the_training():
    (train, _), (test, labels) = digits(8, COUNT - 100, 100)
    assert torch.cdist(train.flatten(1), test.flatten(1)).min() > 0
    assert torch.equal(test, digits(8, 10, 100)[1][0])
    assert test.shape == (100, 1, 8, 8)
    assert test.min() == 0
    assert test.max() == 1
    assert set(labels.tolist()) == set(range(10))


@pytest.mark.parametrize(("train", "test"), [(0, 1), (1, 0), (COUNT, 1)])
def test_digits_that_do_not_exist_are_refused(train, test):
    with pytest.raises(ValueError, match="together at most 1797"):
        digits(8, train, test)


def test_merging_nothing_gives_the_accuracy_of_the_plain_model(model, splits):
    with torch.inference_mode():
        (bank, labels), (queries, truth) = (
            (model.forward_head(model.forward_features(torch.stack(images)), pre_logits=True), torch.tensor(found))
            for images, found in (zip(*(split[i] for i in range(len(split))), strict=True) for split in splits)
        )
    state = last(model, *splits, config=MergeConfig(r=0), k=3)
    assert state.knn == pytest.approx(100 * (nearest(bank, labels, queries, 3) == truth).float().mean().item())
    assert state.probe == pytest.approx(100 * (probe(bank, labels, queries) == truth).float().mean().item())
    assert state.top1 is None


def test_the_features_of_both_splits_are_merged(model, splits):
    seen = []
    hook = model.norm.register_forward_pre_hook(lambda _, tokens: seen.append(tokens[0].shape[1]))
    train, test = splits
    list(evaluate(model, train, test, MergeConfig(r=2), batch=20))
    hook.remove()
    plain = model.patch_embed.num_patches + model.num_prefix_tokens
    assert set(seen) == {plain - 2 * len(model.blocks)}
    assert len(seen) == 4


def test_the_progress_counts_every_image_and_the_last_has_the_scores(model, splits):
    states = list(evaluate(model, *splits, MergeConfig(r=1), batch=20))
    assert [state.seen for state in states] == [20, 40, 60, 70, 70]
    assert {state.total for state in states} == {70}
    assert [state.knn is None for state in states] == [True] * 4 + [False]


def test_the_models_own_head_is_scored_by_its_ranking(model):
    random = torch.Generator().manual_seed(0)
    images = torch.randn(12, 3, 64, 64, generator=random)
    with torch.inference_mode():
        ranking = model(images).argsort(1, descending=True)
    # Right for the first three, fourth in the ranking for the next three, sixth for the others.
    labels = torch.cat([ranking[:3, 0], ranking[3:6, 3], ranking[6:, 5]])
    state = last(model, None, TensorDataset(images, labels), config=MergeConfig(r=0), head=True, batch=12)
    assert (state.top1, state.top5, state.knn) == (25, 50, None)


def test_an_evaluation_that_can_tell_nothing_is_refused(model, splits):
    with pytest.raises(ValueError, match="train must be given unless head=True"):
        next(evaluate(model, None, splits[1]))
    headless = build("test_vit", 64)
    headless.reset_classifier(0)
    with pytest.raises(ValueError, match="no classifier"):
        next(evaluate(headless, None, splits[1], head=True))


def test_a_model_in_training_mode_is_refused(splits):
    with pytest.raises(ValueError, match="evaluation mode"):
        next(evaluate(build("test_vit", 64).train(), *splits))


@pytest.fixture
def folder(tmp_path):
    for split in ("train", "val"):
        for shade, name in enumerate(("dark", "light")):
            (tmp_path / split / name).mkdir(parents=True)
            for i in range(3):
                Image.new("RGB", (20, 30), (200 * shade + i,) * 3).save(tmp_path / split / name / f"{i}.png")
    return tmp_path


def test_a_folder_of_images_is_labelled_by_its_folders(model, folder):
    train, test = folder_splits(model, 64, folder)
    assert test[5][0].shape == (3, 64, 64)
    assert [label for _, label in test] == [0, 0, 0, 1, 1, 1]
    assert last(model, train, test, config=MergeConfig(r=1), k=2).knn == 100


def test_a_folder_may_be_for_testing_only(model, folder):
    (folder / "train").rename(folder / "elsewhere")
    assert folder_splits(model, 64, folder)[0] is None


def test_folders_of_other_classes_or_without_val_are_refused(model, folder):
    with pytest.raises(ValueError, match="folder 'val'"):
        folder_splits(model, 64, folder / "train")
    (folder / "train" / "light").rename(folder / "train" / "grey")
    with pytest.raises(ValueError, match="same classes; only one of them has 'grey'"):
        folder_splits(model, 64, folder)


HEAD = ["test_vit", "--image-size", "64", "--threads", "1", "--r", "0", "--head", "--data"]


def test_the_command_scores_the_head_of_a_model_fine_tuned_to_other_classes(folder, tmp_path, capsys):
    torch.manual_seed(0)
    tuned = timm.create_model("test_vit", num_classes=2)
    with torch.no_grad():
        tuned.head.weight.zero_()
        tuned.head.bias.copy_(torch.tensor([0.0, 1.0]))  # always the second class
    torch.save(tuned.state_dict(), tmp_path / "ft.pth")
    assert main([*HEAD, str(folder), "--weights", str(tmp_path / "ft.pth")]) == 0
    assert "top1 50.00 %" in capsys.readouterr().out


def test_folders_of_another_number_than_the_heads_classes_are_refused(folder, capsys):
    assert main([*HEAD, str(folder)]) == 1
    out, err = capsys.readouterr()
    assert err == f"data must hold one folder for each of the head's 1000 classes in {folder / 'val'}; it holds 2\n"
    assert "top1" not in out


COMMAND = ["test_vit", "--image-size", "64", "--train", "50", "--test", "35", "--batch", "10", "--threads", "1"]
MERGING = ["--r", "0", "2", "--algorithm", "bipartite", "random_prune"]


def test_the_command_continues_its_table(tmp_path, capsys):
    path = tmp_path / "accuracy.csv"
    main([*COMMAND, "--r", "0", "--csv", str(path)])
    first = path.read_text()
    main([*COMMAND, "--r", "0", "2", "--csv", str(path)])
    assert path.read_text().startswith(first)
    assert len(path.read_text().splitlines()) == 3
    assert capsys.readouterr().out.count("is in") == 1


def test_two_processes_give_the_table_of_one(tmp_path, monkeypatch):
    main([*COMMAND, *MERGING, "--csv", str(tmp_path / "one.csv")])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The variables set by torchrun.  This process is rank 0.
    for name, value in {"WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "RANK": 0}.items():
        monkeypatch.setenv(name, str(value))
    impatient = partial(distributed.init_process_group, timeout=timedelta(seconds=120))
    monkeypatch.setattr(distributed, "init_process_group", impatient)
    command = [*COMMAND, *MERGING, "--csv", str(tmp_path / "two.csv")]
    with subprocess.Popen(
        [sys.executable, "-m", "tome.evaluate", *command],
        env=os.environ | {"RANK": "1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
    ) as other:
        main(command)
        said, _ = other.communicate(timeout=120)
    assert (other.returncode, said) == (0, b"")
    assert (tmp_path / "two.csv").read_text() == (tmp_path / "one.csv").read_text()
