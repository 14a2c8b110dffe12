"""Small ViTs of every family, with random weights large enough that every part of a model matters."""

import copy
from functools import cache

import timm
import torch
from timm.models.cait import Cait
from timm.models.vision_transformer_sam import VisionTransformerSAM
from timm.models.vitamin import VitCfg, VitConvCfg
from torch import Tensor, nn

SMALL = {"img_size": 64, "embed_dim": 32, "depth": 3, "num_heads": 2, "num_classes": 7}
PATCH_14 = SMALL | {"img_size": 56}
NAFLEX = {"embed_dim": 32, "depth": 3, "num_heads": 2, "num_classes": 7, "pos_embed_grid_size": (4, 4)}
MIXED = {"rope_type": "mixed", "rope_grid_indexing": "xy", "reg_tokens": 1}
DEEPSEEK = PATCH_14 | {"downsample_ratio": 2}
QWEN3 = SMALL | {"pos_embed_grid_size": 4}
GEMMA4 = SMALL | {"head_dim": 16, "intermediate_size": 64, "position_embedding_size": 16, "pooling_kernel_size": 2}

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
    "naflex": ("naflexvit_base_patch16_gap", NAFLEX),
    "naflex, factorized": ("naflexvit_base_patch16_parfac_gap", NAFLEX | {"reg_tokens": 2, "class_token": True}),
    "naflex, siglip": ("naflexvit_base_patch16_siglip", NAFLEX),
    "naflex, rotary": ("naflexvit_base_patch16_gap", NAFLEX | {"rope_type": "axial", "pos_embed": "none"}),
    "naflex, rotary mixed": ("naflexvit_base_patch16_gap", NAFLEX | MIXED),
    "qwen3": ("qwen3_vit_88m", QWEN3),
    "qwen3, projector": ("qwen3_vit_88m_merge", QWEN3 | {"out_features": 24}),
    "qwen3, encoder": ("qwen3_vit_88m_enc", {**QWEN3, "out_features": 24, "num_classes": 0}),
    "deepseek": ("deepseek_vit_412m", DEEPSEEK),
    "deepseek, projector": ("deepseek_vit_412m_align", DEEPSEEK | {"out_features": 24}),
    "deepseek, encoder": ("deepseek_vit_412m_enc", {**DEEPSEEK, "out_features": 24, "num_classes": 0}),
    "gemma4": ("gemma4_vit_167m", GEMMA4),
    "gemma4, spatial pool": ("gemma4_vit_167m", GEMMA4 | {"encoder_pool": "soft"}),
    "gemma4, encoder": ("gemma4_vit_167m_enc", {**GEMMA4, "num_kv_heads": 1, "standardize": True, "num_classes": 0}),
    "sam": ("samvit_base_patch16", SMALL | {"window_size": 0, "neck_chans": 16}),
    "sam, windows": ("samvit_base_patch16_224", SMALL | {"window_size": 4, "global_attn_indexes": [1]}),
}
STEM = VitCfg(embed_dim=(8, 16, 32), depths=(1, 1, 1), stem_width=8, conv_cfg=VitConvCfg(norm_layer="layernorm2d"))
HYBRID = {
    "resnet stem": ("vit_tiny_r_s16_p8_224", SMALL | {"img_size": 128}),
    "vitamin": ("vitamin_small_224", SMALL | {"embed_cfg": STEM}),
}
"""families with patches from a convolutional network, which depend on their neighbours"""
FAMILIES = PLAIN | ROPE | OTHER | HYBRID
FIXED_SIZE = {name for name in OTHER if name.startswith(("beit", "relpos", "cait", "sam"))}
"""families built for one size of image"""
UNCOUNTED = [name for name in OTHER if name.startswith(("naflex", "qwen3", "deepseek", "gemma4", "sam"))]
"""families whose host states no cost"""
ANY_SIZE = {name for name in OTHER if name.startswith(("naflex", "qwen3", "deepseek", "gemma4"))}
"""families that take every size as they are"""


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
    if family in ANY_SIZE:
        return build(family)
    side = patch_side(build(family))
    size = {"img_size": (rows * side, columns * side)} if family in FIXED_SIZE else {"dynamic_img_size": True}
    return build(family, **size)


def patch_side(model: nn.Module) -> int:
    """Pixels of a patch along each axis."""
    model = getattr(model, "encoder", model)
    embed = getattr(model, "embeds", getattr(model, "patch_embed", None))
    return embed.feat_ratio() if hasattr(embed, "feat_ratio") else embed.patch_size[0]


def own_size(model: nn.Module) -> tuple[int, int]:
    """Height and width of the images that ``model`` is built for; 64 where it has none."""
    model = getattr(model, "encoder", model)
    return getattr(getattr(model, "patch_embed", None), "img_size", (64, 64))


def prefix(model: nn.Module) -> int:
    """Tokens that stand before the patches in the blocks that merge: CaiT's class token comes after these."""
    return 0 if isinstance(model, Cait) else getattr(model, "num_prefix_tokens", 0)


def features(model: nn.Module, images: Tensor) -> Tensor:
    """The tokens after timm's last block, normed, [B, N, C], without those added after merging."""
    if isinstance(model, VisionTransformerSAM):
        seen = []
        with model.neck.register_forward_pre_hook(lambda neck, given: seen.append(given[0])):
            model(images)
        return seen[0].flatten(2).transpose(1, 2)
    model = getattr(model, "encoder", model)
    return model.forward_features(images).flatten(1, -2)[:, 1 if isinstance(model, Cait) else 0 :]


def pictures(model: nn.Module, count: int = 2, size: tuple[int, int] | None = None) -> Tensor:
    """Noise of the size that ``model`` wants, or of another."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 3, *(size or own_size(model)), generator=generator)


def two_colours(model: nn.Module) -> Tensor:
    """A picture of two flat halves, one above the other: without positions, the model has two kinds of patches."""
    picture = torch.full((1, 3, *own_size(model)), 0.7)
    picture[:, :, picture.shape[2] // 2 :] = torch.tensor([-1.0, 0.3, 0.9]).view(3, 1, 1)
    return picture


def without_positions(model: nn.Module) -> nn.Module:
    """``model`` with no embedding of positions, and no angle to turn by."""
    with torch.no_grad():
        for name, values in (*model.named_parameters(), *model.named_buffers()):
            last = name.rpartition(".")[2]
            if last == "periods":
                values.fill_(float("inf"))
            elif last in POSITIONS or "rel_pos.mlp" in name:
                values.zero_()
    return model


POSITIONS = {"pos_embed", "pos_embed_y", "pos_embed_x", "position_embedding_table", "relative_position_bias_table"}
POSITIONS |= {"bands", "freqs", "inv_freq", "rel_pos_h", "rel_pos_w"}
