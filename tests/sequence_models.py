"""Small models of clips, sounds and texts with random weights, and their inputs."""

import torch
import transformers as tf
from torch import nn

SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64}
CLIPS = SMALL | {"image_size": 32, "num_frames": 8}
JEPA = {
    "hidden_size": 40,  # heads of 20 channels: 6 for each axis, and 2 without rotation
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "mlp_ratio": 2.0,
    "crop_size": 32,
    "frames_per_clip": 8,
    "num_pooler_layers": 1,
    "pred_hidden_size": 24,
    "pred_num_attention_heads": 2,
    "pred_num_hidden_layers": 1,
}
SOUNDS = SMALL | {"max_length": 64, "num_mel_bins": 32}
TEXTS = SMALL | {"vocab_size": 99, "max_position_embeddings": 32}
LABELS = {"num_labels": 7}
SPEECH = {
    "vocab_size": 60,
    "num_mel_bins": 8,
    "encoder_layers": 3,
    "encoder_attention_heads": 2,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "d_model": 32,
    "max_source_positions": 20,
    "max_target_positions": 16,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
    "suppress_tokens": None,
    "begin_suppress_tokens": None,
}
MODELS = {
    "ViViT": lambda: tf.VivitModel(tf.VivitConfig(**CLIPS, tubelet_size=[2, 16, 16])),
    "ViViT, classes": lambda: tf.VivitForVideoClassification(
        tf.VivitConfig(**CLIPS, tubelet_size=[2, 16, 16], **LABELS)
    ),
    "VideoMAE": lambda: tf.VideoMAEModel(tf.VideoMAEConfig(**CLIPS, tubelet_size=2)),
    "VideoMAE, classes": lambda: tf.VideoMAEForVideoClassification(
        tf.VideoMAEConfig(**CLIPS, tubelet_size=2, **LABELS)
    ),
    "VideoMAE, first token": lambda: tf.VideoMAEForVideoClassification(
        tf.VideoMAEConfig(**CLIPS, tubelet_size=2, **LABELS, use_mean_pooling=False)
    ),
    "V-JEPA 2": lambda: tf.VJEPA2Model(tf.VJEPA2Config(**JEPA)),
    "V-JEPA 2, classes": lambda: tf.VJEPA2ForVideoClassification(tf.VJEPA2Config(**JEPA, **LABELS)),
    "AST": lambda: tf.ASTModel(tf.ASTConfig(**SOUNDS)),
    "AST, classes": lambda: tf.ASTForAudioClassification(tf.ASTConfig(**SOUNDS, **LABELS)),
    "Whisper": lambda: tf.WhisperForConditionalGeneration(tf.WhisperConfig(**SPEECH)),
    "Whisper, no head": lambda: tf.WhisperModel(tf.WhisperConfig(**SPEECH)),
    "BERT": lambda: tf.BertModel(tf.BertConfig(**TEXTS)),
    "BERT, padded": lambda: tf.BertModel(tf.BertConfig(**TEXTS)),
    "BERT, classes": lambda: tf.BertForSequenceClassification(tf.BertConfig(**TEXTS, **LABELS)),
    "BERT, tokens": lambda: tf.BertForTokenClassification(tf.BertConfig(**TEXTS, **LABELS)),
}


def build(name: str, attention: str = "sdpa") -> nn.Module:
    """The model ``name``, in evaluation mode."""
    torch.manual_seed(0)
    model = MODELS[name]().eval()
    model.set_attn_implementation(attention)
    return model


def inputs(name: str, batch: int = 2) -> torch.Tensor | dict[str, torch.Tensor]:
    """Return inputs for the model ``name``."""
    dice = torch.Generator().manual_seed(1)
    family = name.split(",")[0]
    if family in ("ViViT", "VideoMAE"):
        return torch.randn(batch, 8, 3, 32, 32, generator=dice)
    if family == "V-JEPA 2":
        clip = torch.randn(batch, 8, 3, 32, 32, generator=dice)
        return clip if name.endswith("classes") else {"pixel_values_videos": clip, "skip_predictor": True}
    if family == "AST":
        return torch.randn(batch, 64, 32, generator=dice)
    if family == "Whisper":
        words = torch.randint(3, 60, (batch, 3), generator=dice)
        return {"input_features": torch.randn(batch, 8, 40, generator=dice), "decoder_input_ids": words}
    given = {"input_ids": torch.randint(3, 99, (batch, 18), generator=dice)}
    if name in ("BERT, padded", "BERT, classes"):
        given["attention_mask"] = torch.ones(batch, 18, dtype=torch.long)
        given["attention_mask"][1:, 14:] = 0
    return given
