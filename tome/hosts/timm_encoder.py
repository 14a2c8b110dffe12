"""timm's vision towers of language models: an encoder, alone or inside a classifier."""

from typing import Any, ClassVar

from timm.layers import AttentionRope
from timm.models.deepseek_vit import DeepseekVitBlock
from torch import Tensor, nn

from tome.hosts.patches_alone import GridAlone
from tome.hosts.protocol import Host
from tome.hosts.registry import host_of
from tome.hosts.timm_eva import TimmEva
from tome.hosts.timm_vit import BLOCK

__all__ = ["TimmDeepseek", "TimmEncoder", "TimmQwen3"]


class TimmEncoder(GridAlone, TimmEva):
    """Patches alone, often no norm after the blocks, then a projector or a pool over the full grid."""

    forward_methods = ("forward", "forward_features", "forward_head", "_pos_embed", "_encode")
    shape = Host.shape

    def check(self, model: Any) -> None:
        encoder = encoder_of(model)
        host_of(encoder)  # raises for a class without a host
        super().check(encoder)

    def checkpoints(self, model: Any) -> bool:
        return super().checkpoints(encoder_of(model))

    def blocks_path(self, model: Any) -> str:
        return "blocks" if encoder_of(model) is model else "encoder.blocks"

    def grid(self, model: Any, inputs: Any) -> tuple[int, ...] | None:
        return super().grid(encoder_of(model), inputs)

    def swaps(self, model: Any) -> dict[str, nn.Module]:
        swaps, inside = super().swaps(encoder_of(model)), encoder_of(model) is not model
        return {f"encoder.{path}" if inside else path: module for path, module in swaps.items()}


def encoder_of(model: Any) -> Any:
    """Return the encoder of ``model``, which may be itself."""
    return getattr(model, "encoder", model)


class TimmQwen3(TimmEncoder):
    """Blocks as Eva has them, on patches alone, and a projector of 2 × 2 patches."""

    name = "timm Qwen3Vit"


class TimmDeepseek(TimmEncoder):
    """Blocks as Eva has them, without scales, a norm after the last, and a projector of 3 × 3 patches."""

    name = "timm DeepseekVit"
    parts: ClassVar = {DeepseekVitBlock: BLOCK, AttentionRope: TimmEva.parts[AttentionRope]}

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return encoder_of(model).norm(x)
