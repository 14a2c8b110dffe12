"""A hue for every region, as in viewer/colour.js: a region keeps its hue while it grows."""

from collections.abc import Sequence

import numpy as np

__all__ = ["HUES", "SIZE_STOPS", "TEXT_HUES", "ramp", "region_hues", "size_colours"]

HUES = np.array(
    [(230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167)],
    np.uint8,
)
"""Okabe and Ito's palette without its black"""
TEXT_HUES = np.array(
    [*HUES, (0, 30, 180), (120, 0, 15), (0, 255, 150), (105, 0, 90), (180, 240, 255), (0, 120, 255), (150, 105, 45),
     (165, 180, 75), (30, 90, 60), (0, 60, 150), (195, 0, 0), (0, 0, 255), (135, 255, 210), (0, 75, 255),
     (120, 150, 255), (90, 180, 105), (180, 255, 120)],
    np.uint8,
)  # fmt: skip
"""The same and seventeen more, for texts"""
SIZE_STOPS = np.array(
    [(0, 34, 78), (18, 53, 112), (59, 73, 108), (87, 93, 109), (112, 113, 115), (138, 134, 120), (165, 156, 116),
     (195, 179, 105), (225, 204, 85), (254, 232, 56)],
    float,
)  # fmt: skip
"""cividis"""


def _clash() -> np.ndarray:
    far = np.linalg.norm(TEXT_HUES[:, None].astype(float) - TEXT_HUES[None].astype(float), axis=2)
    clash = np.exp(-far / 60)
    np.fill_diagonal(clash, 100)
    return clash


CLASH = _clash()
"""how easily two adjacent hues are confused"""
ANYWHERE = 0.25
"""edges of a border that count as much as being in the text at all"""
UNSEEN = 0.01
"""the same for the hue that a grey word will have"""


def region_hues(labels: Sequence[np.ndarray], text: bool = False) -> list[np.ndarray]:
    """Return the hue of each token for every layer: int [tokens].

    ``labels`` hold the token of every cell, int [rows, columns], −1 for dropped ones.  Hues are assigned from the last
    layer backwards, so that regions with different hues there differ in all layers.  The single words of a ``text``,
    which are grey, take none (−1).
    """
    found: list[np.ndarray] = []
    after: np.ndarray | None = None
    for layer in reversed(labels):
        sizes = np.bincount(layer[layer >= 0])
        hues = _inherited(layer, sizes, after, found[-1] if found else None)
        near = _neighbours(layer, len(sizes))
        count = len(TEXT_HUES if text else HUES)
        clash, cover = CLASH[:count, :count], np.zeros(count)
        np.add.at(cover, hues[hues >= 0], sizes[hues >= 0])
        seen = (sizes > 1) | (not text)
        decided = hues >= 0
        elsewhere = text * clash[:, hues[decided]] @ np.where(seen, ANYWHERE, UNSEEN)[decided]
        undecided = np.flatnonzero(~decided & seen)
        for token in sorted(undecided, key=lambda token: -sizes[token]):
            hue = hues[token] = _freest(np.where(seen, hues, -1), near[token], cover, elsewhere)
            cover[hue] += sizes[token]
            elsewhere += ANYWHERE * text * clash[:, hue]
        found.append(hues)
        after = layer
    return found[::-1]


def _inherited(layer: np.ndarray, sizes: np.ndarray, after: np.ndarray | None, hues: np.ndarray | None) -> np.ndarray:
    """Give the largest piece of each region its hue; the others are undecided: −1."""
    own = np.full(len(sizes), -1)
    if after is None or hues is None:
        return own
    token_of = np.full(len(sizes), -1)
    kept = layer >= 0
    token_of[layer[kept]] = after[kept]
    heirs: dict[int, int] = {}
    for piece, token in enumerate(token_of.tolist()):
        if token >= 0 and (token not in heirs or sizes[piece] > sizes[heirs[token]]):
            heirs[token] = piece
    for token, piece in heirs.items():
        own[piece] = hues[token]
    return own


def _neighbours(layer: np.ndarray, count: int) -> list[dict[int, int]]:
    near: list[dict[int, int]] = [{} for _ in range(count)]
    rows, cols = layer.shape
    cells = layer.tolist()

    def meet(a: int, b: int) -> None:
        if a == b or a < 0 or b < 0:
            return
        near[a][b] = near[a].get(b, 0) + 1
        near[b][a] = near[b].get(a, 0) + 1

    for y in range(rows):
        for x in range(cols):
            if x + 1 < cols:
                meet(cells[y][x], cells[y][x + 1])
            if y + 1 < rows:
                meet(cells[y][x], cells[y + 1][x])
    return near


def _freest(hues: np.ndarray, near: dict[int, int], cover: np.ndarray, elsewhere: np.ndarray) -> int:
    """Return the least clashing hue; among equals, the one with the fewest patches so far."""
    cost = elsewhere.copy()
    for other, edges in near.items():
        if hues[other] >= 0:
            cost += edges * CLASH[: len(cost), hues[other]]
    return min(range(len(cost)), key=lambda hue: (cost[hue], cover[hue], hue))


def size_colours(sizes: np.ndarray, largest: int) -> np.ndarray:
    """Return a colour for each size, uint8 [n, 3], on a logarithmic scale from one patch to ``largest``."""
    share = np.log(np.maximum(sizes, 1)) / np.log(largest) if largest > 1 else np.zeros(len(sizes))
    return ramp(share)


def ramp(share: np.ndarray) -> np.ndarray:
    """Return the colour at each share from 0 to 1 of the ramp from dark blue to yellow, uint8 [n, 3]."""
    place = share * (len(SIZE_STOPS) - 1)
    low = np.minimum(np.floor(place).astype(int), len(SIZE_STOPS) - 2)
    part = (place - low)[:, None]
    return np.floor(SIZE_STOPS[low] + part * (SIZE_STOPS[low + 1] - SIZE_STOPS[low]) + 0.5).astype(np.uint8)
