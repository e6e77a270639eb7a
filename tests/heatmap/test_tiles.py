"""Vector tiles over HTTP, decoded, from a real PostGIS."""

from datetime import datetime
from itertools import product
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from tests.heatmap.conftest import client_of, tile_of, tiles_over
from tests.heatmap.mvt import Feature, features_of, read_tile
from tests.heatmap.town import (
    SHANGHAI,
    SOUTH,
    WEST,
    add,
    add_building,
    add_incident,
    box,
)

EVERYWHERE = (WEST - 0.01, SOUTH - 0.01, WEST + 0.3, SOUTH + 0.03)
LAYERS = ["townships", "villages", "grids", "buildings", "incidents", "base", "heat"]
CENTRE = (WEST + 0.03, SOUTH + 0.01)


def town_features(client: TestClient, layer: str, z: int, **query: Any) -> list[Feature]:
    """The features of all tiles over the town, a copy in each tile that shows it."""
    found: list[Feature] = []
    for place in tiles_over(*EVERYWHERE, z):
        answer = client.get(f"/tiles/{layer}/{place}.mvt", params=query)
        assert answer.status_code == 200, answer.text
        found += features_of(answer.content, layer)
    return found


@pytest.mark.parametrize(("layer", "z"), [("townships", 9), ("villages", 15), ("grids", 16)])
def test_every_name_has_one_label_in_one_tile(client: TestClient, layer: str, z: int) -> None:
    names: list[str] = []
    for place in tiles_over(*EVERYWHERE, z):
        content = client.get(f"/tiles/{layer}/{place}.mvt").content
        names += [f.properties["code"] for f in features_of(content, f"{layer}_labels")]
    assert sorted(names) == sorted(properties(town_features(client, layer, z)))


def properties(features: list[Feature]) -> dict[str, dict[str, Any]]:
    return {feature.properties["code"]: feature.properties for feature in features}


def test_territory_tiles_carry_names_and_counts(client: TestClient, town: Engine) -> None:
    townships = properties(town_features(client, "townships", 10))
    assert townships["140929100"] == {"code": "140929100", "name": "岚漪镇", "kind": "镇"}
    assert set(townships) == {"140929100", "140929101"}
    assert len(properties(town_features(client, "villages", 12))) == 3
    grids = properties(town_features(client, "grids", 12))
    with town.connect() as connection:
        expected = dict(
            connection.execute(
                text("SELECT g.code, count(i) FROM grids g JOIN incidents i ON i.grid_id = g.id"
                     " GROUP BY 1")
            ).all()
        )  # fmt: skip
    assert {code: grid["incidents"] for code, grid in grids.items()} == expected
    assert {grid["households"] for grid in grids.values()} == {3}
    assert grids["140929100200001"]["kind"] == "general"
    assert grids["140929100200001"]["area_kind"] == "rural"


def test_a_shape_lies_where_the_place_is(client: TestClient) -> None:
    x, y = tile_of(*CENTRE, 11)
    content = client.get(f"/tiles/grids/11/{x}/{y}.mvt").content
    layer = read_tile(content)["grids"]
    assert layer.extent == 4096
    side = 40075016.685578488 / 2**11
    ring = next(
        feature.parts[0]
        for feature in layer.features
        if feature.properties["code"] == "140929100201001"
    )
    east_m = (x + max(point[0] for point in ring) / 4096) * side - 40075016.685578488 / 2
    assert east_m == pytest.approx((WEST + 0.04) / 360 * 40075016.685578488, abs=side / 4096)


def test_buildings_carry_their_households_and_no_resident(client: TestClient) -> None:
    buildings = properties(town_features(client, "buildings", 14))
    assert len(buildings) == 6
    assert buildings["B1409291002001"] == {
        "code": "B1409291002001",
        "name": "B1409291002001号楼",
        "kind": "residential",
        "floors": 5,
        "households": 3,
    }


@pytest.mark.parametrize("z", [8, 11, 14])
@pytest.mark.parametrize("layer", LAYERS)
def test_no_tile_holds_personal_data(client: TestClient, layer: str, z: int) -> None:
    for place in tiles_over(*EVERYWHERE, z):
        content = client.get(f"/tiles/{layer}/{place}.mvt").content
        assert "张三丰".encode() not in content
        assert b"13800000000" not in content


def test_the_base_map_shows_lanes_only_where_they_can_be_told_apart(client: TestClient) -> None:
    def roads(z: int) -> set[Any]:
        return {f.properties["class"] for f in town_features(client, "base", z)}

    assert roads(9) == {"primary", "river"}
    assert roads(14) == {"primary", "river", "track"}


@pytest.mark.parametrize(("layer", "z"), [("villages", 7), ("grids", 8), ("buildings", 12)])
def test_below_its_first_zoom_a_layer_is_empty(client: TestClient, layer: str, z: int) -> None:
    x, y = tile_of(*CENTRE, z)
    answer = client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt")
    assert answer.status_code == 200
    assert answer.content == b""
    assert town_features(client, layer, z + 1)


FILTERS: list[dict[str, Any]] = [
    {},
    {"step": "month"},
    {"since": "2025-02-03", "until": "2025-02-28", "step": "day"},
    {"category": "environment"},
    {"category": ["environment", "order"], "status": "closed"},
    {"since": "2025-04-01", "status": ["reported", "dispatched"]},
    {"category": "nothing_of_the_kind"},
]


def count_located(town: Engine, first: str, last: str, query: dict[str, Any]) -> int:
    """Incidents with a place from `first` to `last`, counted one by one."""
    with town.connect() as connection:
        rows = connection.execute(
            text("SELECT category, status FROM incidents WHERE geom IS NOT NULL AND"
                 " (reported_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN :first AND :last"),
            {"first": first, "last": last},
        ).all()  # fmt: skip
    return sum(
        row.category in query.get("category", row.category)
        and row.status in query.get("status", row.status)
        for row in rows
    )


@pytest.mark.parametrize(("query", "z"), list(product(FILTERS, [0, 9, 14])))
def test_heat_tiles_add_up_to_all_located_incidents(
    client: TestClient, town: Engine, query: dict[str, Any], z: int
) -> None:
    cells = town_features(client, "heat", z, **query)
    summary = client.get("/api/heat/summary", params=query).json()
    assert sum(cell.properties["n"] for cell in cells) == summary["located"]
    for number, frame in enumerate(summary["frames"]):
        in_frame = sum(cell.properties.get(f"f{number}", 0) for cell in cells)
        assert in_frame == count_located(town, frame["from"], frame["to"], query)
    for cell in cells:
        in_frames = sum(n for name, n in cell.properties.items() if name[0] == "f")
        assert in_frames == cell.properties["n"]


@pytest.mark.parametrize(("query", "z"), list(product(FILTERS, [9, 11, 12, 13])))
def test_incident_tiles_add_up_to_all_located_incidents(
    client: TestClient, query: dict[str, Any], z: int
) -> None:
    points = town_features(client, "incidents", z, **query)
    total = sum(point.properties.get("n", 1) for point in points)
    assert total == client.get("/api/heat/summary", params=query).json()["located"]
    assert all(("n" in point.properties) == (z < 12) for point in points)


def test_an_incident_on_the_corner_of_four_tiles_is_in_one_of_them(
    small_client: TestClient, small_town: Engine, actor: Actor
) -> None:
    # Longitude 0, latitude 0 is the corner of four tiles at every zoom from 1 up.
    with transaction(small_town, actor) as connection:
        add_incident(connection, "corner", datetime(2025, 1, 1, tzinfo=SHANGHAI), (0, 0))
    for layer, z in product(("heat", "incidents"), (1, 8, 14)):
        middle = 1 << (z - 1)
        found = [
            feature
            for x, y in product((middle - 1, middle), repeat=2)
            for feature in features_of(
                small_client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt").content, layer
            )
        ]
        assert len(found) == 1


def test_a_cell_stands_on_the_64th_part_of_the_tile_that_holds_its_incidents(
    small_client: TestClient, small_town: Engine, actor: Actor
) -> None:
    with transaction(small_town, actor) as connection:
        for number in range(3):
            add_incident(connection, str(number), datetime(2025, 1, 1, tzinfo=SHANGHAI), CENTRE)
    x, y = tile_of(*CENTRE, 12)
    (cell,) = features_of(small_client.get(f"/tiles/heat/12/{x}/{y}.mvt").content, "heat")
    assert cell.properties == {"n": 3, "f0": 3}
    across, down = tile_of(*CENTRE, 12 + 6)
    assert cell.point == ((across % 64) * 64 + 32, (down % 64) * 64 + 32)


def test_the_day_of_an_incident_is_that_of_the_county(
    small_client: TestClient, small_town: Engine, actor: Actor
) -> None:
    with transaction(small_town, actor) as connection:
        just_after_midnight = datetime(2025, 3, 1, 0, 30, tzinfo=SHANGHAI)
        add_incident(connection, "night", just_after_midnight, CENTRE)
    (incident,) = town_features(small_client, "incidents", 14)
    assert incident.properties == {
        "code": "night",
        "category": "order",
        "status": "reported",
        "day": 20250301,
    }


CHANGES = {
    "grids": "UPDATE grids SET name = name || '甲' WHERE code = '140929100200001'",
    "admin_units": "UPDATE admin_units SET name = name || '甲' WHERE code = '140929100200'",
    "households": "DELETE FROM households WHERE code LIKE '%-2-0'",
    "base_features": "DELETE FROM base_features WHERE code = 'R1'",
    "postings": "INSERT INTO postings (grid_code, role, person_name) VALUES ('x', 'lead', '李')",
}
SEEN_IN = {
    "grids": {"grids"},
    "admin_units": {"townships", "villages"},
    "households": {"grids", "buildings"},
    "base_features": {"base"},
    "postings": set(),
    "incidents": {"grids", "incidents", "heat"},
    "buildings": {"grids", "buildings"},
}


@pytest.mark.parametrize("changed", SEEN_IN)
def test_an_etag_changes_exactly_when_what_the_tile_shows_may_have_changed(
    small_client: TestClient, small_town: Engine, actor: Actor, changed: str
) -> None:
    x, y = tile_of(*CENTRE, 14)
    addresses = {layer: f"/tiles/{layer}/14/{x}/{y}.mvt" for layer in LAYERS}
    before = {layer: small_client.get(path) for layer, path in addresses.items()}
    assert all(answer.headers["cache-control"] == "private, no-cache" for answer in before.values())

    def look_again(layer: str) -> int:
        headers = {"If-None-Match": before[layer].headers["etag"]}
        return small_client.get(addresses[layer], headers=headers).status_code

    assert {look_again(layer) for layer in LAYERS} == {304}
    with transaction(small_town, actor) as connection:
        if changed == "incidents":
            add_incident(connection, "new", datetime(2025, 1, 1, tzinfo=SHANGHAI), CENTRE)
        elif changed == "buildings":
            add_building(connection, "new", *CENTRE)
        else:
            connection.execute(text(CHANGES[changed]))
    assert {layer for layer in LAYERS if look_again(layer) == 200} == SEEN_IN[changed]


def test_a_tile_seen_before_shows_the_change_at_once(
    small_client: TestClient, small_town: Engine, actor: Actor
) -> None:
    def households() -> set[Any]:
        return {f.properties["households"] for f in town_features(small_client, "grids", 12)}

    assert (households(), households()) == ({3}, {3})
    with transaction(small_town, actor) as connection:
        connection.execute(text("DELETE FROM households WHERE code LIKE '%-2-0'"))
    assert households() == {2}


def test_an_etag_belongs_to_one_selection_one_place_and_one_day(client: TestClient) -> None:
    x, y = tile_of(*CENTRE, 12)
    paths = [
        f"/tiles/heat/12/{x}/{y}.mvt",
        f"/tiles/heat/12/{x}/{y}.mvt?category=order",
        f"/tiles/heat/12/{x}/{y}.mvt?step=day",
        f"/tiles/heat/12/{x}/{y}.mvt?since=2025-01-05",
        f"/tiles/heat/12/{x + 1}/{y}.mvt",
        f"/tiles/grids/12/{x}/{y}.mvt",
        f"/tiles/grids/12/{x}/{y}.mvt?as_of=2021-01-01",
    ]
    etags = {client.get(path).headers["etag"] for path in paths}
    assert len(etags) == len(paths)
    known = client.get(paths[0]).headers["etag"]
    answer = client.get(paths[0], headers={"If-None-Match": f'"other", {known}'})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == known


def test_the_grids_of_another_day_are_those_of_its_plan(
    small_client: TestClient, small_town: Engine, actor: Actor
) -> None:
    with transaction(small_town, actor) as connection:
        village = connection.execute(
            text("SELECT id FROM admin_units WHERE code = '140929100200'")
        ).scalar_one()
        plan = add(connection, "grid_plans", code="old", name="旧网格", state="retired",
                   valid="[2015-01-01,2020-01-01)")  # fmt: skip
        add(connection, "grids", plan_id=plan, code="140929100200009", name="全村",
            village_id=village, valid="[2015-01-01,2020-01-01)",
            geom=box(WEST, SOUTH, 0.02, 0.02))  # fmt: skip
    today = properties(town_features(small_client, "grids", 12))
    then = properties(town_features(small_client, "grids", 12, as_of="2019-12-31"))
    assert "140929100200009" not in today
    assert set(then) == {"140929100200009"}
    assert then["140929100200009"]["households"] == 6
    assert town_features(small_client, "grids", 12, as_of="2014-12-31") == []


@pytest.mark.parametrize("place", ["23/0/0", "3/8/0", "3/0/8", "-1/0/0", "3/-1/0"])
def test_a_tile_that_cannot_exist_is_a_problem(client: TestClient, place: str) -> None:
    answer = client.get(f"/tiles/grids/{place}.mvt")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_layer_is_answered_with_the_known_ones(client: TestClient) -> None:
    answer = client.get("/tiles/residents/3/0/0.mvt")
    assert answer.status_code == 404
    assert all(layer in answer.json()["detail"] for layer in LAYERS)


@pytest.mark.parametrize("query", ["since=yesterday", "status=lost", "step=hour"])
def test_a_selection_that_makes_no_sense_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/tiles/heat/3/0/0.mvt?{query}").status_code == 422
    assert client.get(f"/api/heat/summary?{query}").status_code == 422


def test_a_database_without_a_county_has_empty_tiles(engine: Engine, actor: Actor) -> None:
    from_nothing = client_of(engine)
    for layer in LAYERS:
        answer = from_nothing.get(f"/tiles/{layer}/14/1/1.mvt")
        assert (answer.status_code, answer.content) == (200, b"")


def test_tiles_travel_compressed_when_asked(client: TestClient) -> None:
    x, y = tile_of(*CENTRE, 10)
    path = f"/tiles/heat/10/{x}/{y}.mvt"
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content)
