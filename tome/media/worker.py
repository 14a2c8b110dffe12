"""Decode in a separate process, so that a hostile file is bounded by its limits and can harm only that process."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from math import prod
from pathlib import Path
from stat import S_ISREG
from typing import IO, Any, cast

import numpy as np

from tome.media.kinds import BadMedia, Limits

__all__ = ["Worker"]

COMMAND = (sys.executable, "-P", "-m", "tome.media.serve")
ANSWER = 100_000  # bytes of the line before the numbers
TOO_LONG = "The file takes too long to decode: cut it or make it smaller first."
DIED = "The file cannot be decoded: it crashed the decoder."


class Worker:
    """A decoding process for one file at a time, restarted if it dies.  Close it, or use ``with``.

    Threads may share it; they wait for each other.  Raises ImportError if PyAV is missing.
    """

    def __init__(self, limits: Limits | None = None, command: tuple[str, ...] = COMMAND) -> None:
        if importlib.util.find_spec("av") is None:
            raise ImportError("decoding clips and sounds needs PyAV: pip install 'tome-explorer[video]'")
        self.limits = limits or Limits()
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._end()

    def decode(
        self, kind: str, source: bytes | Path, dtype: type, choices: dict[str, Any]
    ) -> tuple[dict[str, Any], np.ndarray]:
        """Return the fields and the array of the ``kind``, "clip" or "sound", in ``source``, or raise BadMedia."""
        request = {"kind": kind, "choices": choices} | self._where(source)
        content = source if isinstance(source, bytes) else b""
        with self._turn:
            fields, body = self._ask(json.dumps(request).encode() + b"\n", content, np.dtype(dtype).itemsize)
        if "refused" in fields:
            raise BadMedia(fields["refused"])
        return fields, np.frombuffer(body, dtype).reshape(fields.pop("shape"))

    def _where(self, source: bytes | Path) -> dict[str, Any]:
        if isinstance(source, bytes):
            size: int = len(source)
            where: dict[str, Any] = {"size": size}
        else:
            status = source.stat()
            if not S_ISREG(status.st_mode):
                raise BadMedia("The path is not a file: choose a clip or a sound.")
            size, where = status.st_size, {"path": str(source.absolute())}
        if size > self.limits.content:
            raise BadMedia(
                f"The file is larger than {self.limits.content // 2**20} MB: cut it or save it smaller first."
            )
        return where

    def _ask(self, request: bytes, content: bytes, item: int) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for its answer, up to the time limit."""
        process = self._started()
        expired = threading.Event()

        def end() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(self.limits.wall_seconds, end)
        timer.daemon = True
        timer.start()
        answered = False
        try:
            _pipe(process.stdin).write(request)
            _pipe(process.stdin).write(content)
            _pipe(process.stdin).flush()
            answer = self._answer(process, item)
            answered = True
            return answer
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)  # a process that is ending has an exit code, unless it is killed first
            died_of = self._end()
            slow = expired.is_set() or died_of == -getattr(signal, "SIGXCPU", 0)
            raise BadMedia(TOO_LONG if slow else DIED) from None
        finally:
            timer.cancel()
            if not answered:  # an interrupt on the way: the next caller must not get this answer
                self._end()

    def _answer(self, process: subprocess.Popen[bytes], item: int) -> tuple[dict[str, Any], bytes]:
        line = _pipe(process.stdout).readline(ANSWER)
        if not line.endswith(b"\n"):
            raise EOFError
        fields = json.loads(line)
        if "refused" in fields:
            return fields, b""
        size = prod(fields["shape"]) * item
        if not 0 <= size <= self.limits.output:
            raise EOFError
        body = _pipe(process.stdout).read(size)
        if len(body) != size:
            raise EOFError
        return fields, body

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            root = str(Path(__file__).parents[2])
            path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
            environment = os.environ | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                self._command, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
            )
            _pipe(self._process.stdin).write(json.dumps(asdict(self.limits)).encode() + b"\n")
        return self._process

    def _end(self) -> int | None:
        """End the process, if any, and return its exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        died_of = process.poll()
        process.kill()
        died_of = process.wait() if died_of is None else died_of
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # the unsent rest
                _pipe(pipe).close()
        return died_of


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    return cast("IO[bytes]", end)  # both were asked for
