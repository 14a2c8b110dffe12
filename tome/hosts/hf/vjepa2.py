"""V-JEPA 2: rotary positions in time, height and width."""

from dataclasses import replace
from math import prod
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers.models.vit import modeling_vit as vit
from transformers.models.vjepa2 import modeling_vjepa2 as vjepa2

from tome.hosts.hf.clips import Clips
from tome.hosts.hf.kernel import attend, main_input
from tome.hosts.patches_alone import PatchesAlone
from tome.hosts.position import Position, RotaryPosition
from tome.hosts.protocol import Entry, Heads
from tome.metrics.shape import Shape, per_token

__all__ = ["Vjepa2"]


class Vjepa2(PatchesAlone, Clips):
    """No prefix; query and key are rotated by the mean position of a token's tubelets.

    The encoder merges.  The predictor and the attentive pooler read the full grid, and do not merge.
    """

    name = "transformers V-JEPA 2 encoder"
    forward_methods = ("forward", "get_vision_features")
    tower: ClassVar = {vjepa2.VJEPA2Model: "", vjepa2.VJEPA2ForVideoClassification: "vjepa2"}
    container = "encoder.layer"
    between: tuple[type[nn.Module], ...] = (vjepa2.VJEPA2Encoder,)
    every_patch: tuple[type[nn.Module], ...] = (vjepa2.VJEPA2Model,)
    norms = ("norm1", "norm2")
    parts_of_heads, head_width = ("query", "key", "value"), "attention_head_size"
    parts: ClassVar = {
        vjepa2.VJEPA2Layer: {"norm1", "attention", "drop_path", "norm2", "mlp"},
        vjepa2.VJEPA2RopeAttention: {"query", "key", "value", "proj", "dropout"},
    }
    input_name = "pixel_values_videos"

    def pooled(self, model: Any) -> bool:
        return isinstance(model, vjepa2.VJEPA2ForVideoClassification)

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return self.vision(model).encoder.layernorm(x)

    def embedding(self, model: Any) -> nn.Conv3d:
        return self.vision(model).encoder.embeddings.patch_embeddings.proj

    def grid(self, model: Any, inputs: Any) -> tuple[int, ...]:
        clip: Tensor = main_input(inputs, self.input_name)
        tubelet = self.vision(model).config.tubelet_size
        # A clip that is shorter than a tubelet is repeated as often as a tubelet is long.
        frames = clip.shape[1] * (tubelet if clip.shape[1] < tubelet else 1)
        return self._grid(model, (frames, *clip.shape[-2:]))

    def patches(self, model: Any, size: Any) -> int:
        """``size`` is (frames, height, width)."""
        config = self.vision(model).config
        return prod(self._grid(model, size or (config.frames_per_clip, config.crop_size, config.crop_size)))

    def shape(self, model: Any, size: Any = None) -> Shape:
        """Return the encoder, and the pooler and classifier of a model that has them; the predictor is not counted."""
        shape = super().shape(model, size)
        norm, head = per_token(self.vision(model).encoder.layernorm), shape.head
        if isinstance(model, vjepa2.VJEPA2ForVideoClassification):
            head = per_token(model.classifier) + _pooler(model.pooler, shape.patches)
        return replace(shape, norm=norm, head=head)

    # One layer

    def entry(self, model: Any, x: Tensor, *args: Any, **kwargs: Any) -> Entry:
        super().entry(model, x, *args, **kwargs)
        return Entry(_positions(self.vision(model).config, x))

    def block_output(self, x: Tensor) -> Any:
        return x, None

    def rotate(self, attn: Any, heads: Heads, position: Position | None, layer: int) -> Heads:
        if not isinstance(position, RotaryPosition):
            raise TypeError(f"model must rotate by merged positions; got {type(position).__name__}")
        angle = position.angles(layer)
        sine, cosine = angle.sin(), angle.cos()
        turned = {name: heads[name] * cosine + _across(heads[name]) * sine for name in ("query", "key")}
        return {name: turned.get(name, part).type_as(heads["value"]) for name, part in heads.items()}

    def attend(self, attn: Any, heads: Heads, mask: Tensor | None) -> Any:
        if mask is not None and self.implementation(attn) == "eager":
            # V-JEPA 2's own eager attention takes a mask and leaves it out.
            drop = attn.dropout_prob if attn.training else 0.0
            eager: Any = vit.eager_attention_forward
            parts = (heads[name] for name in ("query", "key", "value"))
            out, weights = eager(attn, *parts, mask.to(heads["query"].dtype), attn.scaling, drop)
            return attn.proj(out.flatten(2)), weights
        out, weights = attend(attn, heads, mask, attn.dropout_prob, attn.scaling)
        return attn.proj(out), weights

    def branch(self, block: Any, x: Tensor, half: int) -> Tensor:
        return block.drop_path(x)


def _positions(config: Any, x: Tensor) -> RotaryPosition:
    """Return the positions of the tokens of ``x`` [B, N, C], on the grid of the model's own crop."""
    side = config.crop_size // config.patch_size
    place = torch.arange(x.shape[1], device=x.device)
    places = torch.stack([place // side**2, place % side**2 // side, place % side], -1)
    width = config.hidden_size // config.num_attention_heads
    part = 2 * (width // 3 // 2)  # channels of an axis; those beyond three parts are not turned
    steps = torch.arange(part // 2, dtype=torch.float32, device=x.device) / (part / 2)
    # Each axis repeats its frequencies as a whole, while channels are turned in neighbouring pairs: so the model was
    # trained.
    own = (1.0 / 10000**steps).repeat(2)
    frequencies = x.new_zeros(3, width, dtype=torch.float32)
    for axis in range(3):
        frequencies[axis, axis * part : (axis + 1) * part] = own
    return RotaryPosition(places.float(), frequencies)


def _across(x: Tensor) -> Tensor:
    """Each pair of neighbouring channels (a, b) as (−b, a)."""
    first, second = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((-second, first), -1).flatten(-2)


def _pooler(pooler: Any, patches: int) -> int:
    """Return multiply-adds of the attentive pooler: self-attention over all patches, then one query over them."""
    cross = pooler.cross_attention_layer
    own, width = cross.cross_attn, cross.cross_attn.embed_dim
    each = sum(per_token(layer) + 2 * patches * width for layer in pooler.self_attention_layers)
    read = per_token(cross.layer_norm1) + per_token(own.k_proj) + per_token(own.v_proj) + 2 * width
    once = per_token(own.q_proj) + per_token(cross.layer_norm2) + per_token(cross.mlp)
    return patches * (each + read) + once
