"""Logits that others printed, from their checkpoints: run where TOME_CHECKPOINTS names a folder that holds them.

The folder holds one folder for each model, as the hub names it without its owner, with config.json and
model.safetensors; beside them the two samples.  What is missing is named with the repository of the hub that has it.
None of these is ours to ship: VideoMAE's are CC-BY-NC.
"""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

import tome
from tome import MergeConfig

# transformers, convert_videomae_to_pytorch.py: clip normalised with 0.5 and 0.5.  Of the small model its authors' code
# says 6 heads, as our vit_small has, and the hub's configuration 16: these logits tell which is right.
VIDEOMAE = {
    "videomae-base-finetuned-kinetics": ("vit_base", 400, [0.3669, -0.0688, -0.2421]),
    "videomae-large-finetuned-kinetics": ("vit_large", 400, [0.0771, 0.0011, -0.3625]),
    "videomae-huge-finetuned-kinetics": ("vit_huge", 400, [0.2433, 0.1632, -0.4894]),
    "videomae-small-finetuned-kinetics": ("vit_small", 400, [-0.9291, -0.4061, -0.9307]),
    "videomae-base-finetuned-ssv2": ("vit_base", 174, [0.1961, -0.8337, -0.6389]),
}
SOURCES = {
    "videomae": "MCG-NJU/{}",
    "ast": "MIT/{}",
    "eating_spaghetti.npy": "the dataset hf-internal-testing/spaghetti-video",
    "sample_audio.flac": "the dataset nielsr/audio-spectogram-transformer-checkpoint",
}
"""location of each file, by the prefix of its path"""
AST = "ast-finetuned-audioset-10-10-0.4593"
# transformers, tests/models/audio_spectrogram_transformer.
AST_LOGITS = [-0.8760, -7.0042, -8.6602]


def there(*names: str) -> list[Path]:
    """Return paths below the folder of checkpoints; skip the test and name the missing file if there is one."""
    folder = os.environ.get("TOME_CHECKPOINTS")
    wanted = [f"{name} from {source(name)}" for name in names]
    if not folder:
        pytest.skip(f"TOME_CHECKPOINTS names no folder: download {' and '.join(wanted)}")
    paths = [Path(folder) / name for name in names]
    if missing := [each for each, path in zip(wanted, paths, strict=True) if not path.exists()]:
        pytest.skip(f"download {' and '.join(missing)} into TOME_CHECKPOINTS, {folder}")
    if find_spec("transformers") is None:
        pytest.skip("transformers, which prepares the sample, is not installed: pip install 'tome-explorer[hf]'")
    return paths


def source(name: str) -> str:
    """The repository of the hub that has the file or folder ``name``."""
    start = next(start for start in SOURCES if name.startswith(start))
    return SOURCES[start].format(name.split("/")[0])


def test_what_is_missing_is_named_with_its_repository(monkeypatch, tmp_path):
    monkeypatch.delenv("TOME_CHECKPOINTS", raising=False)
    asked = ("videomae-base-finetuned-ssv2/config.json", "eating_spaghetti.npy")
    with pytest.raises(pytest.skip.Exception) as skipped:
        there(*asked)
    assert "config.json from MCG-NJU/videomae-base-finetuned-ssv2 and eating_spaghetti.npy from" in str(skipped.value)
    (tmp_path / "eating_spaghetti.npy").touch()
    monkeypatch.setenv("TOME_CHECKPOINTS", str(tmp_path))
    with pytest.raises(pytest.skip.Exception) as skipped:
        there(*asked)
    assert str(skipped.value).startswith("download videomae-base-finetuned-ssv2/config.json from MCG-NJU/")
    assert "spaghetti.npy" not in str(skipped.value)


def spaghetti(path: Path) -> Tensor:
    """The clip as transformers prepares it, [1, 3, 16, 224, 224]."""
    import numpy as np
    from transformers import VideoMAEImageProcessor

    processor = VideoMAEImageProcessor(image_mean=[0.5] * 3, image_std=[0.5] * 3)
    return processor(list(np.load(path)), return_tensors="pt").pixel_values.transpose(1, 2)


@pytest.mark.parametrize("name", VIDEOMAE)
@torch.inference_mode()
def test_videomae_as_a_timm_model_gives_the_printed_logits(name):
    from tome.lab.weights import build

    checkpoint, clip = there(f"{name}/model.safetensors", "eating_spaghetti.npy")
    size, classes, printed = VIDEOMAE[name]
    model = build(f"videomae_{size}", 224, weights=checkpoint)
    logits, _ = tome.trace(model, spaghetti(clip), MergeConfig(r=0))
    assert logits.shape == (1, classes)
    assert_close(logits[0, :3], torch.tensor(printed), rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", VIDEOMAE)
@torch.inference_mode()
def test_videomae_of_transformers_gives_the_printed_logits(name):
    (folder, _), clip = there(name, f"{name}/config.json"), there("eating_spaghetti.npy")[0]
    from transformers import VideoMAEForVideoClassification

    model = VideoMAEForVideoClassification.from_pretrained(folder).eval()
    output, _ = tome.trace(model, {"pixel_values": spaghetti(clip).transpose(1, 2)}, MergeConfig(r=0))
    assert_close(output.logits[0, :3], torch.tensor(VIDEOMAE[name][2]), rtol=0, atol=1e-3)


@torch.inference_mode()
def test_ast_gives_the_printed_logits():
    folder, sound = there(AST, "sample_audio.flac")
    from transformers import ASTFeatureExtractor, ASTForAudioClassification

    from tome.media.decode import read_sound

    waveform = read_sound(sound, 16_000).waveform
    inputs = ASTFeatureExtractor()(waveform, sampling_rate=16_000, return_tensors="pt")
    model = ASTForAudioClassification.from_pretrained(folder).eval()
    output, _ = tome.trace(model, dict(inputs), MergeConfig(r=0))
    assert_close(output.logits[0, :3], torch.tensor(AST_LOGITS), rtol=0, atol=1e-3)
