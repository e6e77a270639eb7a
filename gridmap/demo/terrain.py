"""A synthetic relief: valleys along the given rivers, ridges between them, a drainage tree over
it all.

Rasters are row-major with row 0 in the south; cell (row, column) is centred at
(west + (column + 0.5) · cell, south + (row + 0.5) · cell), in metres of the Gauss-Krueger zone.
"""

import heapq
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Frame:
    """Where a raster lies: its south-west corner, cell size in metres, and shape."""

    west: float
    south: float
    cell: float
    rows: int
    columns: int

    def centres(self) -> tuple[Floats, Floats]:
        """x and y of every cell, flat."""
        x = self.west + (np.arange(self.columns) + 0.5) * self.cell
        y = self.south + (np.arange(self.rows) + 0.5) * self.cell
        return np.tile(x, self.rows), np.repeat(y, self.columns)

    def index(self, x: Floats, y: Floats) -> Ints:
        """The flat cell index under each point, clipped to the raster."""
        column = np.clip(((x - self.west) / self.cell).astype(np.int64), 0, self.columns - 1)
        row = np.clip(((y - self.south) / self.cell).astype(np.int64), 0, self.rows - 1)
        return row * self.columns + column

    def place(self, index: Ints) -> Floats:
        """(n, 2) centres of flat cell indices."""
        row, column = np.divmod(index, self.columns)
        return np.column_stack(
            [self.west + (column + 0.5) * self.cell, self.south + (row + 0.5) * self.cell]
        )


@dataclass(frozen=True)
class Terrain:
    """Flat rasters: `inside` (cell belongs to the county or its margin), `height` in metres,
    `downstream` (flat index, -1 at outlets), `drained` (cells upstream, itself included),
    `above_water` (height above the stream the cell drains to, metres) and `stream` (cells
    upstream of that stream).
    """

    frame: Frame
    inside: Bools
    height: Floats
    downstream: Ints
    drained: Ints
    above_water: Floats
    stream: Ints


def frame_around(outline: BaseGeometry, cell: float, margin: int) -> Frame:
    """A frame that holds `outline` (metres) and `margin` cells around it."""
    west, south, east, north = outline.bounds
    return Frame(
        west=float(np.floor(west / cell) - margin) * cell,
        south=float(np.floor(south / cell) - margin) * cell,
        cell=cell,
        rows=int(np.ceil((north - south) / cell)) + 2 * margin + 1,
        columns=int(np.ceil((east - west) / cell)) + 2 * margin + 1,
    )


def noise(frame: Frame, rng: np.random.Generator, longest_m: float, roughness: float) -> Floats:
    """A flat raster of fractal noise with mean 0 and deviation 1; `roughness` is the spectral
    exponent.
    """
    fy = np.fft.fftfreq(frame.rows, frame.cell)[:, None]
    fx = np.fft.rfftfreq(frame.columns, frame.cell)[None, :]
    frequency = np.hypot(fx, fy)
    amplitude = np.maximum(frequency, 1.0 / longest_m) ** -roughness
    amplitude[0, 0] = 0.0
    phase = rng.uniform(0.0, 2.0 * np.pi, amplitude.shape)
    field = np.fft.irfft2(amplitude * np.exp(1j * phase), s=(frame.rows, frame.columns))
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float64).ravel()


def shape_terrain(
    outline: Polygon,
    frame: Frame,
    valleys: list[LineString],
    rng: np.random.Generator,
    outlet_m: float,
) -> Terrain:
    """The relief of a county drained by `valleys` (source to mouth, metres; the first is the main
    river).
    """
    x, y = frame.centres()
    points = np.asarray(shapely.points(x, y), dtype=object)
    grown = outline.buffer(2.5 * frame.cell)
    shapely.prepare(grown)
    inside = np.asarray(shapely.contains(grown, points), dtype=bool)
    height = _heights(points, frame, valleys, rng, outlet_m)
    height[~inside] = np.inf
    mouth = shapely.intersection(valleys[0], grown)
    last = shapely.get_parts(mouth)[-1]
    end = np.asarray(last.coords[-1])
    cells = np.flatnonzero(inside)
    outlet = int(cells[np.argmin((x[cells] - end[0]) ** 2 + (y[cells] - end[1]) ** 2)])
    downstream, order = drain(height, inside, frame.columns, [outlet])
    drained = _accumulate(downstream, order)
    above, stream = _above_water(height, downstream, order, drained)
    return Terrain(frame, inside, height, downstream, drained, above, stream)


def _heights(
    points: NDArray[np.object_],
    frame: Frame,
    valleys: list[LineString],
    rng: np.random.Generator,
    outlet_m: float,
) -> Floats:
    bed = np.full(points.size, np.inf)
    reach = np.full(points.size, np.inf)
    main = valleys[0]
    for number, valley in enumerate(valleys):
        marks = np.linspace(0.0, valley.length, max(2, int(valley.length / 40.0)))
        posts = shapely.line_interpolate_point(valley, marks)
        nearest = shapely.STRtree(posts).nearest(points)
        distance = shapely.distance(posts[nearest], points)
        along = marks[nearest]
        base = outlet_m if number == 0 else _height_on(main, valley.coords[-1], outlet_m)
        fall = 0.007 if number == 0 else 0.012
        level = base + (valley.length - along) * fall
        nearer = level + 0.02 * distance < bed + 0.02 * reach
        bed = np.where(nearer, level, bed)
        reach = np.where(nearer, distance, reach)
    broad = noise(frame, rng, 9000.0, 1.9)
    fine = noise(frame, rng, 2500.0, 1.5)
    calm = np.clip(reach / 1800.0, 0.0, 1.0)
    shoulder = 90.0 * (1.0 - np.exp(-reach / 700.0))
    ripple = np.where(reach > 150.0, 5.0 * fine, 0.0)
    return bed + shoulder + 0.021 * reach + calm * (85.0 * broad + 26.0 * fine) + ripple


def _height_on(main: LineString, place: tuple[float, ...], outlet_m: float) -> float:
    along = main.project(shapely.Point(place))
    return outlet_m + (main.length - float(along)) * 0.007


def drain(height: Floats, inside: Bools, columns: int, outlets: list[int]) -> tuple[Ints, Ints]:
    """The cell each cell drains to (-1 at an outlet) and the order in which cells are reached,
    lowest first.

    Like the priority-flood of Barnes, Lehman and Mulla (2014), but hollows are not filled: the
    lowest open cell comes next, so that water leaves a hollow along its own floor and no straight
    lines cross a lake.
    """
    level = height.tolist()
    closed = bytearray((~inside).tobytes())
    downstream = [-1] * len(level)
    order: list[int] = []
    steps = (-1, 1, -columns, columns, -columns - 1, -columns + 1, columns - 1, columns + 1)
    heap = [(level[cell], cell) for cell in outlets]
    for cell in outlets:
        closed[cell] = 1
    heapq.heapify(heap)
    push, pop = heapq.heappush, heapq.heappop
    while heap:
        _, cell = pop(heap)
        order.append(cell)
        for step in steps:
            other = cell + step
            if not closed[other]:
                closed[other] = 1
                downstream[other] = cell
                push(heap, (level[other], other))
    return np.asarray(downstream), np.asarray(order)


def _accumulate(downstream: Ints, order: Ints) -> Ints:
    drained = [1] * downstream.size
    below = downstream.tolist()
    for cell in order[::-1].tolist():
        if below[cell] >= 0:
            drained[below[cell]] += drained[cell]
    return np.asarray(drained)


def _above_water(
    height: Floats, downstream: Ints, order: Ints, drained: Ints
) -> tuple[Floats, Ints]:
    above = [0.0] * height.size
    level, below, upstream = height.tolist(), downstream.tolist(), drained.tolist()
    stream = drained.tolist()
    for cell in order.tolist():
        down = below[cell]
        if down >= 0 and upstream[cell] < STREAM_CELLS:
            above[cell] = max(0.0, above[down] + level[cell] - level[down])
            stream[cell] = stream[down]
    return np.asarray(above), np.asarray(stream)


STREAM_CELLS = 90
"""Cells upstream from which a stream is drawn."""
