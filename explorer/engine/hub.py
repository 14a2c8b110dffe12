"""Fetch one file of weights from the model hub: from the local cache, or over the network within a time limit."""

import errno
import os
import socket
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from explorer.engine.checkpoints import DiskFull, HubUnreachable, ModelError, ServerFault

__all__ = ["NoSuchFile", "download"]

ANSWER_SECONDS = 2.5
SILENCE_SECONDS = 30
NO_SUCH_FILE = "the model hub has no such file of it"
NO_SUCH_MODEL = "the model hub has no such model, or gives it only after a login"
DISK_FULL = "the disk of this server is full"


class NoSuchFile(ModelError):
    """The hub lacks the model, or this file of it."""


def download(repository: str, filename: str, progress: Callable[[str], None], name: str = "") -> Path:
    """Return the local path of ``filename`` in ``repository``, downloaded if it is not in the cache.

    ``progress`` receives messages; ``name`` is the model's for the reader, if it is not the repository's.  Raises
    NoSuchFile, DiskFull, and HubUnreachable within about 3 s without a network, and after SILENCE_SECONDS without data:
    the client's own retries were measured at 49 s, and at 240 s without an end.
    """
    try:
        return _cached_or_fetched(repository, filename, progress)
    except (NoSuchFile, ServerFault) as reason:
        why = f"{name or repository} was not loaded: {reason}."
        raise type(reason)(why) from reason


def _cached_or_fetched(repository: str, filename: str, progress: Callable[[str], None]) -> Path:
    from huggingface_hub import _CACHED_NO_EXIST, try_to_load_from_cache

    cached = try_to_load_from_cache(repository, filename)
    if cached is _CACHED_NO_EXIST:
        raise NoSuchFile(NO_SUCH_FILE)
    if isinstance(cached, str):
        return Path(cached)
    _Call(lambda heard: _check_reachable()).answer(ANSWER_SECONDS)
    progress("Downloading 0 %")
    return Path(_Call(lambda heard: _fetch(repository, filename, heard)).answer(SILENCE_SECONDS, progress))


class _Call:
    """A call in its own thread, because neither name lookup nor the client has a timeout."""

    def __init__(self, work: Callable[[Callable[[str], None]], object]):
        self._said: SimpleQueue[tuple[str, object]] = SimpleQueue()
        threading.Thread(target=self._run, args=(work,), name="hub", daemon=True).start()

    def _run(self, work: Callable[[Callable[[str], None]], object]) -> None:
        try:
            self._said.put(("answer", work(lambda note: self._said.put(("note", note)))))
        except ServerFault as reason:
            self._said.put(("error", reason))
        except Exception as reason:  # noqa: BLE001 — the client raises almost anything; pass it to the waiting thread
            self._said.put(("error", _why(reason)))

    def answer(self, seconds: float, progress: Callable[[str], None] = lambda note: None) -> object:
        """Return the result of the call.  Raises HubUnreachable after ``seconds`` without progress."""
        while True:
            try:
                kind, what = self._said.get(timeout=seconds)
            except Empty:
                raise HubUnreachable(f"the model hub sent nothing for {seconds:g} seconds") from None
            if kind == "answer":
                return what
            if kind == "error":
                raise what
            progress(what)


def _why(reason: Exception) -> ModelError:
    if isinstance(reason, OSError) and reason.errno == errno.ENOSPC:
        return DiskFull(DISK_FULL)
    kind = type(reason).__name__
    if kind in ("EntryNotFoundError", "RemoteEntryNotFoundError"):
        return NoSuchFile(NO_SUCH_FILE)
    if kind in ("RepositoryNotFoundError", "GatedRepoError"):
        return NoSuchFile(NO_SUCH_MODEL)
    why = f"the model hub answered with an error ({kind})"
    return HubUnreachable(why)


def _fetch(repository: str, filename: str, heard: Callable[[str], None]) -> str:
    from huggingface_hub import hf_hub_download

    return hf_hub_download(repository, filename, etag_timeout=ANSWER_SECONDS, tqdm_class=_reporter(heard))


def _check_reachable() -> None:
    from huggingface_hub import constants

    # The library reads the environment once, on import, so set its constant. Longer than our own limit: a client
    # that times out first retries, in one case for ever.
    constants.HF_HUB_DOWNLOAD_TIMEOUT = 2 * SILENCE_SECONDS
    if constants.HF_HUB_OFFLINE:
        raise HubUnreachable("this app runs offline and the weights are not in its cache")
    target = urlsplit(os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or constants.ENDPOINT)
    address = (target.hostname, target.port or 443)
    try:
        socket.create_connection(address, timeout=ANSWER_SECONDS).close()
    except OSError as reason:
        raise HubUnreachable("the model hub cannot be reached; there seems to be no network") from reason


def _reporter(progress: Callable[[str], None]) -> type:
    from tqdm import tqdm

    class Reporter(tqdm):
        """Report download progress, instead of a bar on the server's terminal."""

        def __init__(self, *args, **options):
            options.pop("name", None)
            super().__init__(*args, **{**options, "disable": False, "file": StringIO()})

        def update(self, n: float | None = 1) -> bool | None:
            if self.total:
                progress(f"Downloading {100 * (self.n + (n or 0)) / self.total:.0f} % of {self.total / 1e6:.0f} MB")
            return super().update(n)

    return Reporter
