"""timm's DeepseekVitEncoder and DeepseekVitClassifier: rotary positions, and a projector of 3 × 3 patches."""

from typing import Any, ClassVar

from timm.layers import AttentionRope
from timm.models.deepseek_vit import DeepseekVitBlock
from torch import Tensor

from tome.hosts.timm_encoder import TimmEncoder, encoder_of
from tome.hosts.timm_vit import BLOCK

__all__ = ["TimmDeepseek"]


class TimmDeepseek(TimmEncoder):
    """Blocks as Eva has them, without scales, and a norm after the last."""

    name = "timm DeepseekVit"
    parts: ClassVar = {DeepseekVitBlock: BLOCK, AttentionRope: TimmEncoder.parts[AttentionRope]}

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return encoder_of(model).norm(x)
