"""Base classes of the hosts for models without prefix tokens."""

from typing import Any

from torch import Tensor

from tome.hosts.protocol import Host

__all__ = ["GridAlone", "PatchesAlone"]


class PatchesAlone(Host):
    """Patches without a class token; the head reads all of them."""

    def prefix(self, model: Any) -> int:
        return 0

    def class_token(self, model: Any) -> bool:
        return False

    def pooled(self, model: Any) -> bool:
        return True


class GridAlone(PatchesAlone):
    """Patches read as a full grid by the model's own forward."""

    def takes_dropped(self, model: Any) -> bool:
        return False

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return x

    def head(self, model: Any, x: Tensor) -> None:
        return None
