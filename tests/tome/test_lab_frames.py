"""The table of tokens kept by merging over frames."""

from pathlib import Path

import pytest
import timm
import torch

from tome.lab.frames import carried, frames_of, keep, main, spanning

DOG = Path(__file__).parents[2] / "sample_images" / "dog.webp"
BUNNY = Path(__file__).parents[2] / "sample_clips" / "bunny.mp4"


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return timm.create_model("test_vit", img_size=64).eval()


def test_spanning_counts_merged_tokens_only():
    assert spanning(torch.tensor([[0, 1, 1, 2], [0, 3, 4, 5]])) == 0.5  # 0 spans, 1 does not
    assert spanning(torch.tensor([[0, 1], [2, 3]])) == 0
    assert spanning(torch.tensor([[0, -1], [0, -1]])) == 1


def test_carried_follows_the_content_of_a_pan():
    first = torch.tensor([[[0, 1, 2, 3]]])
    moved = torch.tensor([[[2, 3, 4, 5]]])
    assert carried(torch.cat([first, moved]), 2) == 1
    assert carried(torch.cat([first, moved]), 0) == 0
    assert carried(torch.cat([first, first]), 0) == 1
    assert carried(torch.full((2, 1, 4), -1), 0) == 0


def test_a_pan_moves_two_patches_a_frame():
    frames, shift = frames_of(BUNNY, 3, 6, 16, pan=True)
    assert frames.shape == (3, 3, 96, 96)
    assert shift == 2
    assert torch.equal(frames[0][:, :, 32:], frames[1][:, :, :64])
    with pytest.raises(ValueError, match="clip must be wide enough for 12 frames of a pan"):
        frames_of(BUNNY, 12, 4, 16, pan=True)


def test_a_pan_over_a_photo_is_as_wide_as_its_way():
    frames, _ = frames_of(DOG, 6, 16, 14, pan=True)
    assert frames.shape == (6, 3, 224, 224)
    assert torch.equal(frames[2][:, :, 28:], frames[3][:, :, :-28])
    assert frames[0].std() > 0.05
    with pytest.raises(ValueError, match=r"clip must be a clip unless --pan is given; dog.webp is a photo"):
        frames_of(DOG, 6, 16, 14, pan=False)


@pytest.mark.parametrize("algorithm", ["bipartite", "random_merge", "random_prune"])
def test_all_variants_keep_equally_many_tokens(model, algorithm):
    images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    found = {
        variant: keep(model, images, 0.75, variant, algorithm, 0, 0) for variant in ("framewise", "joint", "apart")
    }
    assert {kept.tokens for kept in found.values()} == {12}
    assert found["apart"].spanning == 0
    assert found["apart"].carried == 0


def test_nothing_removed_is_the_plain_model_but_for_joint_attention(model):
    images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    for variant in ("framewise", "apart"):
        assert keep(model, images, 0, variant, "bipartite", 0, 0).class_cosine == pytest.approx(1, abs=1e-6)
    assert keep(model, images, 0, "joint", "bipartite", 0, 0).class_cosine < 1 - 1e-6


def test_the_command_prints_a_row_for_each_variant_and_algorithm(capsys):
    asked = [str(BUNNY), "test_vit", "--frames", "2", "--rows", "4", "--removed", "0.5", "--seeds", "2"]
    assert main(asked) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| 50 %")]
    assert len(rows) == 9
    assert sum(" ± " in row for row in rows) == 6


def test_the_command_keeps_every_run_and_measures_none_twice(tmp_path, capsys, monkeypatch):
    path = tmp_path / "frames.csv"
    asked = [str(DOG), "test_vit", "--pan", "--frames", "2", "--rows", "4", "--removed", "0.5", "--csv", str(path)]
    assert main([*asked, "--seeds", "1"]) == 0
    table = capsys.readouterr().out
    assert len(path.read_text().splitlines()) == 10
    monkeypatch.setattr("tome.lab.frames.keep", lambda *_: pytest.fail("measured twice"))
    assert main([*asked, "--seeds", "1"]) == 0
    assert capsys.readouterr().out == table
