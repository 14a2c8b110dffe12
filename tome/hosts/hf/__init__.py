"""Hosts for models of transformers, registered on first use of one of its classes."""

from tome.hosts.hf.clips import VideoMAE, Vivit
from tome.hosts.hf.dinov3 import Dinov3
from tome.hosts.hf.families import Clip, DeiT, Dinov2, Siglip, ViT
from tome.hosts.hf.sounds import AST, Whisper
from tome.hosts.hf.texts import Bert
from tome.hosts.hf.vjepa2 import Vjepa2
from tome.hosts.registry import register_host

HOSTS = (
    ViT(), DeiT(), Dinov2(), Dinov3(), Clip(), Siglip(), Vivit(), VideoMAE(), Vjepa2(), AST(), Whisper(), Bert(),
)  # fmt: skip
for host in HOSTS:
    register_host(host, *host.tower)
