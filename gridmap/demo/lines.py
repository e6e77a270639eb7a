"""Lines that look drawn by hand: from raster paths and raster borders to smooth curves."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from gridmap.demo.terrain import Frame

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def curve_through(bends: Floats, step: float) -> LineString:
    """A Catmull-Rom curve through (n, 2) `bends` with a vertex about every `step` metres."""
    padded = np.vstack([2 * bends[0] - bends[1], bends, 2 * bends[-1] - bends[-2]])
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        t = np.linspace(0.0, 1.0, max(2, int(np.hypot(*(c - b)) / step)), endpoint=False)[:, None]
        pieces.append(
            0.5
            * (
                2 * b
                + (c - a) * t
                + (2 * a - 5 * b + 4 * c - d) * t**2
                + (3 * b - a - 3 * c + d) * t**3
            )
        )
    return LineString(np.vstack([*pieces, bends[-1:]]))


def meander(
    line: LineString,
    rng: np.random.Generator,
    swing_m: float,
    wave_m: float,
    still: tuple[Floats, float] | None = None,
) -> LineString:
    """`line` swung sideways by smooth noise of about `swing_m`, calm at both ends and
    within a distance of the place `still`."""
    count = max(8, int(line.length / 60.0))
    along = np.linspace(0.0, line.length, count)
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    tangent = np.gradient(points, axis=0)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    swing = np.zeros(count)
    for octave in range(3):
        phase = rng.uniform(0.0, 2 * np.pi)
        length = wave_m / 2**octave * rng.uniform(0.8, 1.25)
        swing += np.sin(2 * np.pi * along / length + phase) / 1.7**octave
    calm = np.minimum(1.0, np.minimum(along, line.length - along) / (1.5 * wave_m))
    if still is not None:
        away = np.hypot(*(points - still[0]).T) / still[1]
        calm = calm * np.clip(away - 1.0, 0.0, 1.0)
    return LineString(points + normal * (swing_m * 0.6 * swing * calm)[:, None])


def smooth(line: LineString, rounds: int, keep_m: float, step: float = 40.0) -> LineString:
    """`line` with its corners averaged away; end points stay, closed lines stay closed."""
    count = max(4, int(line.length / step) + 1)
    points = shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.linspace(0.0, line.length, count))
    )
    closed = line.is_closed
    for _ in range(rounds):
        inner = 0.25 * points[:-2] + 0.5 * points[1:-1] + 0.25 * points[2:]
        if closed:
            seam = 0.25 * points[-2] + 0.5 * points[0] + 0.25 * points[1]
            points = np.vstack([seam, inner, seam])
        else:
            points = np.vstack([points[0], inner, points[-1]])
    result = LineString(points)
    simple = result.simplify(keep_m)
    return simple if isinstance(simple, LineString) and len(simple.coords) > 1 else result


def borders(labels: Ints, frame: Frame) -> list[LineString]:
    """The chains of cell edges between different `labels` (flat), split where three labels meet."""
    grid = labels.reshape(frame.rows, frame.columns)
    rows, columns = np.nonzero(grid[:-1] != grid[1:])
    level = np.column_stack([columns, rows + 1, columns + 1, rows + 1])
    rows, columns = np.nonzero(grid[:, :-1] != grid[:, 1:])
    upright = np.column_stack([columns + 1, rows, columns + 1, rows + 1])
    ends = np.vstack([level, upright]).reshape(-1, 2, 2) * frame.cell
    chains = np.asarray(shapely.linestrings(ends + np.array([frame.west, frame.south])))
    merged = shapely.line_merge(shapely.multilinestrings(chains))
    return [part for part in shapely.get_parts(merged) if isinstance(part, LineString)]


def tree_lines(next_cell: Ints, cells: Ints, frame: Frame) -> list[tuple[LineString, Ints]]:
    """The raster tree of `cells` (each leading to `next_cell`) as chains between junctions.

    Returns (line, the flat cells of the chain without the junction it ends in), each from far to
    near.
    """
    member = np.zeros(next_cell.size, dtype=bool)
    member[cells] = True
    entering = np.zeros(next_cell.size, dtype=np.int64)
    onward = next_cell[cells]
    np.add.at(entering, onward[onward >= 0], 1)
    chains = []
    after = next_cell.tolist()
    for head in cells[entering[cells] != 1].tolist():
        chain = [head]
        cell = after[head]
        while cell >= 0 and member[cell]:
            chain.append(cell)
            if entering[cell] != 1:
                break
            cell = after[cell]
        if len(chain) > 1:
            body = np.asarray(chain)
            chains.append((LineString(frame.place(body)), body))
    return chains


def line_parts(geometry: BaseGeometry) -> list[LineString]:
    """The line strings in a geometry."""
    return [
        part
        for part in shapely.get_parts(geometry)
        if isinstance(part, LineString) and part.length > 0
    ]
