"""AST (Gong et al., arXiv 2104.01778), the Audio Spectrogram Transformer, as transformers builds it."""

from pathlib import Path
from typing import Any

from torch import nn

from tome.extras import needed

__all__ = ["ast"]

PUBLISHED = "MIT/ast-finetuned-audioset-10-10-0.4593"


def ast(source: Path | str | None = None, *, classes: int = 527, **options: Any) -> nn.Module:
    """Return transformers' ASTForAudioClassification in evaluation mode, from the folder or hub name ``source``.

    Without one its weights are random, of the published shape: 1,024 frames of 10 ms and 128 bands are 12 × 101
    overlapping patches, ordered by band, then time, behind a class and a distillation token.  ``options`` go to
    ASTConfig.  Raises ImportError, naming the extra, where transformers is missing, and ValueError for a folder that
    holds no such model.
    """
    transformers: Any = needed("transformers", "transformers", "hf", "AST")
    if source is None:
        labels: dict[str, Any] = {"num_labels": classes}
        random: nn.Module = transformers.ASTForAudioClassification(transformers.ASTConfig(**options, **labels)).eval()
        return random
    if source != PUBLISHED and not (Path(source) / "config.json").is_file():
        raise ValueError(f"weights must be a folder with config.json and model.safetensors for ast; got {source}")
    model: nn.Module = transformers.ASTForAudioClassification.from_pretrained(
        source, local_files_only=source != PUBLISHED, use_safetensors=True
    ).eval()
    return model
