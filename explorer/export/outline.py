"""Borders on a grid: the runs between cells, and the loops around a region."""

from collections import defaultdict

import numpy as np

__all__ = ["between", "loops", "runs"]

Point = tuple[int, int]


def runs(upright: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return the straight runs of edges as float [n, 4]: x0, y0, x1, y1 in cells.

    ``upright`` is bool [rows, columns + 1], the edges left and right of the cells; ``level`` [rows + 1, columns], those
    above and below.
    """
    found = [(x, start, x, end) for x, start, end in _stretches(upright.T)]
    found += [(start, y, end, y) for y, start, end in _stretches(level)]
    return np.array(found, float).reshape(-1, 4)


def _stretches(lines: np.ndarray) -> list[tuple[int, int, int]]:
    """Return line, start and end of every stretch of true values."""
    steps = np.diff(np.pad(lines.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    starts, ends = np.argwhere(steps == 1), np.argwhere(steps == -1)
    return [(int(line), int(start), int(end)) for (line, start), (_, end) in zip(starts, ends, strict=True)]


def between(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges between cells of different labels, in the format of ``runs``, without the grid's own border."""
    rows, cols = labels.shape
    upright, level = np.zeros((rows, cols + 1), bool), np.zeros((rows + 1, cols), bool)
    upright[:, 1:-1] = labels[:, :-1] != labels[:, 1:]
    level[1:-1] = labels[:-1] != labels[1:]
    return upright, level


def loops(inside: np.ndarray) -> list[list[Point]]:
    """Return the closed loops around the cells that are ``inside``, bool [rows, columns]: corners only, in cells."""
    follows: dict[Point, list[Point]] = defaultdict(list)
    padded = np.pad(inside, 1)
    for y, x in np.argwhere(inside).tolist():
        above, below = padded[y, x + 1], padded[y + 2, x + 1]
        left, right = padded[y + 1, x], padded[y + 1, x + 2]
        if not above:
            follows[x, y].append((x + 1, y))
        if not right:
            follows[x + 1, y].append((x + 1, y + 1))
        if not below:
            follows[x + 1, y + 1].append((x, y + 1))
        if not left:
            follows[x, y + 1].append((x, y))
    found = []
    while follows:
        start = at = next(iter(follows))
        loop = []
        while True:
            ends = follows[at]
            to = ends.pop()
            if not ends:
                del follows[at]
            loop.append(at)
            at = to
            if at == start:
                break
        found.append(_corners(loop))
    return found


def _corners(loop: list[Point]) -> list[Point]:
    """Drop the points on straight stretches of a loop."""
    around = zip(loop[-1:] + loop[:-1], loop, loop[1:] + loop[:1], strict=True)
    return [
        here
        for before, here, after in around
        if (here[0] - before[0], here[1] - before[1]) != (after[0] - here[0], after[1] - here[1])
    ]
