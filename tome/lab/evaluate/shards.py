"""One evaluation over several processes, as torchrun starts them."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch.distributed as dist

__all__ = ["Shards", "joined"]

Part = TypeVar("Part")


@dataclass(frozen=True)
class Shards:
    """The rank of this process among ``world``; a single process by default."""

    rank: int = 0
    world: int = 1
    local: int = 0
    """place among the processes of this machine: the number of its GPU"""

    def mine(self, batches: Sequence[Part]) -> Sequence[Part]:
        """Return every ``world``-th batch: whole batches, so results equal those of one process."""
        return batches[self.rank :: self.world]

    def gather(self, parts: list[Part]) -> list[Part]:
        """Return the parts of all processes in the order of their batches, on rank 0; elsewhere an empty list."""
        if self.world == 1:
            return parts
        everyone: list[list[Part]] | None = [[] for _ in range(self.world)] if self.rank == 0 else None
        dist.gather_object(parts, everyone)
        if everyone is None:
            return []
        return [everyone[i % self.world][i // self.world] for i in range(sum(map(len, everyone)))]

    def share(self, answer: Part) -> Part:
        """Return rank 0's value on every rank."""
        if self.world == 1:
            return answer
        box = [answer]
        dist.broadcast_object_list(box)
        return box[0]


@contextmanager
def joined() -> Iterator[Shards]:
    """Join the process group of torchrun; a single process without it.

    Exchanges are small and on the CPU, so they use gloo on every device.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Shards()
        return
    dist.init_process_group("gloo")
    try:
        yield Shards(dist.get_rank(), dist.get_world_size(), int(os.environ.get("LOCAL_RANK", "0")))
    finally:
        dist.destroy_process_group()
