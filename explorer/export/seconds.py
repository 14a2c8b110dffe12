"""Below the spectrogram of a sound: its seconds, and where the sound has ended, as the viewer's seconds.js marks them."""

import numpy as np

from explorer.export.drawing import Line, Mark, Words
from explorer.export.legend import FAINT
from explorer.export.words import width_of
from explorer.records.schema import Record

__all__ = ["seconds_of"]

STEPS = (0.5, 1, 2, 5, 10)
APART = 50
"""of marks, at least"""
TICK, ROOM = 5, 3
"""length of a mark, and the room between it and its number"""


def seconds_of(record: Record, x: float, top: float, width: float, size: float) -> list[Mark]:
    """Return marks below a spectrogram that ends at ``top``; none without a sound."""
    whole, heard = _lengths(record)
    if not whole:
        return []
    base, right, end = top + 1.2 * size, x + width, x + width * min(1, heard / whole)
    silence = Words(end + ROOM, base, f"silence from {heard:.1f} s", size, colour=FAINT)
    ended = end < right - 0.005 * width
    said = [silence] if ended and _end(silence) <= right else []
    step = next((each for each in STEPS if width * each / whole >= APART), whole)
    at = [number * step for number in range(int(whole / step + 1e-6) + 1)]
    ticks = [x + width * second / whole for second in at]
    texts = [f"{second:g}{' s' if second == at[-1] else ''}" for second in at]
    numbers = [_number(text, tick, right, base, size) for text, tick in zip(texts, ticks, strict=True)]
    free = [each for each in numbers if not said or each.x > _end(silence) + ROOM or _end(each) < silence.x - ROOM]
    pieces = np.array([(tick, top, tick, top + TICK) for tick in [*ticks, *[end] * ended]], float)
    return [Line(pieces, FAINT, 1), *free, *said]


def _lengths(record: Record) -> tuple[float, float]:
    """Return how many seconds the picture of ``record`` shows, and the sound's own; zeros without a sound."""
    if record.sound:
        return record.sound.step * record.grid[1], record.sound.seconds
    return (record.heard.width, record.heard.seconds) if record.heard else (0.0, 0.0)


def _number(text: str, at: float, right: float, base: float, size: float) -> Words:
    """Return ``text`` to the right of its mark, or to its left at the picture's end."""
    long = width_of(text, size)
    return Words(at + ROOM if at + ROOM + long <= right else at - ROOM - long, base, text, size, colour=FAINT)


def _end(words: Words) -> float:
    return words.x + width_of(words.text, words.size)
