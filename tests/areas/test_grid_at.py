"""SQL gives every point the grid that exact arithmetic gives: the answer of GridIndex."""

import re
from pathlib import Path

import numpy as np
import psycopg
import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from gridmap.geo.index import GridIndex
from tests.drawing import settle
from tests.geo.coverages import COVERAGES
from tests.geo.reference import Reference, anywhere, awkward_points, whole

LOCATE = """
    SELECT (SELECT t.place FROM territory t
            WHERE t.shape && p.point AND gridmap.covers_point(t.shape, p.point)
            ORDER BY t.place LIMIT 1)
    FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY a(x, y, n)
    CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_MakePoint(a.x, a.y), 4490) AS point) p
    ORDER BY a.n
"""


@pytest.fixture(scope="module")
def connection(new_database):
    """One database for all territories; each has its own temporary table."""
    with psycopg.connect(new_database()) as connection:
        yield connection


@pytest.mark.parametrize("kind", COVERAGES, ids=lambda kind: kind.__name__)
def test_sql_is_as_exact_as_the_index_on_borders_and_beside_them(connection, kind) -> None:
    rng = np.random.default_rng(11)
    polygons = [p for p in kind(rng) if p.is_valid]
    codes = [f"{i:05}" for i in range(len(polygons))]
    near, far = awkward_points(rng, polygons, 240), anywhere(rng, polygons, 60)
    lon, lat = (np.concatenate(pair) for pair in zip(near, far, strict=True))
    usable = (np.abs(lon) < 1e6) & (np.abs(lat) < 1e6)
    lon, lat = lon[usable], lat[usable]
    connection.execute("DROP TABLE IF EXISTS territory")
    connection.execute("CREATE TEMPORARY TABLE territory (place int, shape geometry)")
    with connection.cursor().copy("COPY territory FROM STDIN") as copy:
        for place, polygon in enumerate(polygons):
            copy.write_row((place, shapely.to_wkb(polygon, hex=True)))
    connection.execute("UPDATE territory SET shape = ST_SetSRID(shape, 4490)")

    found = connection.execute(LOCATE, (lon.tolist(), lat.tolist())).fetchall()
    answer = np.array([-1 if place is None else place for (place,) in found])
    expected = Reference(polygons, codes).assign_exactly(lon, lat)
    wrong = np.flatnonzero(answer != expected)
    assert not len(wrong), [(lon[i].hex(), lat[i].hex(), expected[i]) for i in wrong[:5]]
    assert (GridIndex(polygons, codes).assign(lon, lat) == expected).all()


@pytest.mark.parametrize(
    "number", [0.0, -0.0, 5e-324, -5e-324, 2.0**-1022, 1e-310, 1 / 3, 111.3, -38.7, 180.0, 1e15]
)
def test_a_double_becomes_the_whole_number_that_it_is(connection, number: float) -> None:
    found = connection.execute("SELECT gridmap.whole(%s::float8)", (number,)).fetchone()
    assert int(found[0]) == whole(number)


@pytest.mark.parametrize("document", ["loading.md", "loading.zh.md"])
def test_the_query_of_the_guide_names_the_grid(county: Engine, actor: Actor, document: str) -> None:
    guide = (Path(__file__).parents[2] / "docs" / document).read_text(encoding="utf-8")
    (query,) = re.findall(r"^```sql\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    with transaction(county, actor) as connection:
        town = settle(connection, "AAAAAAABBB")  # the place is on the border of the two
        assert connection.scalar(text(query)) == town.grids["A"]
