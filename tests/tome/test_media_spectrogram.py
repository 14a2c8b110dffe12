"""The front ends of sound equal the feature extractors of transformers."""

import numpy as np
import pytest
import torch

from tome.media.spectrogram import AUDIOSET_MEAN, AUDIOSET_STD, audioset_input, kaldi_fbank, whisper_log_mel

transformers = pytest.importorskip("transformers")
# Of 128 filters the lowest hold no bin of the spectrum: in Kaldi's, too, and transformers warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:At least one mel filter has all zero values")


def sounds() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    time = np.arange(3 * 16_000) / 16_000
    chirp = 0.5 * np.sin(2 * np.pi * (50 + 1200 * time) * time)
    return {
        "chirp": chirp.astype(np.float32),
        "noise": (0.1 * rng.standard_normal(20_000)).astype(np.float32),
        "click": np.eye(1, 9_000, 4_000, dtype=np.float32)[0],
        "offset": (0.3 + 0.01 * rng.standard_normal(7_777)).astype(np.float32),
        "12 s": (0.1 * rng.standard_normal(12 * 16_000)).astype(np.float32),
    }


@pytest.mark.parametrize("name", sounds())
@pytest.mark.parametrize("bins", [80, 128])
def test_log_mel_is_whispers(name, bins):
    waveform = sounds()[name]
    reference = transformers.WhisperFeatureExtractor(feature_size=bins)(waveform, sampling_rate=16_000)[
        "input_features"
    ]
    got = whisper_log_mel(torch.from_numpy(waveform), bins)
    assert got.shape == (bins, 3000)
    np.testing.assert_allclose(got, reference[0], atol=1e-4)


@pytest.mark.parametrize("name", sounds())
def test_filter_bank_is_asts(name):
    waveform = sounds()[name]
    reference = transformers.ASTFeatureExtractor()(waveform, sampling_rate=16_000)["input_values"][0]
    got = audioset_input(torch.from_numpy(waveform))
    assert got.shape == (1024, 128)
    np.testing.assert_allclose(got, reference, atol=1e-4)


def test_the_filter_bank_itself_is_kaldis():
    waveform = sounds()["chirp"]
    extractor = transformers.ASTFeatureExtractor(do_normalize=False)
    got = kaldi_fbank(torch.from_numpy(waveform))
    assert got.shape == (298, 128)
    np.testing.assert_allclose(got, extractor(waveform, sampling_rate=16_000)["input_values"][0][:298], atol=1e-4)


def test_padding_is_zero_before_the_mean_is_subtracted():
    got = audioset_input(torch.from_numpy(sounds()["noise"]))
    assert got[-1].unique().item() == pytest.approx(-AUDIOSET_MEAN / (2 * AUDIOSET_STD))


def test_an_offset_changes_nothing_so_audiomaes_mean_needs_no_subtraction():
    waveform = torch.from_numpy(sounds()["chirp"])
    before, after = kaldi_fbank(waveform), kaldi_fbank(waveform + 0.125)
    assert (after - before).abs().mean() < 1e-4  # the sum of offset and sample is rounded


def test_batches_are_what_each_sound_is_alone():
    pair = torch.stack([torch.from_numpy(sounds()[name][:7_000]) for name in ("chirp", "click")])
    for front_end in (whisper_log_mel, kaldi_fbank, audioset_input):
        torch.testing.assert_close(front_end(pair)[1], front_end(pair[1]), atol=1e-5, rtol=0)


def test_a_tone_stands_in_the_band_of_its_frequency():
    time = torch.arange(16_000) / 16_000
    low, high = (kaldi_fbank(torch.sin(2 * torch.pi * hertz * time)).mean(0).argmax() for hertz in (300.0, 3000.0))
    assert low < 30 < 80 < high


def test_silence_is_finite():
    silence = torch.zeros(16_000)
    assert whisper_log_mel(silence).unique().item() == pytest.approx(-1.5)
    assert audioset_input(silence).isfinite().all()
    assert whisper_log_mel(torch.zeros(0)).shape == (80, 3000)


def test_wrong_waveforms_are_named():
    with pytest.raises(TypeError, match="waveform must be of floating point"):
        whisper_log_mel(torch.zeros(16_000, dtype=torch.int16))
    with pytest.raises(ValueError, match="at least 400 samples; got shape"):
        kaldi_fbank(torch.zeros(399))
    with pytest.raises(ValueError, match="at least 201 samples"):
        whisper_log_mel(torch.zeros(100), seconds=None)
