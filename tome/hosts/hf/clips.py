"""Video models of transformers: ViViT and VideoMAE."""

from math import prod
from typing import Any, ClassVar

from torch import Tensor, nn
from transformers.models.videomae import modeling_videomae as videomae
from transformers.models.vivit import modeling_vivit as vivit

from tome.hosts.hf.families import VIT_LAYER, ViT
from tome.hosts.hf.kernel import attend, main_input
from tome.hosts.hf.sequence import Sequence
from tome.hosts.protocol import Heads

__all__ = ["Clips", "VideoMAE", "Vivit"]


class Clips(Sequence):
    """A model of clips, embedded by tubelets; the grid is (frames, rows, columns)."""

    input_name, what = "pixel_values", "clips"
    axes = ("batch", "frames", "channels", "height", "width")

    def sizes(self, model: Any) -> dict[str, int]:
        return {"channels": int(self.embedding(model).in_channels)}

    def grid(self, model: Any, inputs: Any) -> tuple[int, ...]:
        clip: Tensor = main_input(inputs, self.input_name)
        return self._grid(model, (clip.shape[1], *clip.shape[-2:]))

    def _grid(self, model: Any, sides: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(side // own for side, own in zip(sides, self.embedding(model).kernel_size, strict=True))

    def patches(self, model: Any, size: Any) -> int:
        """``size`` is (frames, height, width)."""
        config = self.vision(model).config
        side = config.image_size if isinstance(config.image_size, int) else config.image_size[0]
        return prod(self._grid(model, size or (config.num_frames, side, side)))


class Vivit(Clips, ViT):
    """Class token first; the head reads it alone."""

    name = "transformers ViViT"
    tower: ClassVar = {vivit.VivitModel: "", vivit.VivitForVideoClassification: "vivit"}
    parts: ClassVar = {
        vivit.VivitLayer: VIT_LAYER,
        vivit.VivitAttention: {"q_proj", "k_proj", "v_proj", "o_proj"},
    }


class VideoMAE(Clips):
    """No class token; the head averages the tubelets, or reads the first of them, as the model is configured."""

    name = "transformers VideoMAE"
    tower: ClassVar = {videomae.VideoMAEModel: "", videomae.VideoMAEForVideoClassification: "videomae"}
    container = "encoder.layer"
    parts_of_heads, head_width = ("query", "key", "value"), "attention_head_size"
    between: tuple[type[nn.Module], ...] = (videomae.VideoMAEEncoder,)
    parts: ClassVar = {
        videomae.VideoMAELayer: {"attention", "intermediate", "output", "layernorm_before", "layernorm_after"},
        videomae.VideoMAEAttention: {"attention", "output"},
    }

    def implementation(self, attn: Any) -> str:
        return super().implementation(attn.attention)

    def prefix(self, model: Any) -> int:
        return 0

    def class_token(self, model: Any) -> bool:
        return False

    def pooled(self, model: Any) -> bool:
        return isinstance(model, videomae.VideoMAEForVideoClassification) and model.fc_norm is not None

    def norm(self, model: Any, x: Tensor) -> Tensor:
        last = self.vision(model).layernorm
        return x if last is None else last(x)

    def projections(self, block: Any) -> nn.Module:
        return block.attention.attention

    def heads(self, attn: Any, x: Tensor) -> Heads:
        return super().heads(attn.attention, x)

    def attend(self, attn: Any, heads: Heads, mask: Tensor | None) -> Any:
        out, _ = attend(attn.attention, heads, mask, attn.attention.dropout_prob, self.scale(attn, heads))
        return attn.output(out, None)

    def scale(self, attn: Any, heads: Heads) -> float:
        return super().scale(attn.attention, heads)

    def add_attention(self, block: Any, x: Tensor, attended: Any) -> Tensor:
        return attended + x

    def add_mlp(self, block: Any, x: Tensor) -> Tensor:
        return block.output(block.intermediate(block.layernorm_after(x)), x)
