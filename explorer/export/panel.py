"""One picture of a record as marks: the photo, its regions and their borders, as the viewer's paint.js draws them."""

from dataclasses import dataclass, replace

import numpy as np

from explorer.export.drawing import BLANK, Line, Mark, Photo, Regions, Shape
from explorer.export.lettering import lettering
from explorer.export.outline import between, loops, runs
from explorer.export.tiles import DIMMED, Fill, Story

__all__ = ["Look", "height_of", "panel"]

DARK, LIGHT, GREY = (0, 0, 0), (255, 255, 255), (128, 128, 128)
FINE, SEAM = (GREY, 0.4), (LIGHT, 0.55)
"""between patches, and between words, which all stand on one grey"""
ACCENT = (11, 99, 148)
HOLE = (24, 26, 30)
ARROW = (255, 200, 40)
VEIL = 0.72
"""opacity over the part outside the model's view"""
SHADE = 0.5
"""opacity over everything but a pinned token"""
FINEST = 2
"""width of a patch below which borders would cover all of it"""


@dataclass(frozen=True)
class Look:
    """How a layer is drawn."""

    layer: int
    fill: Fill = "mean"
    """of a text, whose colours are those of places, mean is drawn as region"""
    arrows: bool = False
    pinned: int | None = None
    """patch whose token is outlined; see Figure.pins for several panels"""
    reference: int | None = None
    """panel from which the fill difference is"""


def height_of(story: Story, width: float) -> float:
    """Return the height of a picture of this width."""
    return width * story.record.picture.height / story.record.picture.width


@dataclass(frozen=True, eq=False)
class _Grid:
    """Where the cells of one frame lie."""

    story: Story
    frame: int
    x: float
    y: float
    width: float
    height: float

    def labels(self, layer: int) -> np.ndarray:
        rows, _ = self.story.record.grid
        return self.story.labels[layer][self.frame * rows : (self.frame + 1) * rows]

    @property
    def held(self) -> np.ndarray:
        rows, _ = self.story.record.grid
        return self.story.held[self.frame * rows : (self.frame + 1) * rows]

    @property
    def patch(self) -> float:
        rows, cols = self.story.record.grid
        return min(self.width / cols, self.height / rows)

    @property
    def unit(self) -> float:
        return min(max(self.patch / 26, 0.5), 3)

    def place(self, pieces: np.ndarray) -> np.ndarray:
        """Convert pieces from cells to paper coordinates."""
        rows, cols = self.story.record.grid
        scale = np.array([self.width / cols, self.height / rows] * 2)
        return pieces * scale + np.array([self.x, self.y] * 2)

    def within(self, pieces: np.ndarray, inset: float) -> np.ndarray:
        """Clip pieces ``inset`` inside the grid, so that their square ends stay within it."""
        low = np.array([self.x + inset, self.y + inset] * 2)
        high = np.array([self.x + self.width - inset, self.y + self.height - inset] * 2)
        return np.clip(pieces, low, high)


def panel(story: Story, look: Look, x: float, y: float, width: float, frame: int = 0) -> list[Mark]:
    """Return the marks of ``story`` after a layer, its picture ``width`` wide at ``x``, ``y``."""
    picture, view = story.record.picture, story.record.view
    scale, height = width / picture.width, height_of(story, width)
    grid = _Grid(story, frame, x + view.x * scale, y + view.y * scale, view.width * scale, view.height * scale)
    marks: list[Mark] = [_blank(grid)] if story.words else [Photo(x, y, width, height, story.pictures[frame])]
    if (view.width, view.height) != (picture.width, picture.height):
        marks.append(Shape((_box(x, y, width, height), _box(grid.x, grid.y, grid.width, grid.height)), LIGHT, VEIL))
    labels = grid.labels(look.layer)
    colours = story.colours(look.layer, look.fill)
    if story.heat:
        row = story.heat.layers[look.layer]
        marks += [_patches(grid, row.pixels)] if row else []
    elif look.fill == "difference":
        marks.append(_patches(grid, story.shades(look.layer)))
    else:
        marks.append(Regions(grid.x, grid.y, grid.width, grid.height, labels, colours))
    marks += _holes(grid, labels)
    marks += lettering(story.words, labels, colours, grid.place)
    marks += _borders(grid, labels, story.sizes(look.layer))
    pinned = story.heat.outlined(look.layer) if story.heat else look.pinned
    if pinned is not None:
        dim = story.drawn(look.fill) in DIMMED and not story.heat
        marks += _pinned(grid, look.layer, pinned, dim)
    if look.arrows and look.layer > 0:
        marks += _arrows(grid, look.layer)
    return marks


def _box(x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def _blank(grid: _Grid) -> Mark:
    """Return what is under the words."""
    return Shape([grid.place(np.tile(loop, 2))[:, :2].tolist() for loop in loops(grid.held)], BLANK)


def _patches(grid: _Grid, colours: np.ndarray) -> Mark:
    places = np.arange(len(colours)).reshape(grid.story.record.grid)
    return Regions(grid.x, grid.y, grid.width, grid.height, places, colours, "patch")


def _holes(grid: _Grid, labels: np.ndarray) -> list[Mark]:
    """Draw dropped patches: dark, hatched."""
    gone = (labels < 0) & grid.held
    if not gone.any():
        return []
    dark = np.array([[*HOLE, 255]], np.uint8)
    rows, cols = np.nonzero(gone)
    strokes = [
        (cols + a, rows + b, cols + c, rows + d) for a, b, c, d in ((0, 0.5, 0.5, 0), (0, 1, 1, 0), (0.5, 1, 1, 0.5))
    ]
    pieces = np.concatenate([np.stack(each, 1) for each in strokes]).astype(float)
    return [
        Regions(grid.x, grid.y, grid.width, grid.height, np.where(gone, 0, -1), dark),
        Line(grid.place(pieces), LIGHT, grid.unit, 0.5),
    ]


def _borders(grid: _Grid, labels: np.ndarray, sizes: np.ndarray) -> list[Mark]:
    if grid.patch < FINEST:
        return []
    single = np.append(sizes, 0)[labels] == 1  # −1, a dropped patch, picks the appended 0
    upright, level = between(labels)
    fine_upright, fine_level = upright.copy(), level.copy()
    fine_upright[:, 1:-1] &= single[:, :-1] & single[:, 1:]
    fine_level[1:-1] &= single[:-1] & single[1:]
    strong = grid.place(runs(upright & ~fine_upright, level & ~fine_level))
    fine = grid.place(runs(fine_upright, fine_level))
    colour, opacity = SEAM if grid.story.words else FINE
    lines = [Line(fine, colour, 1, opacity), *_twice(strong, 1.1 * grid.unit, min(1.0, grid.patch / 14))]
    return [replace(line, pieces=grid.within(line.pieces, line.width / 2)) for line in lines]


def _twice(
    pieces: np.ndarray, width: float, opacity: float = 1.0, accent: tuple[int, int, int] | None = None
) -> list[Mark]:
    """Draw light on dark, so that the line is visible on any picture."""
    inner = 2 * round((width - 1) / 2) + 1
    marks: list[Mark] = [
        Line(pieces, DARK, inner + 2 * max(1, round(0.3 * width)), 0.72 * opacity),
        Line(pieces, LIGHT, inner, 0.95 * opacity),
    ]
    return marks if accent is None else [*marks, Line(pieces, accent, max(1, inner - 2))]


def _pinned(grid: _Grid, layer: int, patch: int, dim: bool) -> list[Mark]:
    """Outline the token of ``patch``; ``dim`` everything else, as the viewer does where colours are strong."""
    token = grid.story.labels[layer].reshape(-1)[patch]
    if token < 0:
        return []
    inside = grid.labels(layer) == token
    shade = np.array([[*DARK, round(255 * SHADE)]], np.uint8)
    box = (grid.x, grid.y, grid.width, grid.height)
    marks: list[Mark] = [Regions(*box, np.where(inside, -1, 0), shade, "shade")] if dim else []
    if not inside.any():  # of a clip: it is in another frame
        return marks
    around = runs(*between(np.pad(inside, 1))) - 1  # padded, to include the grid's border
    return [*marks, *_twice(grid.place(around), 4 * grid.unit, accent=ACCENT)]


def _arrows(grid: _Grid, layer: int) -> list[Mark]:
    """Draw an arrow from each merged token's middle to its destination's."""
    record = grid.story.record.layers[layer]
    middles = _middles(grid.labels(layer - 1))
    edges = zip(record.source, record.destination, strict=True)
    pairs = [(*middles[a], *middles[b]) for a, b in edges if a in middles and b in middles]
    if not pairs:
        return []
    ends = grid.place(np.array(pairs, float))
    pieces = np.concatenate([ends, *_heads(ends, grid.patch)])
    return [Line(pieces, DARK, 2 + 2.2 * grid.unit, 0.72), Line(pieces, ARROW, 2.2 * grid.unit)]


def _heads(ends: np.ndarray, patch: float) -> list[np.ndarray]:
    dx, dy = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    angle, length = np.arctan2(dy, dx), np.minimum(0.45 * patch, 0.5 * np.hypot(dx, dy))
    return [
        np.stack([ends[:, 2], ends[:, 3], ends[:, 2] - length * np.cos(turn), ends[:, 3] - length * np.sin(turn)], 1)
        for turn in (angle - 0.45, angle + 0.45)
    ]


def _middles(labels: np.ndarray) -> dict[int, tuple[float, float]]:
    """Return for each token the centre of its patch nearest to its centroid."""
    found = {}
    for token in np.unique(labels[labels >= 0]).tolist():
        cells = np.argwhere(labels == token)
        y, x = cells[((cells - cells.mean(0)) ** 2).sum(1).argmin()] + 0.5
        found[token] = (float(x), float(y))
    return found
