"""Families of timm and transformers that are refused by name, with a reason."""

import re
from importlib import import_module

import pytest
import timm
import torch
import transformers

import tome
from tome.hosts.refused import REFUSED
from tome.hosts.registry import HOSTS, host_of

WINDOWS, CHANNELS, SHRINK = "within (windows|blocks|units) of a regular grid", "between channels", "stages shrink"
MODELS = {
    "swin_tiny_patch4_window7_224": ("SwinTransformer", WINDOWS),
    "swinv2_tiny_window8_256": ("SwinTransformerV2", WINDOWS),
    "swinv2_cr_tiny_224": ("SwinTransformerV2Cr", WINDOWS),
    "maxvit_tiny_tf_224": ("MaxxVit", WINDOWS),
    "coatnet_nano_rw_224": ("MaxxVit", WINDOWS),
    "twins_svt_small": ("Twins", WINDOWS),
    "tiny_vit_5m_224": ("TinyVit", WINDOWS),
    "gcvit_xxtiny": ("GlobalContextVit", WINDOWS),
    "efficientvit_m0": ("EfficientVitMsra", WINDOWS),
    "sam2_hiera_tiny": ("HieraDet", WINDOWS),
    "nest_tiny": ("Nest", WINDOWS),
    "hiera_tiny_224": ("Hiera", WINDOWS),
    "davit_tiny": ("DaVit", WINDOWS),
    "volo_d1_224": ("VOLO", "outlook attention slides"),
    "pit_ti_224": ("PoolingVisionTransformer", SHRINK),
    "levit_128s": ("LevitDistilled", SHRINK),
    "mvitv2_tiny": ("MultiScaleVit", SHRINK),
    "pvt_v2_b0": ("PyramidVisionTransformerV2", SHRINK),
    "fastvit_t8": ("FastVit", SHRINK),
    "nextvit_small": ("NextViT", SHRINK),
    "coat_tiny": ("CoaT", SHRINK),
    "efficientformer_l1": ("EfficientFormer", SHRINK),
    "efficientformerv2_s0": ("EfficientFormerV2", SHRINK),
    "efficientvit_b0": ("EfficientVit", SHRINK),
    "efficientvit_l1": ("EfficientVitLarge", SHRINK),
    "visformer_tiny": ("Visformer", SHRINK),
    "caformer_s18": ("MetaFormer", SHRINK),
    "swiftformer_xs": ("SwiftFormer", SHRINK),
    "iformer_t": ("IFormer", SHRINK),
    "shvit_s1": ("SHViT", SHRINK),
    "lowformer_b0": ("LowFormer", SHRINK),
    "mobilenetv5_base": ("MobileNetV5", SHRINK),
    "mobilenetv5_300m_enc": ("MobileNetV5Encoder", SHRINK),
    "csatv2": ("CSATv2", SHRINK),
    "cpubone_b0_bfrobust": ("CPUBone", SHRINK),
    "xcit_nano_12_p8_224": ("Xcit", CHANNELS),
    "edgenext_xx_small": ("EdgeNeXt", CHANNELS),
    "convit_tiny": ("ConVit", "class token joins between blocks"),
    "crossvit_tiny_240": ("CrossVit", "two branches"),
    "tnt_s_legacy_patch16_224": ("TNT", "pixels of every patch"),
    "mixer_s16_224": ("MlpMixer", "by place instead of by attention"),
    "sequencer2d_s": ("Sequencer2d", "by recurrence"),
    "focalnet_tiny_srf": ("FocalNet", "by convolutions"),
    "mobilevit_xxs": ("ByobNet", "a convolutional network"),
}

OF_TRANSFORMERS = {
    "Swin": WINDOWS,
    "Swinv2": WINDOWS,
    "Swin2SR": WINDOWS,
    "DonutSwin": WINDOWS,
    "MaskFormerSwin": WINDOWS,
    "Hiera": WINDOWS,
    "Segformer": SHRINK,
    "Pvt": SHRINK,
    "PvtV2": SHRINK,
    "Levit": SHRINK,
    "Cvt": SHRINK,
    "PoolFormer": SHRINK,
    "SwiftFormer": SHRINK,
    "FocalNet": "by convolutions",
    "MobileViT": "unfolds a regular grid",
    "MobileViTV2": "unfolds a regular grid",
}


def built(name: str) -> torch.nn.Module:
    with torch.device("meta"):
        return timm.create_model(name)


@pytest.mark.parametrize("name", MODELS)
def test_what_has_no_meaning_is_refused_with_the_reason(name):
    kind, reason = MODELS[name]
    model = built(name)
    assert type(model).__name__ == kind
    for enter in (host_of, tome.patch):
        with pytest.raises(TypeError, match=rf"model is a {kind}, which cannot be merged: .*{reason}"):
            enter(model)
    if reason == SHRINK:
        assert len({stage["reduction"] for stage in model.feature_info}) > 1


@pytest.mark.parametrize("family", OF_TRANSFORMERS)
def test_a_family_of_transformers_without_meaning_is_refused_with_the_reason(family):
    module = {"DonutSwin": "donut.modeling_donut_swin", "MaskFormerSwin": "maskformer.modeling_maskformer_swin"}.get(
        family
    )
    place = import_module(f"transformers.models.{module}") if module else transformers
    kind = getattr(place, f"{family}Model")
    with torch.device("meta"):
        model = kind(kind.config_class())
    said = f"model is a {family}Model, which cannot be merged: .*{OF_TRANSFORMERS[family]}"
    with pytest.raises(TypeError, match=said):
        tome.patch(model)


def test_every_reason_is_tried_here_or_among_the_blocks():
    tried = {kind for kind, _ in MODELS.values()} | {"Levit", "ParallelScalingBlock", "DiffParallelScalingBlock"}
    assert tried | {f"{family}PreTrainedModel" for family in OF_TRANSFORMERS} == REFUSED.keys()


def test_no_family_is_both_accepted_and_refused():
    host_of(built("vit_tiny_patch16_224"))
    assert not REFUSED.keys() & {kind.__name__ for kind in HOSTS}


def test_a_network_without_tokens_is_told_how_to_get_a_host():
    with pytest.raises(TypeError, match=re.escape("got ResNet: to write a host")):
        tome.patch(built("resnet18"), r=8)
