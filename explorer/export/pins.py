"""The pinned patch in each panel of a figure."""

from collections.abc import Sequence

from explorer.export.query import FigureQuery
from explorer.records.schema import Record

__all__ = ["pins_of"]


def pins_of(query: FigureQuery, told: Sequence[Record]) -> list[int | None]:
    """Return the pinned patch of each record: of two photos, in one of them; under two models, at the same place."""
    pin = query.pinned
    if pin is None or not query.pair:
        return [pin] * len(told)
    if query.beside_model is None:
        return [None, pin] if query.pinned_beside else [pin, None]
    return [pin, _at(pin, told[0].grid, told[1].grid)]


def _at(patch: int, grid: tuple[int, int], other: tuple[int, int]) -> int:
    """Return the patch of ``other`` in which the middle of ``patch`` lies."""
    row, col = divmod(patch, grid[1])
    y, x = (row + 0.5) / grid[0], (col + 0.5) / grid[1]
    return int(y * other[0]) * other[1] + int(x * other[1])
