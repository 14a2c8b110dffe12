"""Training with merging, small enough to watch: ``python -m tome.training``."""

from tome.lab.training.fine_tuning import Change, FineTuning, Prepared
from tome.lab.training.recipe import Recipe, tiny_vit
from tome.lab.training.run import Progress, TrainingRun, accuracy

__all__ = ["Change", "FineTuning", "Prepared", "Progress", "Recipe", "TrainingRun", "accuracy", "tiny_vit"]
