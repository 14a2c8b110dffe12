"""Types of the public API, checked by ``make lint``, which also fails where an expected error is missing."""

from typing import Any, assert_type

import torch
from timm.models.vision_transformer import VisionTransformer

import tome


def use(model: VisionTransformer, images: torch.Tensor) -> None:
    assert_type(tome.patch(model, r=13), VisionTransformer)
    assert_type(tome.unpatch(model), VisionTransformer)
    with tome.merging(model, tome.MergeConfig(r=(8, -1.0))) as merged:
        assert_type(merged, VisionTransformer)
    output, trace = tome.trace(model, images, tome.MergeConfig(r=[8, 8, 4]))
    assert_type(output, Any)
    assert_type(trace, tome.Trace)
    assert_type(trace.source(), torch.Tensor)
    assert_type(trace.layers[0].grouping, tome.Grouping)
    assert_type(tome.gflops(model), float)
    assert_type(tome.ALGORITHMS["bipartite"], tome.Algorithm)


def misuse(model: VisionTransformer) -> None:
    tome.pach(model)  # type: ignore[attr-defined]
    tome.patch("vit_small_patch16_224")  # type: ignore[type-var]
    tome.patch(model, r="thirteen")  # type: ignore[arg-type]
    tome.patch(model, rate=13)  # type: ignore[call-arg]
    tome.MergeConfig(rate=13)  # type: ignore[call-arg]
