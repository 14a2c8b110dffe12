"""The worker process: `python -m tome.media.serve` answers requests on its standard streams until they close.

A request is a line of JSON and, unless it names a path, the bytes of the file.  An answer is a line of JSON and
the bytes of one array.  No pickles: a compromised worker can send nothing but numbers.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np

from tome.media.kinds import BadMedia, Clip, Limits, Sound

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

TOO_MUCH_MEMORY = "The file needs more memory than is allowed: make it smaller first."


def confine(limits: Limits) -> None:
    """Limit the memory of this process and forbid writing files."""
    if resource is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        memory = limits.memory if hard == resource.RLIM_INFINITY else min(limits.memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (memory, hard))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_seconds(limits: Limits) -> None:
    """Limit this process to ``limits.cpu_seconds`` of processor time from now; the system then kills it."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        until = int(used.ru_utime + used.ru_stime) + 1 + limits.cpu_seconds
        resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))


def answer(request: dict[str, Any], file: BinaryIO, limits: Limits) -> tuple[dict[str, Any], np.ndarray | None]:
    """Return the answer to one request: the fields and the array of a Clip or a Sound, or the reason of a refusal."""
    from tome.media.audio import decode_sound
    from tome.media.container import DAMAGED
    from tome.media.video import decode_clip

    kinds: dict[str, Callable[..., Clip | Sound]] = {"clip": decode_clip, "sound": decode_sound}
    decode = kinds[request["kind"]]
    try:
        result = decode(file, limits, **request["choices"])
    except BadMedia as error:
        return {"refused": str(error)}, None
    except MemoryError:
        return {"refused": TOO_MUCH_MEMORY}, None
    except Exception:  # noqa: BLE001 - on bad bytes a decoder raises nearly anything
        return {"refused": DAMAGED}, None
    fields = asdict(result)
    array = np.ascontiguousarray(fields.pop("frames" if isinstance(result, Clip) else "waveform"))
    return fields | {"shape": array.shape}, array


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until ``source`` ends."""
    import av  # before the limits: libraries take address space

    av.logging.set_level(None)
    limits = Limits(**json.loads(source.readline()))
    confine(limits)
    while line := source.readline():
        request = json.loads(line)
        allow_seconds(limits)
        if path := request.get("path"):
            with open(path, "rb") as file:
                fields, array = answer(request, file, limits)
        else:
            fields, array = answer(request, BytesIO(source.read(request["size"])), limits)
        sink.write(json.dumps(fields).encode() + b"\n")
        if array is not None:
            sink.write(array.data)
        sink.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
