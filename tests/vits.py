"""Small ViTs of every family, with random weights large enough that every part of a model matters."""

import copy
from functools import cache

import timm
import torch
from timm.models.cait import Cait
from torch import Tensor, nn

SMALL = {"img_size": 64, "embed_dim": 32, "depth": 3, "num_heads": 2, "num_classes": 7}
PATCH_14 = SMALL | {"img_size": 56}

PLAIN = {
    "plain": ("vit_tiny_patch16_224", SMALL),
    "deit": ("deit_tiny_patch16_224", SMALL),
    "distilled": ("deit_tiny_distilled_patch16_224", SMALL),
    "deit3": ("deit3_small_patch16_224", SMALL),
    "dinov2": ("vit_small_patch14_dinov2", PATCH_14 | {"num_classes": 0}),
    "dinov2 registers": ("vit_small_patch14_reg4_dinov2", PATCH_14 | {"num_classes": 0}),
    "dinov2 giant": ("vit_giant_patch14_dinov2", PATCH_14 | {"num_classes": 0}),
    "mae": ("vit_base_patch16_224.mae", SMALL | {"global_pool": "avg"}),
    "clip": ("vit_base_patch32_clip_quickgelu_224", SMALL | {"img_size": 128}),
    "siglip": ("vit_base_patch16_siglip_224", SMALL),
    "siglip mean": ("vit_base_patch16_siglip_gap_224", SMALL),
    "q/k-norm": ("vit_tiny_patch16_224", SMALL | {"qk_norm": True}),
    "scale norms": ("vit_tiny_patch16_224", SMALL | {"scale_attn_norm": True, "scale_mlp_norm": True}),
    "no class token": ("vit_medium_patch16_gap_240", SMALL),
    "register, mean": ("vit_wee_patch16_reg1_gap_256", SMALL),
    "aimv2": ("aimv2_large_patch14_224", PATCH_14),
    "test_vit": ("test_vit", {"img_size": 64}),
    "test_vit2": ("test_vit2", {"img_size": 64}),
    "test_vit3": ("test_vit3", {"img_size": 64}),
    "test_vit4": ("test_vit4", {"img_size": 64}),
    "eva": ("eva_giant_patch14_224", PATCH_14),
}
ROPE = {
    "eva02 small": ("eva02_small_patch14_224", PATCH_14),
    "eva02 base": ("eva02_base_patch14_224", PATCH_14),
    "eva02 clip": ("eva02_base_patch16_clip_224", SMALL),
    "dinov3": ("vit_small_patch16_dinov3", SMALL),
    "dinov3 huge": ("vit_huge_plus_patch16_dinov3_qkvb", SMALL),
    "sapiens2": ("vit_base_patch16_sapiens2", SMALL | {"num_heads": 4, "num_kv_heads": 2}),
    "rope": ("vit_small_patch16_rope_224", SMALL),
    "rope mixed": ("vit_small_patch16_rope_mixed_ape_224", SMALL),
    "rope mean": ("vit_medium_patch16_rope_reg1_gap_256", SMALL),
    "perception": ("vit_pe_core_tiny_patch16_384", SMALL),
    "mrope": ("vit_small_patch16_dinov3", SMALL | {"rope_type": "mrope"}),
}
OTHER = {
    "beit": ("beit_base_patch16_224", SMALL),
    "beit, class token": ("beit_base_patch16_224", SMALL | {"global_pool": "token"}),
    "beit, shared table": ("beit_base_patch16_224", SMALL | {"use_shared_rel_pos_bias": True, "use_abs_pos_emb": True}),
    "beitv2": ("beitv2_base_patch16_224", SMALL | {"qkv_bias": False, "init_values": None}),
    "relpos, table": ("vit_relpos_small_patch16_224", SMALL | {"rel_pos_type": "bias"}),
    "relpos, mlp": ("vit_relpos_small_patch16_224", SMALL | {"class_token": True, "global_pool": "token"}),
    "relpos, shared": ("vit_srelpos_small_patch16_224", SMALL),
    "relpos, class token": ("vit_relpos_base_patch16_clsgap_224", SMALL | {"rel_pos_type": "bias", "fc_norm": True}),
    "relpos, norm after": ("vit_relpos_base_patch16_rpn_224", SMALL | {"rel_pos_type": "mlp_swin"}),
    "norm after": ("vit_base_patch16_rpn_224", SMALL),
    "parallel": ("vit_small_patch16_18x2_224", SMALL),
    "differential": ("vit_dlittle_patch16_reg1_gap_256", SMALL),
    "differential, two lambdas": ("vit_dwee_patch16_reg1_gap_256", SMALL),
    "cait": ("cait_xxs24_224", SMALL),
    "cait, mean": ("cait_xxs24_224", SMALL | {"global_pool": "avg"}),
    "eva02 enormous": ("eva02_enormous_patch14_clip_224", PATCH_14),
}
FAMILIES = PLAIN | ROPE | OTHER
FIXED_SIZE = {name for name in OTHER if name.startswith(("beit", "relpos", "cait"))}
"""families built for one size of image"""


def build(family: str = "plain", **options) -> nn.Module:
    """The small model of ``family`` in evaluation mode: of the same weights every time, and nobody else's."""
    return copy.deepcopy(_made(family, tuple(options.items())))


@cache
def _made(family: str, options: tuple) -> nn.Module:
    name, own = FAMILIES[family]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = timm.create_model(name, **own | dict(options)).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
    return model


def sized(family: str, rows: int, columns: int) -> nn.Module:
    """The small model of ``family`` for pictures of that many patches."""
    side = build(family).patch_embed.patch_size[0]
    size = {"img_size": (rows * side, columns * side)} if family in FIXED_SIZE else {"dynamic_img_size": True}
    return build(family, **size)


def features(model: nn.Module, images: Tensor) -> Tensor:
    """The tokens after timm's last block, normed, [B, N, C], without those that come after merging."""
    return model.forward_features(images)[:, 1 if isinstance(model, Cait) else 0 :]


def pictures(model: nn.Module, count: int = 2, size: tuple[int, int] | None = None) -> Tensor:
    """Noise of the size that ``model`` wants, or of another."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 3, *(size or model.patch_embed.img_size), generator=generator)


def two_colours(model: nn.Module) -> Tensor:
    """A picture of two flat halves, one above the other: without positions, the model has two kinds of patches."""
    picture = torch.full((1, 3, *model.patch_embed.img_size), 0.7)
    picture[:, :, picture.shape[2] // 2 :] = torch.tensor([-1.0, 0.3, 0.9]).view(3, 1, 1)
    return picture


def without_positions(model: nn.Module) -> nn.Module:
    """``model`` with no embedding of positions, and no angle to turn by."""
    with torch.no_grad():
        if getattr(model, "pos_embed", None) is not None:
            model.pos_embed.zero_()
        for name, value in {"bands": 0, "freqs": 0, "inv_freq": 0, "periods": float("inf")}.items():
            if hasattr(getattr(model, "rope", None), name):
                getattr(model.rope, name).fill_(value)
        for name, parameter in model.named_parameters():
            if "relative_position_bias_table" in name or "rel_pos.mlp" in name:
                parameter.zero_()
    return model
