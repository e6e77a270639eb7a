"""Territory as text: each letter a grid, each character a cell of a small lattice near 岢岚.

    AAB
    AAB
    CCC

North is up. Borders have a vertex at every crossing of the lattice, so that neighbours share their
vertices; one cell is 0.01 degrees wide and high, about 870 by 1,110 m. A dot is land in no grid.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPolygon, Point, Polygon, box
from sqlalchemy import Connection, text

WEST, SOUTH, CELL = 111.50, 38.70, 0.01
TOWNSHIP = "140929100"
ALWAYS = "[2020-01-01,)"


def cells(drawing: str) -> dict[tuple[int, int], str]:
    """The letter of each cell (column from the west, row from the south)."""
    rows = [row.strip() for row in drawing.strip().splitlines()]
    return {
        (column, len(rows) - 1 - row): letter
        for row, line in enumerate(rows)
        for column, letter in enumerate(line)
    }


def draw(drawing: str) -> dict[str, MultiPolygon]:
    """The polygon of each letter in EPSG:4490, the dots left out."""
    parts: dict[str, list[Polygon]] = defaultdict(list)
    for (column, row), letter in cells(drawing).items():
        if letter != ".":
            parts[letter].append(square(column, row))
    return {letter: _joined(squares) for letter, squares in sorted(parts.items())}


def square(column: float, row: float, width: float = 1, height: float = 1) -> Polygon:
    """A rectangle by its south-western corner and its size, all in cells."""
    west, south = lonlat(column, row)
    east, north = lonlat(column + width, row + height)
    return box(west, south, east, north)


def lonlat(column: float, row: float) -> tuple[float, float]:
    """Longitude and latitude of a place on the lattice."""
    return round(WEST + CELL * column, 12), round(SOUTH + CELL * row, 12)


def _joined(squares: list[Polygon]) -> MultiPolygon:
    whole = shapely.union_all(squares)
    # A union may drop a vertex in the middle of a straight border: draw it in again.
    crossings = shapely.union_all([shapely.MultiPoint(one.exterior.coords) for one in squares])
    noded = shapely.segmentize(whole, CELL * 1.000001)
    snapped = shapely.transform(noded, lambda xy: np.round(xy, 12))
    assert shapely.covers(shapely.buffer(crossings, 1e-11), shapely.extract_unique_points(snapped))
    return snapped if isinstance(snapped, MultiPolygon) else MultiPolygon([snapped])


@dataclass(frozen=True)
class Town:
    """What was settled: codes by letter of the drawing, and the polygons."""

    grids: Mapping[str, str]
    villages: Mapping[str, str]
    shapes: Mapping[str, MultiPolygon]


def settle(
    connection: Connection,
    grids: str,
    villages: str | None = None,
    *,
    valid: str = ALWAYS,
    plan: str = "plan",
    shapes: Mapping[str, shapely.Geometry] | None = None,
) -> Town:
    """Write a drawing into the database: county, township, villages, a plan and its grids.

    Args:
        villages: a drawing of the same size whose digits are villages; one village if None.
        shapes: polygons to use for some letters instead of the drawn ones.
    """
    ground = villages or "\n".join("1" * len(row.strip()) for row in grids.strip().splitlines())
    outlines = draw(ground)
    codes = {digit: f"{TOWNSHIP}{199 + int(digit)}" for digit in outlines}
    _add_units(connection, outlines, codes)
    plan_id = connection.execute(
        text(
            "INSERT INTO grid_plans (code, name, state, valid)"
            " VALUES (:code, :code, 'active', :valid) RETURNING id"
        ),
        {"code": plan, "valid": valid},
    ).scalar_one()
    drawn = {**draw(grids), **(shapes or {})}
    below = {letter: cells(ground)[cell] for cell, letter in reversed(cells(grids).items())}
    numbered: dict[str, str] = {}
    for number, letter in enumerate(sorted(set(drawn)), start=1):
        village = codes[below.get(letter, min(codes))]
        numbered[letter] = f"{village}{number:03}"
        add_grid(connection, plan_id, numbered[letter], village, drawn[letter], valid)
    return Town(numbered, codes, drawn)


def add_grid(
    connection: Connection,
    plan_id: int,
    code: str,
    village: str,
    shape: shapely.Geometry,
    valid: str = ALWAYS,
) -> None:
    """One grid of a plan, with its lead."""
    connection.execute(
        text(
            "INSERT INTO grids (plan_id, code, name, village_id, valid, geom)"
            " SELECT :plan, :code, :name, id, :valid, ST_Multi(CAST(:geom AS geometry))"
            " FROM admin_units WHERE code = :village"
        ),
        {"plan": plan_id, "code": code, "name": f"第{int(code[-3:])}网格", "village": village,
         "valid": valid, "geom": ewkt(shape)},
    )  # fmt: skip
    connection.execute(
        text(
            "INSERT INTO postings (grid_code, role, person_name, valid)"
            " VALUES (:code, 'grid_lead', '某某', :valid) ON CONFLICT DO NOTHING"
        ),
        {"code": code, "valid": ALWAYS},
    )


def add_home(connection: Connection, code: str, column: float, row: float) -> None:
    """A building of a tenth of a cell around a place, with one dwelling, household, resident."""
    shape = square(column - 0.05, row - 0.05, 0.1, 0.1)
    connection.execute(
        text(
            "INSERT INTO buildings (code, name, address, kind, floors, geom)"
            " VALUES (:code, :name, '东街 8 号', 'residential', 3, :geom)"
        ),
        {"code": code, "name": f"{code}号楼", "geom": ewkt(shape)},
    )
    for table, above, column_name, more in (
        ("dwellings", "buildings", "building", ""),
        ("households", "dwellings", "dwelling", ""),
        ("residents", "households", "household", ", name"),
    ):
        value = ", '某某'" if more else ""
        connection.execute(
            text(
                f"INSERT INTO {table} (code, {column_name}_ref, {column_name}_id{more})"
                f" SELECT code, code, id{value} FROM {above} WHERE code = :code"
            ),
            {"code": code},
        )


def add_incident(
    connection: Connection, code: str, at: tuple[float, float] | None, on: str = "2024-05-01"
) -> None:
    """An incident at a place of the lattice (or nowhere) at noon of a day."""
    connection.execute(
        text(
            "INSERT INTO incidents (code, reported_at, channel, category, geom)"
            " VALUES (:code, :at, 'patrol', 'safety', :geom)"
        ),
        {
            "code": code,
            "at": f"{on} 12:00+08",
            "geom": None if at is None else ewkt(Point(lonlat(*at))),
        },
    )


def ewkt(shape: shapely.Geometry) -> str:
    """A geometry in EPSG:4490 as PostGIS reads it, with every digit."""
    return f"SRID=4490;{shapely.to_wkt(shape, rounding_precision=-1)}"


def _add_units(
    connection: Connection, villages: Mapping[str, MultiPolygon], codes: Mapping[str, str]
) -> None:
    whole = shapely.coverage_union_all(list(villages.values()))
    units = [("140929", "county", "岢岚县", None, whole)]
    units += [(TOWNSHIP, "township_level", "岚漪镇", "140929", whole)]
    units += [
        (codes[digit], "community_level", f"{digit}村", TOWNSHIP, shape)
        for digit, shape in villages.items()
    ]
    for code, level, name, parent, shape in units:
        connection.execute(
            text(
                "INSERT INTO admin_units (code, level, name, parent_id, geom)"
                " SELECT :code, :level, :name, (SELECT id FROM admin_units WHERE code = :parent),"
                " ST_Multi(CAST(:geom AS geometry))"
                " WHERE NOT EXISTS (SELECT 1 FROM admin_units WHERE code = :code)"
            ),
            {"code": code, "level": level, "name": name, "parent": parent, "geom": ewkt(shape)},
        )
