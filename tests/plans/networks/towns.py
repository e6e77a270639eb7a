"""Networks over a drawn town: digitised by an unsteady hand, with buildings in every cell."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator

from gridmap.plans.networks import Buildings, Merged, NetworkGrid, merge_networks
from tests.drawing import CELL, cells, draw, lonlat

VILLAGE = "140929100200"
METRE = 1 / 100_000  # in degrees, roughly
Networks = Mapping[str, list[NetworkGrid]]


def network(drawing: str | Mapping[str, Any]) -> list[NetworkGrid]:
    """The grids of one department, by letter."""
    shapes = draw(drawing) if isinstance(drawing, str) else drawing
    return [NetworkGrid(code, shape) for code, shape in shapes.items()]


def digitised(shape: Any, rng: Generator, metres: float) -> Any:
    """The shape drawn again, each vertex a little off; as it was where that crosses itself."""

    def ring(line: Any) -> Any:
        xy = np.array(line.coords)[:-1]
        return xy + rng.uniform(-metres, metres, xy.shape) * METRE

    parts = [
        shapely.Polygon(ring(part.exterior), [ring(hole) for hole in part.interiors])
        for part in shapely.get_parts(shape)
    ]
    made = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return made if shapely.is_valid(made) else shape


def homes(drawing: str, households: int = 100, letters: str | None = None) -> Buildings:
    """A building in the middle of every cell (of these letters), two and a half residents each."""
    at = [
        lonlat(column + 0.5, row + 0.5)
        for (column, row), letter in sorted(cells(drawing).items())
        if letters is None or letter in letters
    ]
    counts = np.full(len(at), households, dtype=np.int64)
    return Buildings(np.array(at).reshape(-1, 2), counts, counts * 5 // 2)


def merged(networks: Networks, buildings: Buildings, **options: Any) -> Merged:
    """Merged over one village that has the shape of the first network."""
    outline = options.pop("outline", None) or outline_of(next(iter(networks.values())))
    options.setdefault("size", (200, 400))
    return merge_networks(networks, {VILLAGE: outline}, buildings, **options)


def outline_of(grids: Iterable[NetworkGrid]) -> Any:
    return shapely.coverage_union_all([grid.shape for grid in grids])


def shares(found: Merged, name: str, code: str) -> dict[str | None, float]:
    """The last digit of the new grid's code, and the share by area to four places."""
    return {
        row.new_code and row.new_code[-1]: round(row.area_share, 4)
        for row in found.crosswalk
        if (row.network, row.old_code) == (name, code) and row.area_share > 1e-4
    }


def corners(shape: Any) -> set[tuple[float, float]]:
    """The vertices, bit for bit."""
    return {(x, y) for x, y in shapely.get_coordinates(shape).tolist()}


def as_wide_as(metres: float, shape: Any) -> bool:
    """Whether no part of a shape is narrower, but for a square metre in corners."""
    core = shapely.buffer(shape, -metres / 2 * METRE, join_style="mitre")
    wide = shapely.buffer(core, metres / 2 * 1.02 * METRE, join_style="mitre")
    return bool(shapely.area(shapely.difference(shape, wide)) < METRE**2)


def assert_tiles(found: Merged, territory: Mapping[str, Any]) -> None:
    """The grids of each village are a coverage of it, and hold its outline bit for bit."""
    for code, outline in territory.items():
        own = [grid.shape for grid in found.grids if grid.village == code]
        assert all(isinstance(shape, shapely.Polygon) for shape in own)
        assert shapely.coverage_is_valid(own)
        union = shapely.coverage_union_all(own)
        assert shapely.area(shapely.symmetric_difference(union, outline)) < 1e-9 * outline.area
        there = {tuple(xy) for xy in shapely.get_coordinates(own)}
        assert {tuple(xy) for xy in shapely.get_coordinates(outline)} <= there
    assert shapely.coverage_is_valid([grid.shape for grid in found.grids])


def assert_sums(found: Merged) -> None:
    """The shares of every old grid sum to 1."""
    for value in ("area_share", "household_share", "resident_share"):
        total: dict[tuple[str, str], list[float | None]] = {}
        for row in found.crosswalk:
            total.setdefault((row.network, row.old_code), []).append(getattr(row, value))
        for parts in total.values():
            known = [part for part in parts if part is not None]
            assert not known or (len(known) == len(parts) and abs(sum(known) - 1) < 1e-9)


__all__ = ["CELL", "METRE", "VILLAGE"]
