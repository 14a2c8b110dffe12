"""Register the hosts for timm's families."""

from timm.models.deit import VisionTransformerDistilled
from timm.models.eva import Eva
from timm.models.vision_transformer import VisionTransformer

from tome.hosts.registry import register_host
from tome.hosts.timm_eva import TimmEva
from tome.hosts.timm_vit import TimmViT

register_host(TimmViT(), VisionTransformer, VisionTransformerDistilled)
register_host(TimmEva(), Eva)
