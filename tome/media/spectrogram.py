"""Front ends of sound: Whisper's log-mel spectrogram, and the filter banks of AST and AudioMAE."""

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["AUDIOSET_MEAN", "AUDIOSET_STD", "audioset_input", "kaldi_fbank", "whisper_log_mel"]

RATE = 16_000
WINDOW, HOP = 400, 160  # samples: 25 and 10 ms

# Of AudioSet's spectrograms: YuanGongND/ast, `egs/audioset/run.sh`; facebookresearch/AudioMAE takes the same.
AUDIOSET_MEAN = -4.2677393
AUDIOSET_STD = 4.5689974


def whisper_log_mel(waveform: Tensor, bins: int = 80, seconds: float | None = 30.0) -> Tensor:
    """Return Whisper's input, float32 [..., bins, frames], 100 frames a second (arXiv 2212.04356, section 2.2).

    ``waveform`` is float [..., N], −1 to 1, of 16,000 samples per second; it is cut or padded with silence to
    ``seconds``, unless None.  ``bins`` is 80, or 128 for large-v3.
    """
    waveform = _checked(waveform, least=WINDOW // 2 + 1 if seconds is None else 0)
    if seconds is not None:
        waveform = _fitted(waveform, round(seconds * RATE))
    flat = waveform.reshape(-1, waveform.shape[-1])
    window = torch.hann_window(WINDOW, device=waveform.device)
    spectrum: Tensor = torch.stft(flat, WINDOW, HOP, window=window, return_complex=True)
    power = spectrum[..., :-1].abs().square()
    mel = _slaney_filters(bins).to(waveform.device) @ power
    mel = mel.clamp(min=1e-10).log10()
    mel = torch.maximum(mel, mel.amax((-2, -1), keepdim=True) - 8.0)
    scaled = (mel + 4.0) / 4.0
    return scaled.reshape(*waveform.shape[:-1], bins, -1)


def kaldi_fbank(waveform: Tensor, bins: int = 128) -> Tensor:
    """Return Kaldi's log mel filter bank without dither, float32 [..., frames, bins], 100 frames a second.

    ``waveform`` is float [..., N], −1 to 1, N at least 400, of 16,000 samples per second.  As in
    torchaudio.compliance.kaldi.fbank with htk_compat, the "hanning" window and 20 Hz to 8 kHz; only whole windows.
    """
    # float64: float32 leaves rounding errors of 0.01 in a quiet band next to a loud one
    frames = _checked(waveform, least=WINDOW).double().unfold(-1, WINDOW, HOP)
    frames = frames - frames.mean(-1, keepdim=True)
    before = torch.cat([frames[..., :1], frames[..., :-1]], -1)
    frames = (frames - 0.97 * before) * torch.hann_window(
        WINDOW, periodic=False, dtype=frames.dtype, device=frames.device
    )
    power = torch.fft.rfft(frames, 512).abs().square()
    mel: Tensor = power @ _kaldi_filters(bins).to(frames.device)
    return mel.clamp(min=torch.finfo(torch.float32).eps).log().float()


def audioset_input(waveform: Tensor, frames: int = 1024) -> Tensor:
    """Return the input of AST and AudioMAE, float32 [..., frames, 128]: the filter bank, cut or padded, then normalised.

    Both divide by twice the standard deviation (docs/decisions/0003-front-end-of-audiomae.md).  AudioMAE takes it as
    [B, 1, 1024, 128], AST as [B, 1024, 128].
    """
    bank = kaldi_fbank(waveform)
    padded = _fitted(bank.transpose(-1, -2), frames).transpose(-1, -2)  # zeros before the mean is subtracted
    return (padded - AUDIOSET_MEAN) / (2 * AUDIOSET_STD)


def _checked(waveform: Tensor, least: int) -> Tensor:
    if not waveform.is_floating_point():
        raise TypeError(f"waveform must be of floating point, −1 to 1; got {waveform.dtype}")
    if waveform.ndim < 1 or waveform.shape[-1] < least:
        raise ValueError(f"waveform must hold at least {least} samples; got shape {tuple(waveform.shape)}")
    return waveform.float()


def _fitted(values: Tensor, length: int) -> Tensor:
    """Return ``values`` cut or padded with zeros to ``length`` in the last dimension."""
    return F.pad(values[..., :length], (0, max(0, length - values.shape[-1])))


def _triangles(edges: Tensor, points: Tensor) -> Tensor:
    """Return triangular filters, [len(points), len(edges) − 2]: filter i rises from edge i to i + 1, falls to i + 2."""
    distance = points[:, None] - edges
    width = edges[1:] - edges[:-1]
    up = distance[:, :-2] / width[:-1]
    down = -distance[:, 2:] / width[1:]
    return torch.minimum(up, down).clamp(min=0)


@lru_cache(maxsize=4)
def _slaney_filters(bins: int) -> Tensor:
    """Return [bins, 201]: linear to 1 kHz, 27 steps for a factor of 6.4 above, each filter of unit area (Slaney)."""
    step = math.log(6.4) / 27
    top = 15 + math.log(RATE / 2 / 1000) / step
    mel = torch.linspace(0, top, bins + 2, dtype=torch.float64)
    edges = torch.where(mel < 15, mel * 200 / 3, 1000 * torch.exp((mel - 15) * step))
    points = torch.linspace(0, RATE / 2, WINDOW // 2 + 1, dtype=torch.float64)
    return (_triangles(edges, points) * 2 / (edges[2:] - edges[:-2])).T.float()


@lru_cache(maxsize=4)
def _kaldi_filters(bins: int) -> Tensor:
    """Return [257, bins]: triangles on Kaldi's mel scale, from 20 Hz to 8 kHz."""
    mel = 1127 * torch.log1p(torch.linspace(0, RATE / 2, 257, dtype=torch.float64) / 700)
    low = 1127 * math.log1p(20 / 700)
    return _triangles(torch.linspace(low, float(mel[-1]), bins + 2, dtype=torch.float64), mel)
