"""Sizes of plain ViTs."""

from typing import TypedDict

__all__ = ["SIZES", "size_named"]


class Size(TypedDict):
    """Width, depth and heads, as timm's VisionTransformer names them."""

    embed_dim: int
    depth: int
    num_heads: int


SIZES: dict[str, Size] = {
    "vit_small": {"embed_dim": 384, "depth": 12, "num_heads": 6},
    "vit_base": {"embed_dim": 768, "depth": 12, "num_heads": 12},
    "vit_large": {"embed_dim": 1024, "depth": 24, "num_heads": 16},
    "vit_huge": {"embed_dim": 1280, "depth": 32, "num_heads": 16},
}


def size_named(name: str) -> Size:
    """Return the size called ``name``; raises ValueError for one that is not in SIZES."""
    if name not in SIZES:
        raise ValueError(f"size must be one of {', '.join(SIZES)}; got {name!r}")
    return SIZES[name]
