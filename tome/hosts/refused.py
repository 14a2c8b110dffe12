"""Families of timm and transformers without a place for Token Merging, each with the reason."""

_PYRAMID = "its stages shrink a regular grid, and merged tokens form none"
_WINDOWS = "it attends within windows of a regular grid, and merged tokens form none"
_CHANNELS = "it attends between channels, not tokens, beside convolutions over a regular grid"
_SIDE_BY_SIDE = "attention and MLP run side by side on the same tokens, so there is no point between them to merge at"
_NO_ATTENTION = "it mixes tokens by place instead of by attention, and merged tokens have no single place"

REFUSED: dict[str, str] = {
    # Windows
    "SwinTransformer": _WINDOWS,
    "SwinTransformerV2": _WINDOWS,
    "SwinTransformerV2Cr": _WINDOWS,
    "MaxxVit": _WINDOWS,
    "Twins": _WINDOWS,
    "TinyVit": _WINDOWS,
    "GlobalContextVit": _WINDOWS,
    "EfficientVitMsra": _WINDOWS,
    "HieraDet": _WINDOWS,
    "Nest": "it attends within blocks of a regular grid, and merged tokens form none",
    "Hiera": "it attends within units of a regular grid and pools them, and merged tokens form none",
    "VOLO": "its outlook attention slides over a regular grid, and merged tokens form none",
    # Stages
    "PoolingVisionTransformer": _PYRAMID,
    "Levit": _PYRAMID,
    "LevitDistilled": _PYRAMID,
    "MultiScaleVit": _PYRAMID,
    "PyramidVisionTransformerV2": _PYRAMID,
    "FastVit": _PYRAMID,
    "NextViT": _PYRAMID,
    "CoaT": _PYRAMID,
    "EfficientFormer": _PYRAMID,
    "EfficientFormerV2": _PYRAMID,
    "EfficientVit": _PYRAMID,
    "EfficientVitLarge": _PYRAMID,
    "Visformer": _PYRAMID,
    "MetaFormer": _PYRAMID,
    "SwiftFormer": _PYRAMID,
    "IFormer": _PYRAMID,
    "SHViT": _PYRAMID,
    "LowFormer": _PYRAMID,
    "MobileNetV5": _PYRAMID,
    "MobileNetV5Encoder": _PYRAMID,
    "CSATv2": _PYRAMID,
    "CPUBone": _PYRAMID,
    # Attention of another kind
    "Xcit": _CHANNELS,
    "EdgeNeXt": _CHANNELS,
    "DaVit": "it attends within windows of a regular grid and between channels, and merged tokens form no grid",
    "ConVit": "its first blocks attend by distance on a square grid, and its class token joins between blocks",
    "CrossVit": "its two branches, of small and of large patches, exchange tokens between blocks that merge apart",
    "TNT": "each block adds the pixels of every patch to its token, and a merged token has those of several",
    "MlpMixer": _NO_ATTENTION,
    "Sequencer2d": "it mixes tokens by recurrence along rows and columns, and merged tokens form none",
    "FocalNet": "it mixes tokens by convolutions over a regular grid, and merged tokens form none",
    "ByobNet": "it is a convolutional network; where it has attention (MobileViT), it unfolds a regular grid for it",
    # transformers: base classes of families
    "SwinPreTrainedModel": _WINDOWS,
    "Swinv2PreTrainedModel": _WINDOWS,
    "Swin2SRPreTrainedModel": _WINDOWS,
    "DonutSwinPreTrainedModel": _WINDOWS,
    "MaskFormerSwinPreTrainedModel": _WINDOWS,
    "HieraPreTrainedModel": "it attends within units of a regular grid and pools them, and merged tokens form none",
    "SegformerPreTrainedModel": _PYRAMID,
    "PvtPreTrainedModel": _PYRAMID,
    "PvtV2PreTrainedModel": _PYRAMID,
    "LevitPreTrainedModel": _PYRAMID,
    "CvtPreTrainedModel": _PYRAMID,
    "PoolFormerPreTrainedModel": _PYRAMID,
    "SwiftFormerPreTrainedModel": _PYRAMID,
    "FocalNetPreTrainedModel": "it mixes tokens by convolutions over a regular grid, and merged tokens form none",
    "MobileViTPreTrainedModel": "it unfolds a regular grid for its attention, and merged tokens form none",
    "MobileViTV2PreTrainedModel": "it unfolds a regular grid for its attention, and merged tokens form none",
    # Blocks
    "ParallelScalingBlock": _SIDE_BY_SIDE,
    "DiffParallelScalingBlock": _SIDE_BY_SIDE,
}
"""Name of a class of models or blocks → reason"""
