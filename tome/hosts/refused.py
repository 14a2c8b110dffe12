"""Families in which Token Merging, as the paper has it, has no meaning, each with the reason."""

_PYRAMID = "its stages shrink a regular grid, and merged tokens form none"
_WINDOWS = "it attends within windows of a regular grid, and merged tokens form none"
_SIDE_BY_SIDE = "attention and MLP run side by side on the same tokens, so there is no point between them to merge at"

REFUSED: dict[str, str] = {
    "SwinTransformer": _WINDOWS,
    "SwinTransformerV2": _WINDOWS,
    "SwinTransformerV2Cr": _WINDOWS,
}
"""Class name → reason"""
