"""ViT, DeiT, DINOv2 with and without registers, and the vision towers of CLIP and SigLIP."""

from typing import Any, ClassVar

from torch import Tensor, nn
from transformers.models.clip import modeling_clip as clip
from transformers.models.deit import modeling_deit as deit
from transformers.models.dinov2 import modeling_dinov2 as dinov2
from transformers.models.dinov2_with_registers import modeling_dinov2_with_registers as registers
from transformers.models.siglip import modeling_siglip as siglip
from transformers.models.vit import modeling_vit as vit

from tome.hosts.hf.tower import Tower

__all__ = ["VIT_LAYER", "Clip", "DeiT", "Dinov2", "Siglip", "ViT"]

_PROJECTIONS = {"q_proj", "k_proj", "v_proj"}
VIT_LAYER = {"attention", "layernorm_before", "layernorm_after", "mlp", "dropout"}
_DINOV2_LAYER = {"norm1", "attention", "layer_scale1", "drop_path", "norm2", "mlp", "layer_scale2"}
_CLIP_LAYER = {"self_attn", "layer_norm1", "layer_norm2", "mlp"}


class ViT(Tower):
    """Class token first; heads read it alone."""

    name = "transformers ViT"
    tower: ClassVar = {vit.ViTModel: "", vit.ViTForImageClassification: "vit", vit.ViTForMaskedImageModeling: "vit"}
    container = "layers"
    every_patch: tuple[type[nn.Module], ...] = (vit.ViTForMaskedImageModeling,)
    parts: ClassVar = {
        vit.ViTLayer: VIT_LAYER,
        vit.ViTAttention: _PROJECTIONS | {"o_proj"},
    }

    def branch(self, block: Any, x: Tensor, half: int) -> Tensor:
        return block.dropout(x)


class DeiT(ViT):
    """Class and distillation token first."""

    name = "transformers DeiT"
    tower: ClassVar = {
        deit.DeiTModel: "",
        deit.DeiTForImageClassification: "deit",
        deit.DeiTForImageClassificationWithTeacher: "deit",
        deit.DeiTForMaskedImageModeling: "deit",
    }
    every_patch: tuple[type[nn.Module], ...] = (deit.DeiTForMaskedImageModeling,)
    parts: ClassVar = {
        deit.DeiTLayer: VIT_LAYER,
        deit.DeiTAttention: _PROJECTIONS | {"o_proj"},
    }

    def prefix(self, model: Any) -> int:
        return 2


class Dinov2(Tower):
    """Layer scale; the classifier reads the class token and the mean of the patches."""

    name = "transformers DINOv2"
    tower: ClassVar = {
        dinov2.Dinov2Model: "",
        dinov2.Dinov2ForImageClassification: "dinov2",
        dinov2.Dinov2Backbone: "",
        registers.Dinov2WithRegistersModel: "",
        registers.Dinov2WithRegistersForImageClassification: "dinov2_with_registers",
        registers.Dinov2WithRegistersBackbone: "",
    }
    container = "encoder.layer"
    between: tuple[type[nn.Module], ...] = (dinov2.Dinov2Encoder, registers.Dinov2WithRegistersEncoder)
    recorder = "encoder"
    every_patch: tuple[type[nn.Module], ...] = (dinov2.Dinov2Backbone, registers.Dinov2WithRegistersBackbone)
    pooling: tuple[type[nn.Module], ...] = (
        dinov2.Dinov2ForImageClassification,
        registers.Dinov2WithRegistersForImageClassification,
    )
    norms = ("norm1", "norm2")
    parts: ClassVar = {
        dinov2.Dinov2Layer: _DINOV2_LAYER,
        dinov2.Dinov2Attention: _PROJECTIONS | {"o_proj"},
        registers.Dinov2WithRegistersLayer: _DINOV2_LAYER,
        registers.Dinov2WithRegistersAttention: _PROJECTIONS | {"o_proj"},
    }

    def prefix(self, model: Any) -> int:
        return 1 + int(getattr(model.config, "num_register_tokens", 0))

    def records(self, model: Any, inputs: Any) -> bool:
        return isinstance(model, self.every_patch) or super().records(model, inputs)

    def norm_runs(self, model: Any) -> int:
        maps = isinstance(model, self.every_patch)
        return len(model.out_features) * model.config.apply_layernorm if maps else 1

    def branch(self, block: Any, x: Tensor, half: int) -> Tensor:
        return block.drop_path((block.layer_scale1 if half == 1 else block.layer_scale2)(x))


class Clip(Tower):
    """The norm after the layers is the pooler's; the image classifier averages the patches."""

    name = "transformers CLIP vision tower"
    tower: ClassVar = {
        clip.CLIPVisionModel: "",
        clip.CLIPVisionModelWithProjection: "vision_model",
        clip.CLIPModel: "vision_model",
        clip.CLIPForImageClassification: "vision_model",
    }
    container = "encoder.layers"
    between: tuple[type[nn.Module], ...] = (clip.CLIPEncoder,)
    pooling: tuple[type[nn.Module], ...] = (clip.CLIPForImageClassification,)
    norms_every_token = False
    attention = "self_attn"
    norms = ("layer_norm1", "layer_norm2")
    out = "out_proj"
    drop = "dropout"
    parts: ClassVar = {
        clip.CLIPEncoderLayer: _CLIP_LAYER,
        clip.CLIPAttention: _PROJECTIONS | {"out_proj"},
    }

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return self.vision(model).post_layernorm(x)

    def embedding(self, model: Any) -> nn.Conv2d:
        return self.vision(model).embeddings.patch_embedding


class Siglip(Clip):
    """No class token: an attention pool, or the mean, over the patches."""

    name = "transformers SigLIP vision tower"
    tower: ClassVar = {
        siglip.SiglipVisionModel: "",
        siglip.SiglipModel: "vision_model",
        siglip.SiglipForImageClassification: "vision_model",
    }
    norms_every_token = True
    between: tuple[type[nn.Module], ...] = (siglip.SiglipEncoder,)
    pooling: tuple[type[nn.Module], ...] = (
        siglip.SiglipVisionModel,
        siglip.SiglipModel,
        siglip.SiglipForImageClassification,
    )
    parts: ClassVar = {
        siglip.SiglipEncoderLayer: _CLIP_LAYER,
        siglip.SiglipAttention: _PROJECTIONS | {"out_proj"},
    }

    def prefix(self, model: Any) -> int:
        return 0

    def class_token(self, model: Any) -> bool:
        return False

    def pooled(self, model: Any) -> bool:
        # A tower without its pooling head returns the tokens alone.
        bare = isinstance(model, siglip.SiglipVisionModel) and not model.use_head
        return super().pooled(model) and not bare
