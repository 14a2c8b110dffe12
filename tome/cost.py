"""The names of ``tome.metrics.cost``, under their public module."""

from tome.metrics.cost import BlockShape, Shape, block_gflops, flops, gflops, r_for, shape_of

__all__ = ["BlockShape", "Shape", "block_gflops", "flops", "gflops", "r_for", "shape_of"]
