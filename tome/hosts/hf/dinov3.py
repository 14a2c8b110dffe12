"""DINOv3: rotary positions for the patches, none for class token and registers."""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers.models.dinov3_vit import modeling_dinov3_vit as dinov3

from tome.forward.surgery import with_state_of
from tome.hosts.hf.families import Dinov2
from tome.hosts.position import Position, RotaryPosition
from tome.hosts.protocol import Entry, Heads

__all__ = ["Dinov3"]

Rope = dinov3.DINOv3ViTRopePositionEmbedding


class Dinov3(Dinov2):
    """As DINOv2, with a rotation of query and key by the mean place of a token's patches."""

    name = "transformers DINOv3"
    tower: ClassVar = {dinov3.DINOv3ViTModel: "", dinov3.DINOv3ViTBackbone: ""}
    container = "model.layer"
    between: tuple[type[nn.Module], ...] = (dinov3.DINOv3ViTEncoder,)
    recorder = "model"
    pooling: tuple[type[nn.Module], ...] = ()
    every_patch: tuple[type[nn.Module], ...] = (dinov3.DINOv3ViTBackbone,)
    drop = "dropout"
    parts: ClassVar = {
        dinov3.DINOv3ViTLayer: {"norm1", "attention", "layer_scale1", "drop_path", "norm2", "mlp", "layer_scale2"},
        dinov3.DINOv3ViTAttention: {"q_proj", "k_proj", "v_proj", "o_proj"},
    }

    def check(self, model: Any) -> None:
        super().check(model)
        if type(model.rope_embeddings) not in (Rope, _Places):
            raise TypeError(f"model must rotate by DINOv3's embedding; got {type(model.rope_embeddings).__name__}")

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return model.norm(x)

    def norm_runs(self, model: Any) -> int:
        # A backbone norms the output of every layer, including those not requested.
        maps = any(isinstance(model, kind) for kind in self.every_patch) and model.config.apply_layernorm
        return len(model.stage_names) if maps else 1

    def embedding(self, model: Any) -> nn.Conv2d:
        return model.embeddings.patch_embeddings

    def swaps(self, model: Any) -> dict[str, nn.Module]:
        return {"rope_embeddings": with_state_of(model.rope_embeddings, _Places)}

    def unswap(self, module: nn.Module) -> nn.Module:
        return with_state_of(module, Rope)

    def entry(
        self,
        model: Any,
        x: Tensor,
        attention_mask: Tensor | None = None,
        position_embeddings: RotaryPosition | None = None,
        **kwargs: Any,
    ) -> Entry:
        super().entry(model, x, attention_mask, **kwargs)
        return Entry(position_embeddings)

    def rotate(self, attn: nn.Module, heads: Heads, position: Position | None, layer: int) -> Heads:
        if not isinstance(position, RotaryPosition):
            raise TypeError(f"model must rotate by merged positions; got {type(position).__name__}")
        sine, cosine = position.sines_and_cosines(layer, half=True)
        half = {name: dinov3.rotate_half(heads[name]) for name in ("query", "key")}
        turned = {name: heads[name] * cosine + other * sine for name, other in half.items()}
        return {name: turned.get(name, part).type_as(heads["value"]) for name, part in heads.items()}


class _Places(Rope):
    """Returns coordinates and frequencies instead of the angles of the model's own module."""

    def forward(self, pixel_values: Tensor) -> RotaryPosition:  # type: ignore[override]
        patch = self.config.patch_size
        rows, columns = (
            side // own
            for side, own in zip(
                pixel_values.shape[-2:], (patch, patch) if isinstance(patch, int) else patch, strict=True
            )
        )
        device = pixel_values.device
        coordinates = dinov3.get_patches_center_coordinates(rows, columns, dtype=torch.float32, device=device)
        if self.training:
            coordinates = dinov3.augment_patches_center_coordinates(
                coordinates,
                shift=self.config.pos_embed_shift,
                jitter=self.config.pos_embed_jitter,
                rescale=self.config.pos_embed_rescale,
            )
        bands = 2 * torch.pi * self.inv_freq
        return RotaryPosition(coordinates, torch.block_diag(bands, bands))
