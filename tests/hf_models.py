"""Small models of transformers with random weights, one for each class with a host."""

import torch
import transformers as tf
from torch import nn

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "image_size": 64,
    "patch_size": 16,
}
TEXT = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "vocab_size": 99,
    "max_position_embeddings": 16,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
LABELS = {"num_labels": 7}
REGISTERS = SMALL | {"num_register_tokens": 3}
CLASSES = {
    tf.ViTModel: lambda: tf.ViTConfig(**SMALL),
    tf.ViTForImageClassification: lambda: tf.ViTConfig(**SMALL, **LABELS),
    tf.DeiTModel: lambda: tf.DeiTConfig(**SMALL),
    tf.DeiTForImageClassification: lambda: tf.DeiTConfig(**SMALL, **LABELS),
    tf.DeiTForImageClassificationWithTeacher: lambda: tf.DeiTConfig(**SMALL, **LABELS),
    tf.ViTForMaskedImageModeling: lambda: tf.ViTConfig(**SMALL),
    tf.DeiTForMaskedImageModeling: lambda: tf.DeiTConfig(**SMALL),
    tf.Dinov2Model: lambda: tf.Dinov2Config(**SMALL),
    tf.Dinov2ForImageClassification: lambda: tf.Dinov2Config(**SMALL, **LABELS),
    tf.Dinov2WithRegistersModel: lambda: tf.Dinov2WithRegistersConfig(**REGISTERS),
    tf.Dinov2WithRegistersForImageClassification: lambda: tf.Dinov2WithRegistersConfig(**REGISTERS, **LABELS),
    tf.Dinov2Backbone: lambda: tf.Dinov2Config(**SMALL, out_features=["stage1", "stage3"]),
    tf.Dinov2WithRegistersBackbone: lambda: tf.Dinov2WithRegistersConfig(**REGISTERS, out_features=["stage2"]),
    tf.DINOv3ViTModel: lambda: tf.DINOv3ViTConfig(**REGISTERS),
    tf.DINOv3ViTBackbone: lambda: tf.DINOv3ViTConfig(**REGISTERS, out_features=["stage1", "stage3"]),
    tf.CLIPVisionModel: lambda: tf.CLIPVisionConfig(**SMALL),
    tf.CLIPVisionModelWithProjection: lambda: tf.CLIPVisionConfig(**SMALL, projection_dim=8),
    tf.CLIPModel: lambda: tf.CLIPConfig(vision_config=SMALL, text_config=TEXT, projection_dim=8),
    tf.CLIPForImageClassification: lambda: tf.CLIPConfig(vision_config=SMALL, text_config=TEXT, **LABELS),
    tf.SiglipVisionModel: lambda: tf.SiglipVisionConfig(**SMALL),
    tf.SiglipModel: lambda: tf.SiglipConfig(vision_config=SMALL, text_config=TEXT),
    tf.SiglipForImageClassification: lambda: tf.SiglipConfig(vision_config=SMALL, text_config=TEXT, **LABELS),
}


def build(kind: type[nn.Module], attention: str = "sdpa", **options) -> nn.Module:
    """The model of class ``kind``, in evaluation mode; ``options`` change its configuration."""
    torch.manual_seed(0)
    config = CLASSES[kind]()
    for name, value in options.items():
        setattr(config, name, value)
    model = kind(config).eval()
    model.set_attn_implementation(attention)
    return model


def inputs(kind: type[nn.Module], batch: int = 2) -> torch.Tensor | dict[str, torch.Tensor]:
    """Return inputs for a model of class ``kind``."""
    dice = torch.Generator().manual_seed(1)
    images = torch.randn(batch, 3, 64, 64, generator=dice)
    if kind not in (tf.CLIPModel, tf.SiglipModel):
        return images
    words = torch.randint(3, 99, (batch, 5), generator=dice)
    return {"input_ids": words, "pixel_values": images, "attention_mask": torch.ones_like(words)}
