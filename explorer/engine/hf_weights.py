"""A ViT of transformers as timm's: the same numbers under timm's names, so that all of the app can run it."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from explorer.engine.checkpoints import ModelError

__all__ = ["FAMILIES", "built", "family_of", "vision_class"]

FAMILIES = {
    "vit": "ViT", "deit": "DeiT", "dinov2": "DINOv2", "dinov2_with_registers": "DINOv2 with registers",
    "clip": "CLIP", "clip_vision_model": "CLIP", "siglip": "SigLIP", "siglip_vision_model": "SigLIP",
}  # fmt: skip
"""model_type of transformers → the family"""

ACTIVATIONS = {"gelu": "gelu", "quick_gelu": "quick_gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh"}
"""transformers' name → timm's"""
DEFAULTS = {
    "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072, "image_size": 224,
    "patch_size": 16, "num_channels": 3, "hidden_act": "gelu", "qkv_bias": True,
}  # fmt: skip
"""transformers' defaults, which a configuration may omit"""
OTHER_DEFAULTS = {
    "clip": {"hidden_act": "quick_gelu", "patch_size": 32, "layer_norm_eps": 1e-5},
    "siglip": {"hidden_act": "gelu_pytorch_tanh", "layer_norm_eps": 1e-6},
}
"""those of a family of towers, of which the vision tower alone is built"""
NAMES = (
    (r"^(vit|deit|dinov2|dinov2_with_registers|vision_model)\.", ""),
    (r"^embeddings\.(cls_token|class_embedding)$", "cls_token"),
    (r"^embeddings\.distillation_token$", "dist_token"),
    (r"^embeddings\.register_tokens$", "reg_token"),
    (r"^embeddings\.position_embeddings?(\.weight)?$", "pos_embed"),
    (r"^embeddings\.patch_embeddings?(\.projection)?\.", "patch_embed.proj."),
    (r"^encoder\.layers?\.", "blocks."),
    (r"\.(attention\.attention|self_attn)\.(query|q_proj)\.", ".attn.q."),
    (r"\.(attention\.attention|self_attn)\.(key|k_proj)\.", ".attn.k."),
    (r"\.(attention\.attention|self_attn)\.(value|v_proj)\.", ".attn.v."),
    (r"\.(attention\.output\.dense|self_attn\.out_proj)\.", ".attn.proj."),
    (r"\.intermediate\.dense\.", ".mlp.fc1."),
    (r"(blocks\.\d+)\.output\.dense\.", r"\1.mlp.fc2."),
    (r"\.(layernorm_before|layer_norm1)\.", ".norm1."),
    (r"\.(layernorm_after|layer_norm2)\.", ".norm2."),
    (r"\.layer_scale(\d)\.lambda1$", r".ls\1.gamma"),
    (r"^pre_layrnorm\.", "norm_pre."),
    (r"^(post_layernorm|layernorm)\.", "norm."),
    (r"^(cls_)?classifier\.", "head."),
    (r"^distillation_classifier\.", "head_dist."),
)
"""transformers' names, in order of replacement"""
LEFT = re.compile(
    r"^(text_|logit_|visual_projection|(vision_model\.)?(head|embeddings\.(mask_token|position_ids))|(vit\.|deit\.)?pooler)"
)
"""weights not needed to trace tokens"""


def family_of(config: Mapping[str, Any]) -> str | None:
    """Return the family of a configuration of transformers, or None for one that is not offered."""
    return FAMILIES.get(str(config.get("model_type")))


def vision_class(model: Any) -> str:
    """Return the class of transformers that reads only the images of a model that was ``built``."""
    if model.cls_token is None:
        return "SiglipVisionModel"
    return "CLIPVisionModel" if hasattr(model.norm_pre, "weight") else "AutoModel"


def built(config: Mapping[str, Any], weights: Mapping[str, Any]) -> Any:
    """Return timm's model with these weights.  Raises ModelError, or what torch raises where they do not fit."""
    import torch

    parts = {_renamed(name): tensor for name, tensor in weights.items() if not LEFT.match(name)}
    state = _fused(parts)
    headed = "head.weight" in state and ("dist_token" not in state or "head_dist.weight" in state)
    if str(config["model_type"]).startswith("dinov2"):
        headed = False  # its classifier also reads the mean of the patches
    if not headed:
        state = {name: tensor for name, tensor in state.items() if not name.startswith("head")}
    with torch.device("meta"):  # reject mismatched shapes before allocating memory
        model = _empty(config, state, headed)
    _place(model, state)
    model.load_state_dict(state, assign=True)
    return model


def _renamed(name: str) -> str:
    for pattern, new in NAMES:
        name = re.sub(pattern, new, name)
    return name


def _fused(parts: dict[str, Any]) -> dict[str, Any]:
    """Return the weights with query, key and value in one, as timm has them."""
    import torch

    state = {name: tensor for name, tensor in parts.items() if not re.search(r"\.attn\.[qkv]\.", name)}
    for name in parts:
        if ".attn.q." in name:
            three = [parts[name.replace(".attn.q.", f".attn.{each}.")] for each in "qkv"]
            state[name.replace(".attn.q.", ".attn.qkv.")] = torch.cat(three)
    return state


def _empty(config: Mapping[str, Any], state: Mapping[str, Any], headed: bool) -> Any:
    from timm.layers import LayerNorm
    from timm.models.deit import VisionTransformerDistilled
    from timm.models.vision_transformer import VisionTransformer

    tower = str(config["model_type"]).partition("_")[0]
    own = DEFAULTS | OTHER_DEFAULTS.get(tower, {}) | config | dict(config.get("vision_config") or {})
    if own["hidden_act"] not in ACTIVATIONS or own.get("use_swiglu_ffn"):
        raise ModelError(f"its MLP ({'SwiGLU' if own.get('use_swiglu_ffn') else own['hidden_act']}) is not supported")
    epsilon = own.get("layer_norm_eps", 1e-6 if "blocks.0.ls1.gamma" in state else 1e-12)
    registers = state["reg_token"].shape[1] if "reg_token" in state else 0
    kind = VisionTransformerDistilled if "dist_token" in state else VisionTransformer
    return kind(
        img_size=own["image_size"],
        patch_size=own["patch_size"],
        in_chans=own["num_channels"],
        num_classes=len(state["head.weight"]) if headed else 0,
        embed_dim=own["hidden_size"],
        depth=own["num_hidden_layers"],
        num_heads=own["num_attention_heads"],
        mlp_ratio=len(state["blocks.0.mlp.fc1.weight"]) / own["hidden_size"],
        qkv_bias="blocks.0.attn.qkv.bias" in state,
        init_values=1.0 if "blocks.0.ls1.gamma" in state else None,
        reg_tokens=registers,
        class_token="cls_token" in state,
        global_pool="token" if "cls_token" in state else "avg",
        fc_norm=False,
        no_embed_class=bool(registers),
        pre_norm="norm_pre.weight" in state,
        norm_layer=partial(LayerNorm, eps=epsilon),
        act_layer=ACTIVATIONS[own["hidden_act"]],
        dynamic_img_size=True,
        weight_init="skip",
    )


def _place(model: Any, state: dict[str, Any]) -> None:
    """Give tokens and positions timm's shape; a class token before registers takes its own position with it."""
    width = model.embed_dim
    if "cls_token" in state:
        state["cls_token"] = state["cls_token"].reshape(1, 1, width)
    state["pos_embed"] = state["pos_embed"].reshape(1, -1, width)
    if model.no_embed_class:
        state["cls_token"] = state["cls_token"] + state["pos_embed"][:, :1]
        state["pos_embed"] = state["pos_embed"][:, 1:]
