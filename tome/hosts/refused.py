"""Families of timm and transformers without a place for Token Merging, each with the reason."""

_BY_REASON = (
    (
        "it attends within windows of a regular grid, and merged tokens form none",
        ("SwinTransformer", "SwinTransformerV2", "SwinTransformerV2Cr", "MaxxVit", "Twins", "TinyVit",
         "GlobalContextVit", "EfficientVitMsra", "HieraDet", "SwinPreTrainedModel", "Swinv2PreTrainedModel",
         "Swin2SRPreTrainedModel", "DonutSwinPreTrainedModel", "MaskFormerSwinPreTrainedModel"),
    ),
    ("it attends within blocks of a regular grid, and merged tokens form none", ("Nest",)),
    (
        "it attends within units of a regular grid and pools them, and merged tokens form none",
        ("Hiera", "HieraPreTrainedModel"),
    ),
    ("its outlook attention slides over a regular grid, and merged tokens form none", ("VOLO",)),
    (
        "its stages shrink a regular grid, and merged tokens form none",
        ("PoolingVisionTransformer", "Levit", "LevitDistilled", "MultiScaleVit", "PyramidVisionTransformerV2",
         "FastVit", "NextViT", "CoaT", "EfficientFormer", "EfficientFormerV2", "EfficientVit", "EfficientVitLarge",
         "Visformer", "MetaFormer", "SwiftFormer", "IFormer", "SHViT", "LowFormer", "MobileNetV5", "MobileNetV5Encoder",
         "CSATv2", "CPUBone", "SegformerPreTrainedModel", "PvtPreTrainedModel", "PvtV2PreTrainedModel",
         "LevitPreTrainedModel", "CvtPreTrainedModel", "PoolFormerPreTrainedModel", "SwiftFormerPreTrainedModel"),
    ),
    ("it attends between channels, not tokens, beside convolutions over a regular grid", ("Xcit", "EdgeNeXt")),
    ("it attends within windows of a regular grid and between channels, and merged tokens form no grid", ("DaVit",)),
    ("its first blocks attend by distance on a square grid, and its class token joins between blocks", ("ConVit",)),
    ("its two branches, of small and of large patches, exchange tokens between blocks that merge apart", ("CrossVit",)),
    ("each block adds the pixels of every patch to its token, and a merged token has those of several", ("TNT",)),
    ("it mixes tokens by place instead of by attention, and merged tokens have no single place", ("MlpMixer",)),
    ("it mixes tokens by recurrence along rows and columns, and merged tokens form none", ("Sequencer2d",)),
    (
        "it mixes tokens by convolutions over a regular grid, and merged tokens form none",
        ("FocalNet", "FocalNetPreTrainedModel"),
    ),
    (
        "it is a convolutional network; where it has attention (MobileViT), it unfolds a regular grid for it",
        ("ByobNet",),
    ),
    (
        "it unfolds a regular grid for its attention, and merged tokens form none",
        ("MobileViTPreTrainedModel", "MobileViTV2PreTrainedModel"),
    ),
    (
        "attention and MLP run side by side on the same tokens, so there is no point between them to merge at",
        ("ParallelScalingBlock", "DiffParallelScalingBlock"),
    ),
)  # fmt: skip
"""reason, and the classes of models or blocks that it is the reason for; of transformers, the base classes of families"""

REFUSED: dict[str, str] = {name: why for why, names in _BY_REASON for name in names}
"""Name of a class of models or blocks → reason"""
