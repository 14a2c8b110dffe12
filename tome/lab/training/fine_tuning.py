"""Fine-tune the last blocks of a trained model on digits; the other blocks stay frozen."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.lab.digits import digits
from tome.lab.frames_input import normalised
from tome.lab.training.last_blocks import FrozenFeatures, LastBlocks, extract
from tome.lab.training.run import Progress, learn

__all__ = ["Change", "FineTuning", "Prepared"]


@dataclass(frozen=True)
class Change:
    """Settings of a fine-tuning run, without the model."""

    config: MergeConfig = field(default_factory=lambda: MergeConfig(r=0))
    """how tokens merge, in the blocks that learn and in those before them"""
    last: int = 2
    """blocks that learn"""
    image_size: int = 112
    train: int = 200
    test: int = 200
    epochs: int = 5
    batch: int = 20
    learning_rate: float = 5e-4
    seed: int = 0


@dataclass(frozen=True)
class Prepared:
    """Number of images that have passed the frozen blocks."""

    images: int
    of: int


class FineTuning:
    """Train copies of the last blocks of ``model`` and a new head on features that are computed once."""

    def __init__(self, model: nn.Module, change: Change):
        self.change, self._model = change, model
        self.net = LastBlocks(model, change.config, change.last, 10, change.seed)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), change.learning_rate, weight_decay=0.05)
        self._splits = digits(change.image_size, change.train, change.test)
        self._held_out: FrozenFeatures | None = None

    @property
    def total(self) -> int:
        """Return the number of states that ``steps`` yields."""
        change = self.change
        batches = -(-change.train // change.batch)
        return batches + -(-change.test // change.batch) + change.epochs * batches

    def steps(self) -> Iterator[Prepared | Progress]:
        """Prepare the images of both splits, then train; yields after each batch."""
        change = self.change
        parts: list[FrozenFeatures] = []
        for images, _ in self._splits:
            own = []
            for batch in images.split(change.batch):
                own.append(self._keep(batch, change.config))
                done = sum([len(kept) for kept in (*own, *parts)])
                yield Prepared(done, change.train + change.test)
            parts.append(FrozenFeatures.cat(own))
        bank, self._held_out = parts
        labels = self._splits[0][1]
        for epoch in range(change.epochs):
            order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(change.seed + epoch))
            batches = order.split(change.batch)
            for step, batch in enumerate(batches, start=1):
                loss = learn(self.optimiser, self.net.train()(bank[batch]), labels[batch])
                found = self._accuracy(self._held_out) if step == len(batches) else None
                yield Progress(epoch, step - 1, len(batches), loss, found)

    def score(self, config: MergeConfig) -> float:
        """Return the accuracy on the test images in percent, merging under ``config`` in all blocks."""
        kept = self._held_out if config == self.change.config else None
        if kept is None:
            images, _ = self._splits[1]
            kept = FrozenFeatures.cat([self._keep(batch, config) for batch in images.split(self.change.batch)])
        trained, self.net.config = self.net.config, config
        found = self._accuracy(kept)
        self.net.config = trained
        return found

    @torch.no_grad()
    def _accuracy(self, kept: FrozenFeatures) -> float:
        right = self.net.eval()(kept).argmax(1) == self._splits[1][1]
        return 100 * int(right.sum()) / len(right)

    def _keep(self, images: Tensor, config: MergeConfig) -> FrozenFeatures:
        return extract(self._model, normalised(self._model, images), config, self.change.last)
