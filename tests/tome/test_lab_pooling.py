"""The command that asks whether sizes make merging better than dropping."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

import tome
from tome import MergeConfig
from tome.lab.pooling import check, files_of, forwards, main
from tome.lab.pooling_figures import Look, rows, verdict
from tome.lab.weights import build
from tome.models.mae_st import mae_st

BUNNY = Path(__file__).parents[2] / "sample_clips" / "bunny.mp4"


def model():
    torch.manual_seed(0)
    return mae_st("vit_base", frames=4, image_size=64, classes=5, embed_dim=32, depth=3, num_heads=2)


CLIP = torch.randn(1, 3, 4, 64, 64, generator=torch.Generator().manual_seed(0))


@torch.inference_mode()
def test_every_way_is_what_its_name_says():
    vit = model()
    ways = {name: [run(CLIP) for run in each] for name, each in forwards(vit, 5, seeds=2).items()}
    assert list(ways) == ["both", "attention", "pool", "neither", "dropping"]
    for proportional, weighted, plainly in ((True, "both", "attention"), (False, "pool", "neither")):
        output, trace = tome.trace(vit, CLIP, MergeConfig(r=5, proportional_attention=proportional))
        assert_close(ways[weighted][0], output)
        assert_close(ways[plainly][0], vit.forward_head(trace.tokens))
        assert not torch.allclose(ways[weighted][0], ways[plainly][0])
    for seed, dropped in enumerate(ways["dropping"]):
        output, trace = tome.trace(vit, CLIP, MergeConfig(r=5, algorithm="random_prune", seed=seed))
        assert_close(dropped, output)
        assert trace.tokens.shape[1] == 33 - 15
    assert not torch.allclose(*ways["dropping"])


def look(both: float, neither: float, dropping: list[float]) -> Look:
    figures = {"plain": [1.0], "both": [both], "neither": [neither], "dropping": dropping}
    return Look(figures, {name: [1 - value for value in values] for name, values in figures.items()})


def test_a_difference_counts_where_its_interval_leaves_out_nothing():
    said = list(verdict([look(1, index % 2, [0.5 - 0.01 * index, 0.5]) for index in range(20)]))
    assert said[0].startswith("agrees: merging with both is better than dropping (+0.5475 ±")
    assert "neither is no different, on these clips, from dropping" in said[1]
    assert said[2].startswith("KL: merging with both is better than dropping (+0.5475 ±")
    worse = list(verdict([look(0.1 * (index % 2), 0, [1]) for index in range(20)]))
    assert "both is worse than dropping (-0.9500" in worse[0]
    assert "9 clips are too few to tell, 10 are needed" in next(verdict([look(1, 1, [0])] * 9))


def test_a_look_compares_classes_and_probabilities():
    plain = torch.tensor([2.0, 1.0, 0.0])
    seen = Look.of(plain, {"both": [plain.flip(0)], "dropping": [plain + 1, plain * 2]}, label=2)
    assert seen.agrees == {"plain": [1], "both": [0], "dropping": [1, 1]}
    assert seen.top1 == {"plain": [0], "both": [1], "dropping": [0, 0]}
    p = plain.softmax(0)
    wanted = [0, (p * (p / (2 * plain).softmax(0)).log()).sum().item()]
    assert seen.kl["dropping"] == pytest.approx(wanted, abs=1e-6)
    table = list(rows([seen, seen]))
    assert table[0] == "| merging, sizes count in | top-1 | agrees | KL |"
    assert table[-1].startswith("| dropping | 0.000 ± 0.000 | 1.000 ± 0.000 | 0.")
    unlabelled = Look.of(plain, {"both": [plain], "dropping": [plain, plain]}, None)
    assert "top-1" not in next(rows([seen, unlabelled]))


def test_labels_are_the_folders_where_there_is_one_for_each_class(tmp_path):
    for name in ("b/1.mp4", "a/deep/2.webm", "b/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [(path.name, label) for path, label in files_of(tmp_path, 2)] == [("2.webm", 0), ("1.mp4", 1)]
    assert {label for _, label in files_of(tmp_path, 400)} == {None}
    with pytest.raises(ValueError, match="data must be a folder that holds at least one clip"):
        list(files_of(tmp_path / "nowhere", 2))


def test_models_that_tell_nothing_are_refused():
    with pytest.raises(ValueError, match="model must be one of clips"):
        check(build("test_vit", 64))
    with pytest.raises(ValueError, match="must have a head that pools over tokens"):
        check(build("vit_tiny_patch16_224", 32, frames=4))


@pytest.mark.skipif(find_spec("av") is None, reason="needs PyAV, the extra [video]")
def test_the_command_says_it_of_a_folder_of_clips(tmp_path, capsys):
    (tmp_path / "one.mp4").write_bytes(BUNNY.read_bytes())
    asked = ["videomae_vit_small", "--frames", "2", "--image-size", "64", "--data", str(tmp_path), "--threads", "1"]
    assert main([*asked, "--r", "1", "1,-1", "--seeds", "2"]) == 0
    said = capsys.readouterr().out
    assert "r = 1, 1 clips, 2 seeds of dropping" in said
    assert "r = 1,-1, 1 clips" in said
    assert said.count("| plain | 1.000 | 0.0000 |") == 2
    assert "merging with both is" in said
