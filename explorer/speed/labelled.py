"""Accuracy on own labelled photos, unmerged and merged: by the model's head or by nearest neighbours."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import comb

import torch
from torch import Tensor

from explorer.engine.forward import pixels
from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.measuring.pruning import square
from explorer.media.folder import Entry, picture
from explorer.media.images import BadImage
from tome.config import MergeConfig
from tome.forward.patch import patch
from tome.forward.surgery import shallow_copy
from tome.lab.evaluate import nearest

__all__ = ["Refused", "Seen", "Verdict", "look", "verdict"]

NEIGHBOURS = 5
CHANCE = 0.05
"""significance level of a difference"""


@dataclass(frozen=True, eq=False)
class Seen:
    """One photo, unmerged and merged."""

    label: str
    features: tuple[Tensor, Tensor]
    answers: tuple[int, int] | None
    """the head's top class, unmerged and merged; None for a model without a head"""


@dataclass(frozen=True)
class Refused:
    """A file that is not a photo or not in a folder, with the reason."""

    name: str
    why: str


@dataclass(frozen=True)
class Verdict:
    """Correctly classified ``photos``."""

    photos: int
    by: str
    """head or neighbours"""
    plain: int
    merged: int
    lost: int
    """photos correct only unmerged"""
    won: int
    """photos correct only merged"""
    alone: tuple[str, ...] = ()
    """labels of one photo, which has no neighbour of its own label and is not counted"""

    @property
    def tie(self) -> bool:
        """Whether a sign test finds the difference within chance."""
        changed, fewer = self.lost + self.won, min(self.lost, self.won)
        tail = sum(comb(changed, k) for k in range(fewer + 1)) / 2**changed
        return min(1.0, 2 * tail) > CHANCE


def look(
    backbone: Backbone,
    files: Sequence[Entry],
    side: int,
    config: MergeConfig,
    task: Task,
    tell: Callable[[object], None],
) -> None:
    """Report a Seen or a Refused for every file.  A photo's label is its folder."""
    names: dict[str, str] = {}
    models = (backbone.model, patch(shallow_copy(backbone.model), config))
    for entry in files:
        task.check()
        try:
            if not entry.folder:
                raise BadImage("it is not in a folder, so it has no label.")
            photo = picture(entry)
            first = names.setdefault(photo.digest, entry.name)
            if first != entry.name:  # a duplicate would be its own nearest neighbour
                raise BadImage(f"it is the same photo as “{first}”, and counts once.")
        except BadImage as refused:
            tell(Refused(entry.name, str(refused)))
            continue
        image = pixels(backbone, photo, square(backbone, photo, side))
        features, answers = zip(*(_run(model, image, bool(backbone.classes)) for model in models), strict=True)
        tell(Seen(entry.folder, features, answers if backbone.classes else None))


@torch.inference_mode()
def _run(model, image: Tensor, head: bool) -> tuple[Tensor, int]:
    tokens = model.forward_features(image)
    answer = int(model.forward_head(tokens).argmax()) if head else -1
    return model.forward_head(tokens, pre_logits=True)[0], answer


def verdict(seen: Sequence[Seen], classes: Sequence[str]) -> Verdict | None:
    """Count correct photos; None if neither the head nor nearest neighbours can classify them.

    The head is used if every folder has the name of one of its ``classes``; else each photo gets the label of its
    nearest neighbours among the others.  That needs two labels of two photos.
    """
    if len(seen) < 2 or len({each.label for each in seen}) < 2:
        return None
    place = {_plain(name): number for number, name in enumerate(classes)}
    if classes and all(_plain(each.label) in place for each in seen):
        right = [[each.answers[i] == place[_plain(each.label)] for each in seen] for i in (0, 1)]
        return _counted("head", *right)
    counts = Counter(each.label for each in seen)
    seen = [each for each in seen if counts[each.label] > 1]
    names = sorted({each.label for each in seen})
    if len(names) < 2:
        return None
    alone = tuple(sorted(counts.keys() - set(names)))
    labels = torch.tensor([names.index(each.label) for each in seen])
    right = [_by_neighbours(torch.stack([each.features[i] for each in seen]), labels) for i in (0, 1)]
    return replace(_counted("neighbours", *right), alone=alone)


def _by_neighbours(features: Tensor, labels: Tensor) -> list[bool]:
    others = [torch.arange(len(labels)) != own for own in range(len(labels))]
    k = min(NEIGHBOURS, len(labels) - 1)
    return [
        bool(nearest(features[rest], labels[rest], features[own : own + 1], k)[0] == labels[own])
        for own, rest in enumerate(others)
    ]


def _counted(by: str, plain: Sequence[bool], merged: Sequence[bool]) -> Verdict:
    pairs = list(zip(plain, merged, strict=True))
    return Verdict(len(pairs), by, sum(plain), sum(merged), pairs.count((True, False)), pairs.count((False, True)))


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").lower().split())
