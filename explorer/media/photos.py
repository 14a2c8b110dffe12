"""Photos by name: samples, and uploads of open sessions."""

from functools import cache
from weakref import WeakValueDictionary

from explorer.media.images import BadImage, Picture, load, sample_pictures
from explorer.memory.guard import Busy

__all__ = ["hold", "own", "sample", "samples"]

_own: WeakValueDictionary[str, Picture] = WeakValueDictionary()


@cache
def samples() -> dict[str, bytes]:
    """Return the files of the sample photos by name, the dog first."""
    return {name: path.read_bytes() for name, path in sample_pictures()}


@cache
def sample(name: str) -> Picture:
    """Return a sample photo.  Raises KeyError for an unknown name, and Busy where the server lacks memory for it."""
    content = samples()[name]
    try:
        return load(content, name)
    except BadImage:  # no sample is bad
        raise Busy("The server is short of memory. Please try again in a few minutes.") from None


def hold(picture: Picture) -> None:
    """Let ``own`` find ``picture`` for as long as its session keeps it."""
    _own[picture.digest] = picture


def own(digest: str) -> Picture:
    """Return an uploaded photo by the digest of its file.  Raises KeyError when no open session holds it."""
    return _own[digest]
