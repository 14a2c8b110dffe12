"""timm's Qwen3VitEncoder and Qwen3VitClassifier: rotary positions, and a projector of 2 × 2 patches."""

from tome.hosts.timm_encoder import TimmEncoder

__all__ = ["TimmQwen3"]


class TimmQwen3(TimmEncoder):
    """Blocks as Eva has them, on patches alone."""

    name = "timm Qwen3Vit"
