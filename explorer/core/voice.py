"""The model for sounds, as the engine holds it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.core.checkpoints import ModelError

if TYPE_CHECKING:
    from tome.speech.whisper import Speech

__all__ = ["WHISPER", "Voice", "load_voice"]

WHISPER = "whisper"


@dataclass(frozen=True, eq=False)
class Voice:
    """Whisper tiny.en.  Shared by all sessions and never modified."""

    key: str
    label: str
    speech: "Speech"
    weights: str = "package"


def load_voice(progress: Callable[[str], None]) -> Voice:
    """Load Whisper from the optional package, or raise ModelError, which says how to get it."""
    progress("Building Whisper tiny.en")
    try:
        from tome.lab.quiet import quiet
        from tome.speech.whisper import load_whisper

        quiet()
        return Voice(WHISPER, "Whisper tiny.en", load_whisper())
    except ImportError as reason:
        sentence = "Whisper is not installed here: pip install 'tome-explorer[audio]' brings it"
        raise ModelError(f"{sentence} ({reason}).") from reason
