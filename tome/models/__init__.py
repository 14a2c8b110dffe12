"""Architectures of clips and sounds that timm does not name; each is a plain timm VisionTransformer."""
