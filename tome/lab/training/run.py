"""A small, real training run: a tiny ViT learns digits, with or without merging."""

import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.patch import patch
from tome.forward.surgery import shallow_copy
from tome.lab.digits import digits
from tome.lab.files import replacing
from tome.lab.training.recipe import INK, Recipe, tiny_vit

__all__ = ["Progress", "TrainingRun", "accuracy", "learn"]


@dataclass(frozen=True)
class Progress:
    """One step of a run; ``accuracy`` on the test images, in percent, is set at the end of an epoch."""

    epoch: int
    step: int
    steps: int
    """in an epoch"""
    loss: float
    accuracy: float | None = None


class TrainingRun:
    """A training run that can be resumed after any epoch with the same result.

    ``path`` holds the state, replaced atomically after every epoch.  Raises ValueError if the file holds the state
    of another recipe, or none.
    """

    def __init__(self, recipe: Recipe, path: Path | None = None):
        self.recipe, self.path, self.epoch = recipe, path, 0
        self.model = tiny_vit(recipe)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), recipe.learning_rate, weight_decay=0.05)
        self.history: list[Progress] = []
        if path and path.exists():
            self._load(path)

    @property
    def total(self) -> int:
        """Return the number of steps of the run."""
        return self.recipe.epochs * -(-self.recipe.train // self.recipe.batch)

    def score(self, config: MergeConfig) -> float:
        """Return the accuracy on the test images in percent, merging under ``config``."""
        _, held_out = digits(self.recipe.image_size, self.recipe.train, self.recipe.test)
        return accuracy(self.model, *held_out, config)

    def steps(self) -> Iterator[Progress]:
        """Train the rest of the run, and yield after each step.

        If closed early, the current epoch is lost and the model keeps its momentary weights; resume from the file.
        """
        (images, labels), held_out = digits(self.recipe.image_size, self.recipe.train, self.recipe.test)
        merging = patch(shallow_copy(self.model), self.recipe.config)
        for epoch in range(self.epoch, self.recipe.epochs):
            merging.train()
            order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(self.recipe.seed + epoch))
            batches = order.split(self.recipe.batch)
            for step, batch in enumerate(batches):
                loss = self._step(merging, images[batch], labels[batch], epoch + step / len(batches))
                last = step == len(batches) - 1
                progress = Progress(epoch, step, len(batches), loss, accuracy(merging, *held_out) if last else None)
                self.history.append(progress)
                if last:
                    self.epoch = epoch + 1
                    self._save()
                yield progress

    def _step(self, model: nn.Module, images: Tensor, labels: Tensor, epoch: float) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.learning_rate * _rate(epoch, self.recipe.epochs)
        return learn(self.optimiser, model(images - INK), labels)

    def _save(self) -> None:
        if self.path is None:
            return
        state = {
            "recipe": repr(self.recipe),
            "epoch": self.epoch,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "history": [asdict(progress) for progress in self.history],
        }
        packed = io.BytesIO()  # torch would not say why a file could not be written
        torch.save(state, packed)
        with replacing(self.path) as file:
            file.write(packed.getbuffer())

    def _load(self, path: Path) -> None:
        try:
            state = torch.load(path, weights_only=True)
            fits = state.keys() == {"recipe", "epoch", "model", "optimiser", "history"}
        except OSError:
            raise
        except Exception as reason:
            raise ValueError(f"{path.name} could not be read as the state of a run; remove it") from reason
        if not fits:
            raise ValueError(f"{path.name} is not the state of a run")
        if state["recipe"] != repr(self.recipe):
            raise ValueError(f"path must hold a run of {self.recipe}; {path.name} is of {state['recipe']}")
        self.epoch = state["epoch"]
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.history = [Progress(**progress) for progress in state["history"]]


def learn(optimiser: torch.optim.Optimizer, logits: Tensor, labels: Tensor) -> float:
    """Take one step of ``optimiser`` from ``logits`` [B, classes] towards ``labels`` [B]; return the loss."""
    loss = F.cross_entropy(logits, labels, label_smoothing=0.1)
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_([weight for group in optimiser.param_groups for weight in group["params"]], 1.0)
    optimiser.step()
    return loss.item()


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor, config: MergeConfig | None = None) -> float:
    """Return the accuracy of ``model`` on ``images`` in percent, under ``config`` if given."""
    if config:
        model = patch(shallow_copy(model), config)
    training = model.training
    model.eval()
    right = sum(
        int((model(x - INK).argmax(1) == y).sum()) for x, y in zip(images.split(100), labels.split(100), strict=True)
    )
    model.train(training)
    return 100 * right / len(labels)


def _rate(epoch: float, epochs: int) -> float:
    # One epoch of warm-up, then half a cosine.
    if epoch < 1:
        return max(epoch, 0.05)
    return (1 + torch.cos(torch.tensor(torch.pi * (epoch - 1) / max(1, epochs - 1))).item()) / 2
