"""Architectures for clips and sounds, built as plain timm VisionTransformers."""
