"""Hosts for models of transformers, registered when one of its classes is first seen."""

from tome.hosts.hf.dinov3 import Dinov3
from tome.hosts.hf.families import Clip, DeiT, Dinov2, Siglip, ViT
from tome.hosts.registry import register_host

for host in (ViT(), DeiT(), Dinov2(), Dinov3(), Clip(), Siglip()):
    register_host(host, *host.tower)
