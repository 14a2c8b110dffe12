"""Training with merging, small enough to watch: ``python -m tome.training``."""

from tome.training.fine_tuning import Change, FineTuning, Prepared
from tome.training.recipe import Recipe, tiny_vit
from tome.training.run import Progress, Run, accuracy

__all__ = ["Change", "FineTuning", "Prepared", "Progress", "Recipe", "Run", "accuracy", "tiny_vit"]
