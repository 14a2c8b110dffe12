"""Training with merging, small enough to watch: ``python -m tome.training``."""

from tome.training.run import Progress, Recipe, Run, accuracy, tiny_vit

__all__ = ["Progress", "Recipe", "Run", "accuracy", "tiny_vit"]
