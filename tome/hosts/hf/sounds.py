"""Audio models of transformers: AST on spectrograms, and Whisper's encoder."""

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor, nn
from transformers.models.audio_spectrogram_transformer import modeling_audio_spectrogram_transformer as ast
from transformers.models.whisper import modeling_whisper as whisper

from tome.hosts.hf.families import VIT_LAYER, ViT
from tome.hosts.hf.kernel import attend, main_input
from tome.hosts.hf.sequence import Sequence
from tome.hosts.patches_alone import PatchesAlone
from tome.hosts.protocol import Heads

__all__ = ["AST", "Whisper"]


class AST(Sequence, ViT):
    """Class and distillation token first, then overlapping patches, frequency by frequency: grid (frequency, time)."""

    name = "transformers AST"
    tower: ClassVar = {ast.ASTModel: "", ast.ASTForAudioClassification: "audio_spectrogram_transformer"}
    parts: ClassVar = {
        ast.ASTLayer: VIT_LAYER,
        ast.ASTAttention: {"q_proj", "k_proj", "v_proj", "o_proj"},
    }
    input_name, what, axes = "input_values", "spectrograms", ("batch", "time", "frequency")

    def sizes(self, model: Any) -> dict[str, int]:
        config = self.vision(model).config
        return {"time": config.max_length, "frequency": config.num_mel_bins}

    def prefix(self, model: Any) -> int:
        return 2

    def classes(self, model: Any) -> int:
        head = getattr(model, "classifier", None)
        return int(head.dense.out_features) if head is not None and isinstance(head.dense, nn.Linear) else 0

    def grid(self, model: Any, inputs: Any) -> tuple[int, ...]:
        config, patch = self.vision(model).config, self.embedding(model)
        sides = zip((config.num_mel_bins, config.max_length), patch.kernel_size, patch.stride, strict=True)
        return tuple((side - own) // step + 1 for side, own, step in sides)

    def patches(self, model: Any, size: Any) -> int:
        """Return the tokens of the model's own size, (time, frequency), the only one."""
        config = self.vision(model).config
        if size not in (None, (config.max_length, config.num_mel_bins)):
            raise ValueError(
                f"size must be None or the model's own, {(config.max_length, config.num_mel_bins)}; got {size}"
            )
        rows, columns = self.grid(model, None)
        return rows * columns


class Whisper(PatchesAlone, Sequence):
    """The encoder's tokens, 20 ms each; the decoder attends to each as often as it holds sounds.

    The decoder gets every token at its place, or only the kept ones if tokens were dropped.
    A tensor as ``inputs`` runs the encoder alone.
    """

    name = "transformers Whisper encoder"
    forward_methods = ("forward", "get_encoder")
    tower: ClassVar = {
        whisper.WhisperForConditionalGeneration: "model.encoder",
        whisper.WhisperModel: "encoder",
    }
    container = "layers"
    between: tuple[type[nn.Module], ...] = (whisper.WhisperModel, whisper.WhisperEncoder)
    parts: ClassVar = {
        whisper.WhisperEncoderLayer: {
            "self_attn",
            "self_attn_layer_norm",
            "final_layer_norm",
            "fc1",
            "fc2",
            "activation_fn",
        },
        whisper.WhisperAttention: {"q_proj", "k_proj", "v_proj", "out_proj"},
    }
    attention, out, norms = "self_attn", "out_proj", ("self_attn_layer_norm", "final_layer_norm")
    input_name, what, axes = "input_features", "log-mel features", ("batch", "frequency", "time")

    def check(self, model: Any) -> None:
        super().check(model)
        if self.vision(model).layerdrop:
            raise ValueError("model must not drop layers at random (encoder_layerdrop): blocks would be skipped")

    def sizes(self, model: Any) -> dict[str, int]:
        config = self.vision(model).config
        return {"frequency": config.num_mel_bins, "time": 2 * config.max_source_positions}

    def shortens(self, model: Any) -> bool:
        return True

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return self.vision(model).layer_norm(x)

    def embedding(self, model: Any) -> None:
        return None

    def grid(self, model: Any, inputs: Any) -> tuple[int, ...]:
        features: Tensor = main_input(inputs, self.input_name)
        return (features.shape[-1] // 2,)

    def patches(self, model: Any, size: Any) -> int:
        """Return the tokens of 30 s, the only size; the convolutions before the blocks are not counted."""
        return int(self.vision(model).config.max_source_positions)

    def run(self, model: Any, inputs: Any) -> Any:
        return model(**inputs) if isinstance(inputs, Mapping) else model.get_encoder()(inputs)

    def attend(self, attn: Any, heads: Heads, mask: Tensor | None) -> Any:
        # Whisper scales the query, not the product, and rounding decides between near ties.
        scaled = {**heads, "query": heads["query"] * attn.scaling}
        out, weights = attend(attn, scaled, mask, attn.dropout, 1.0)
        return attn.out_proj(out), weights

    def branch(self, block: Any, x: Tensor, half: int) -> Tensor:
        return nn.functional.dropout(x, p=block.dropout, training=block.training)

    def add_mlp(self, block: Any, x: Tensor) -> Tensor:
        hidden = block.activation_fn(block.fc1(block.final_layer_norm(x)))
        hidden = nn.functional.dropout(hidden, p=block.activation_dropout, training=block.training)
        return x + self.branch(block, block.fc2(hidden), 2)
