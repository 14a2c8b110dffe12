"""The heavy part of the app, loaded after the first page: torch, timm, the models and the task pool."""

import gc
import os
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from explorer.engine.checkpoints import DiskFull, ModelError, NotOffered, ServerFault
from explorer.engine.models import EMBEDDED, Backbone, load
from explorer.engine.tasks import Tasks
from explorer.locale.language import mark
from explorer.memory.guard import short_of_memory

__all__ = ["Engine", "Loading"]

KEEP = 2
"""Models kept in memory besides the embedded one: the least recently used goes first."""
LOADING = 6
"""Models on their way at once; a name that nobody can have would otherwise cost a thread each."""
COLLECT_SECONDS = 1.0


@dataclass(eq=False)
class Loading:
    """A model being loaded.  ``done`` is set together with ``backbone`` or ``error``."""

    key: str
    note: str = "Importing PyTorch and timm"
    backbone: Backbone | None = None
    error: str = ""
    kind: type[ModelError] = ModelError
    """of the error: the error itself would keep what its frames hold"""
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def final(self) -> bool:
        """Return whether the error would be the same at a second try."""
        return issubclass(self.kind, NotOffered)


class Engine:
    """Loads each model once, in the background, and holds the task pool.  Shared by all sessions."""

    def __init__(self, folder: Path | None = None):
        # OpenMP reads these when torch loads. Unlimited spinning was measured 10 × slower on a shared machine; without
        # any, every small operation wakes a thread, a third of a forward.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        os.environ.setdefault("GOMP_SPINCOUNT", "3000")
        self.folder = folder
        self._loads: OrderedDict[str, Loading] = OrderedDict()
        self._lock = threading.Lock()
        self._modules, self._collected = 0, float("-inf")
        self.tasks = Tasks(set_threads=_set_threads, refusal=short_of_memory)

    def model(self, key: str) -> Loading:
        """Return the model ``key``, loaded, failed or loading; never blocks."""
        with self._lock:
            known, new = self._loads.get(key), False
            if known is None:
                if sum(not load.done.is_set() for load in self._loads.values()) >= LOADING:
                    # Begun when it is asked for again.
                    return Loading(key, mark("waiting until other models are loaded"))
                known, new = Loading(key), True
                self._loads[key] = known
            self._loads.move_to_end(key)
            old = [k for k, load in self._loads.items() if load.done.is_set() and k not in (EMBEDDED, key)]
            for k in old[: max(0, len(old) - KEEP)]:
                del self._loads[k]
            if new:  # after the evictions: it may need their memory
                threading.Thread(target=self._load, args=(known,), name=f"load-{key}", daemon=True).start()
            return known

    def again(self, key: str) -> Loading:
        """Return the same, begun anew if it failed for a state of the server."""
        if (known := self.known(key)) and issubclass(known.kind, ServerFault):
            self.forget(key)
        return self.model(key)

    def known(self, key: str) -> Loading | None:
        """Return the model ``key`` if it has been requested; loads nothing."""
        return self._loads.get(key)

    def forget(self, key: str) -> None:
        """Let the next request retry a failed model."""
        with self._lock:
            if (known := self._loads.get(key)) and known.error:
                del self._loads[key]

    @property
    def started(self) -> bool:
        """Return whether any model has been requested."""
        return bool(self._loads)

    def settle(self) -> None:
        """Run after each page: freeze newly imported modules, else collect garbage at most once a second.

        Streamlit's own collection after every rerun is off.  Nothing else runs meanwhile, and under thirty sessions
        it took 22 ms, forty times a second while four readers drag.
        """
        if self.started and len(sys.modules) != self._modules and all(load.done.is_set() for load in self._all()):
            self._freeze()
        elif time.monotonic() - self._collected > COLLECT_SECONDS:
            self._collected = time.monotonic()
            gc.collect()

    def _all(self) -> list[Loading]:
        with self._lock:
            return list(self._loads.values())

    def _freeze(self) -> None:
        # A collection scans every object and stops all threads: 60 ms without freezing. Unfreeze first, because an
        # evicted model may be part of a reference cycle.
        self._modules = len(sys.modules)
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def _load(self, loading: Loading) -> None:
        try:
            backbone = load(loading.key, self.folder, lambda note: setattr(loading, "note", note))
            if isinstance(backbone, Backbone):
                _warm_up(backbone)
            loading.backbone = backbone
        except ModelError as error:
            loading.error, loading.kind = str(error), type(error)
        except OSError:  # PyTorch needs a temporary folder
            why = "The model could not be loaded: this server's disk is full, or cannot be read or written."
            loading.error, loading.kind = why, DiskFull
        except Exception as error:  # noqa: BLE001 — lost in the thread, it would leave the page waiting for ever
            why = f"The model could not be loaded ({type(error).__name__})."
            loading.error = why
        self._freeze()
        loading.done.set()


def _warm_up(backbone: Backbone) -> None:
    """Run one forward on grey, so that readers do not see the time of the first call."""
    import torch

    import tome

    side = 16 * backbone.patch if backbone.any_shape else backbone.side  # a larger input would only cost memory
    with torch.inference_mode():
        tome.trace(backbone.model, torch.zeros(1, 3, side, side), tome.MergeConfig(r=8))


def _set_threads(count: int) -> None:
    import torch

    if torch.get_num_threads() != count:
        torch.set_num_threads(count)
