"""GeoJSON from strangers: read in a stream, within bounds, row by row."""

import io
import json

import pytest
import shapely

from gridmap.errors import DataError
from gridmap.geo import geojson
from gridmap.geo.geojson import Feature, crs_name, read_features

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}


def feature(geometry: object = None, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def read(text: str) -> list[Feature]:
    return list(read_features(io.StringIO(text)))


def test_a_collection_gives_its_features_in_order() -> None:
    features = [feature(SQUARE, code=f"B{i}", name='a"}{[\\') for i in range(5000)]
    text = json.dumps({"type": "FeatureCollection", "name": "{[", "features": features, "x": [{}]})
    found = read(text)
    assert [f.properties["code"] for f in found] == [f"B{i}" for i in range(5000)]
    assert found[0].properties["name"] == 'a"}{[\\'
    assert found[0].geometry == shapely.box(0, 0, 1, 1, ccw=False).normalize() or (
        found[0].geometry is not None and found[0].geometry.equals(shapely.box(0, 0, 1, 1))
    )


@pytest.mark.parametrize("separator", ["\n", "\n\x1e", ""])
def test_one_feature_per_line_is_read_too(separator: str) -> None:
    assert len(read(separator.join(json.dumps(feature(SQUARE)) for _ in range(3)))) == 3


def test_a_single_indented_feature_is_read() -> None:
    assert read(json.dumps(feature(SQUARE, a=1), indent=2))[0].properties == {"a": 1}


def test_members_after_and_before_the_features_do_not_disturb() -> None:
    text = '{"bbox":[0,0,1,1],"features":[%s],"type":"FeatureCollection"}'
    assert len(read(text % json.dumps(feature(SQUARE)))) == 1


def test_an_empty_collection_has_no_features() -> None:
    assert read('{"type":"FeatureCollection","features":[]}') == []


def test_the_id_of_a_feature_is_a_property_unless_there_is_one() -> None:
    made = feature(None, a=1) | {"id": "x"}
    assert read(json.dumps(made))[0].properties == {"a": 1, "id": "x"}


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ({"type": "Point", "coordinates": [1, 2, 3]}, "POINT (1 2)"),
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "LINESTRING (0 0, 1 1)"),
        ({"type": "MultiPoint", "coordinates": [[0, 0]]}, "MULTIPOINT ((0 0))"),
        (
            {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]]]},
            "MULTILINESTRING ((0 0, 1 1))",
        ),
        (
            {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]},
            "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 1, 0 0)))",
        ),
    ],
)
def test_every_simple_type_is_built(written: object, wanted: str) -> None:
    geometry = read(json.dumps(feature(written)))[0].geometry
    assert geometry is not None
    assert shapely.to_wkt(geometry, trim=True) == wanted


@pytest.mark.parametrize(
    "written",
    [
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": ["1", "2"]},
        {"type": "Point", "coordinates": [[1, 2]]},
        {"type": "Point"},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[0, 0], [1, 1]]},
        {"type": "LineString", "coordinates": [[0, 0], [1]]},
        {"type": "LineString", "coordinates": [[True, False], [True, True]]},
        {"type": "GeometryCollection", "geometries": []},
        {"type": ["Point"], "coordinates": [1, 2]},
        "POINT (1 2)",
    ],
)
def test_a_malformed_geometry_is_a_flaw_of_its_row_only(written: object) -> None:
    found = read(
        json.dumps({"type": "FeatureCollection", "features": [feature(written), feature(SQUARE)]})
    )
    assert found[0].flaw is not None and found[0].geometry is None
    assert found[1].flaw is None and found[1].geometry is not None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_coordinate_that_is_no_number_is_a_flaw_of_its_row(number: str) -> None:
    bad = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[%s,1]}}'
    found = read(bad % number + "\n" + json.dumps(feature(SQUARE)))
    assert found[0].flaw is not None and "NaN" in found[0].flaw.en
    assert found[1].flaw is None


def test_deep_nesting_is_a_flaw_and_no_crash() -> None:
    bomb = '{"type":"Feature","properties":{"a":' + "[" * 200_000 + "]" * 200_000 + "},"
    assert read(bomb + '"geometry":null}')[0].flaw is not None
    deep = '{"type":"Feature","properties":' + '{"a":' * 200_000 + "1" + "}" * 200_000 + "}"
    assert read(deep)[0].flaw is not None


def test_deep_nesting_outside_the_features_is_refused() -> None:
    with pytest.raises(DataError):
        read('{"type":"FeatureCollection","x":' + "[" * 200_000)


def test_a_feature_beyond_the_bound_is_a_flaw_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(geojson, "MAX_FEATURE_CHARACTERS", 1 << 20)
    ring = [[i / 1e6, 0] for i in range(200_000)]
    big = feature({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    text = json.dumps({"type": "FeatureCollection", "features": [big, feature(SQUARE)]})
    found = read(text)
    assert found[0].flaw is not None and "vertices" in found[0].flaw.en
    assert found[1].geometry is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[1, 2]]",
        '{"a": 1}',
        '{"type":"FeatureCollection"}',
        '{"type":"FeatureCollection","features":[',
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":"',
        '{"type":"FeatureCollection","features":[{"type":"Feature"}]',
        '{"type":"FeatureCollection","features":[{"type":"Feature"} oops {"type":"Feature"}]}',
        '{"type":"Topology","objects":{}}',
        "<OGRVRTDataSource/>",
    ],
)
def test_what_is_no_geojson_or_cut_off_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(DataError) as refusal:
        read(text)
    assert "GeoJSON" in refusal.value.zh and "GeoJSON" in refusal.value.en


def test_a_text_without_end_does_not_fill_the_memory() -> None:
    class Endless(io.StringIO):
        given = 0

        def read(self, size: int | None = -1) -> str:
            self.given += size or 0
            return '{"type":"Feature","a":"' if self.given == size else "a" * (size or 0)

    stream = Endless()
    with pytest.raises(DataError):
        list(read_features(stream))
    assert stream.given < 200 << 20


def test_the_old_crs_member_is_found() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4546"}}
    head = json.dumps({"type": "FeatureCollection", "crs": crs, "features": []})
    assert crs_name(head) == "urn:ogc:def:crs:EPSG::4546"
    assert crs_name('{"type":"FeatureCollection","features":[]}') is None
