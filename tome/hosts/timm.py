"""Register the hosts for timm's families."""

from timm.models.beit import Beit
from timm.models.cait import Cait
from timm.models.deit import VisionTransformerDistilled
from timm.models.eva import Eva
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_relpos import VisionTransformerRelPos

from tome.hosts.registry import register_host
from tome.hosts.timm_beit import TimmBeit
from tome.hosts.timm_cait import TimmCait
from tome.hosts.timm_eva import TimmEva
from tome.hosts.timm_relpos import TimmRelPos
from tome.hosts.timm_vit import TimmViT

register_host(TimmViT(), VisionTransformer, VisionTransformerDistilled)
register_host(TimmEva(), Eva)
register_host(TimmBeit(), Beit)
register_host(TimmRelPos(), VisionTransformerRelPos)
register_host(TimmCait(), Cait)
