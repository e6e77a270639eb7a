"""Binary and text geometry from strangers, looked over before GEOS reads it."""

import struct

import pytest
import shapely

from gridmap.geo.wkb import read_wkb, read_wkt

SHAPES = [
    "POINT (1 2)",
    "LINESTRING (0 0, 1 1, 2 0)",
    "POLYGON ((0 0, 9 0, 9 9, 0 0), (2 1, 3 1, 3 2, 2 1))",
    "MULTIPOINT ((0 0), (1 1))",
    "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
    "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 9 5, 9 9, 5 5), (7 6, 8 6, 8 7, 7 6)))",
    "POINT Z (1 2 3)",
    "MULTIPOLYGON Z (((0 0 1, 1 0 1, 1 1 1, 0 0 1)))",
]


@pytest.mark.parametrize("flavor", ["iso", "extended"])
@pytest.mark.parametrize("order", [0, 1])
def test_every_simple_shape_is_read_back(flavor: str, order: int) -> None:
    shapes = shapely.set_srid(shapely.from_wkt(SHAPES), 4490)
    written = [
        shapely.to_wkb(shape, flavor=flavor, byte_order=order, include_srid=flavor == "extended")
        for shape in shapes
    ]
    made, unread = read_wkb([*written, None])
    assert unread == []
    assert made[-1] is None
    assert shapely.equals_exact(made[:-1], shapes).all()


@pytest.mark.parametrize("kind", [4, 5, 6, 7])
def test_nesting_that_would_end_the_process_is_not_read(kind: int) -> None:
    bomb = struct.pack("<BII", 1, kind, 1) * 3_000_000 + struct.pack("<BII", 1, kind, 0)
    made, unread = read_wkb([bomb, shapely.to_wkb(shapely.Point(1, 1))])
    assert unread == [0]
    assert made[1] == shapely.Point(1, 1)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\x01",
        b"\x01\x06\x00\x00\x00\xff\xff\xff\xff",
        b"\x01\x03\x00\x00\x00\xff\xff\xff\xff",
        shapely.to_wkb(shapely.box(0, 0, 1, 1))[:50],
        "POINT (1 2)",
        7,
    ],
)
def test_broken_bytes_are_unread_and_no_error(broken: object) -> None:
    made, unread = read_wkb([broken])
    assert (made[0], unread) == (None, [0])


def test_text_is_read_and_collections_are_not() -> None:
    nested = "GEOMETRYCOLLECTION (" * 5000 + "POINT (1 2)" + ")" * 5000
    made, unread = read_wkt(
        ["POINT (1 2)", "SRID=4490;POLYGON((0 0,1 0,1 1,0 0))", None, "", nested, "no", 5]
    )
    assert unread == [4, 5, 6]
    assert made[0] == shapely.Point(1, 2)
    assert made[1].area == 0.5
