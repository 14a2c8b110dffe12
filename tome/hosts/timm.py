"""Register the hosts for timm's families."""

from timm.models.beit import Beit
from timm.models.cait import Cait
from timm.models.deepseek_vit import DeepseekVitClassifier, DeepseekVitEncoder
from timm.models.deit import VisionTransformerDistilled
from timm.models.eva import Eva
from timm.models.gemma4_vit import Gemma4VitClassifier, Gemma4VitEncoder
from timm.models.naflexvit import NaFlexVit
from timm.models.qwen3_vit import Qwen3VitClassifier, Qwen3VitEncoder
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_relpos import VisionTransformerRelPos
from timm.models.vision_transformer_sam import VisionTransformerSAM

from tome.hosts.registry import register_host
from tome.hosts.timm_cait import TimmCait
from tome.hosts.timm_encoder import TimmDeepseek, TimmQwen3
from tome.hosts.timm_eva import TimmEva
from tome.hosts.timm_gemma4 import TimmGemma4
from tome.hosts.timm_naflex import TimmNaFlex
from tome.hosts.timm_sam import TimmSam
from tome.hosts.timm_table import TimmBeit, TimmRelPos
from tome.hosts.timm_vit import TimmViT

register_host(TimmViT(), VisionTransformer, VisionTransformerDistilled)
register_host(TimmEva(), Eva)
register_host(TimmBeit(), Beit)
register_host(TimmRelPos(), VisionTransformerRelPos)
register_host(TimmCait(), Cait)
register_host(TimmNaFlex(), NaFlexVit)
register_host(TimmQwen3(), Qwen3VitEncoder, Qwen3VitClassifier)
register_host(TimmDeepseek(), DeepseekVitEncoder, DeepseekVitClassifier)
register_host(TimmGemma4(), Gemma4VitEncoder, Gemma4VitClassifier)
register_host(TimmSam(), VisionTransformerSAM)
