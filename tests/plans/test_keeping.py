"""A department's network is kept as a plan of its own: as it was drawn, and never in force."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gridmap.access.actors import ADMINISTRATOR
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, DataError, Forbidden, NotFound
from gridmap.plans.keeping import NetworkFile, keep, kept
from gridmap.workspace import Workspace
from tests.drawing import TOWNSHIP, Town, draw, lonlat, square
from tests.plans.conftest import Department, Editor

PARTY = "XXYY\nXXYY\nXXYY\nXXYY"
CITY = "PPPP\nPPPP\nQQQR\nQQQR"
DRAWER = Actor("drawer")


def written(file: NetworkFile, shapes: dict[str, Any], **columns: Any) -> NetworkFile:
    """The file with other grids."""
    table = gpd.GeoDataFrame(
        {"code": list(shapes), **columns}, geometry=list(shapes.values()), crs=4490
    )
    table.to_file(file.file, driver="GPKG")
    return file


def test_a_network_is_kept_to_the_byte_with_its_gaps_and_overlaps(
    county: Engine, sit_down: Callable[[str], Editor], town: Town, department: Department
) -> None:
    shapes = {
        "公-1": square(0, 0, 1.7, 3.1),
        "公-2": square(1.6, 0, 1.2, 4),  # overlaps the first by a tenth of a cell
        "公-3": square(3.5, 3.5, 1, 0.5),  # half of it beyond the village
    }
    file = written(department("police", PARTY), shapes, name=["一所", None, "三所"])
    (told,) = keep(county, DRAWER, town.villages["1"], [file])
    assert (told.grids, told.is_new, told.mended) == (3, True, ())
    assert told.survey.covered == pytest.approx((1.7 * 3.1 + 1.2 * 4 - 0.31 + 0.25) / 16, rel=1e-3)
    assert told.survey.outside == (("公-3", pytest.approx(0.5, rel=1e-3)),)
    (overlap,) = told.survey.overlaps
    assert overlap.codes == ("公-1", "公-2")
    assert shapely.intersection(shapes["公-1"], shapes["公-2"]).covers(shapely.Point(overlap.place))

    answer = sit_down("drawer").client.get(f"/api/plans/{told.plan}/network").json()
    grids = {grid["code"]: grid for grid in answer["grids"]}
    assert {code: grid["name"] for code, grid in grids.items()} == {
        "公-1": "一所", "公-2": None, "公-3": "三所"}  # fmt: skip
    for code, shape in shapes.items():
        drawn = shapely.geometry.shape(grids[code]["geometry"])
        assert shapely.to_wkb(drawn) == shapely.to_wkb(shapely.multipolygons([shape]))
    assert [village["code"] for village in answer["villages"]] == [town.villages["1"]]
    assert (answer["plan"], answer["network"]) == (told.plan, "police")


def test_who_lives_in_its_grids_is_counted_by_anchors_and_in_an_overlap_in_both(
    county: Engine, sit_down: Callable[[str], Editor], town: Town, department: Department
) -> None:
    file = department("party", PARTY)
    (plain,) = keep(county, DRAWER, town.villages["1"], [file])
    # A third house lies in the box of the triangle, and not in it.
    corner = shapely.Polygon([lonlat(0, 0), lonlat(3, 0), lonlat(0, 3.2)])
    shapes = {"X": square(0, 0, 2, 4), "Y": square(0, 2, 4, 2), "Z": corner}
    (doubled,) = keep(county, DRAWER, town.villages["1"], [written(file, shapes)])

    def loads(plan: str) -> dict[str, tuple[int, int, int]]:
        answer = sit_down("drawer").client.get(f"/api/plans/{plan}/network").json()
        return {
            grid["code"]: (grid["buildings"], grid["households"], grid["residents"])
            for grid in answer["grids"]
        }

    assert loads(plain.plan) == {"X": (4, 4, 4), "Y": (2, 2, 2)}
    assert loads(doubled.plan) == {"X": (4, 4, 4), "Y": (5, 5, 5), "Z": (2, 2, 2)}


def test_as_many_grids_as_a_file_may_have_are_kept_at_once_with_one_line_in_the_trail(
    county: Engine, town: Town, department: Department
) -> None:
    side = 120
    shapes = {
        f"{column}-{row}": square(column * 4 / side, row * 4 / side, 4 / side, 4 / side)
        for column in range(side)
        for row in range(side)
    }
    file = written(department("police", PARTY), shapes)
    (told,) = keep(county, DRAWER, town.villages["1"], [file])
    assert told.grids == side**2 == 14_400
    with county.connect() as connection:
        rows = connection.execute(
            text("SELECT detail FROM audit_entries WHERE subject = 'network_grids'")
        ).all()
    assert [row.detail["rows"] for row in rows] == [side**2]


def test_a_grid_that_touches_the_land_by_rounding_only_lies_outside_of_it(
    county: Engine, town: Town, department: Department
) -> None:
    land, beside = square(0, 0, 4, 4), square(4 - 1e-9, 0, 2, 4)
    assert beside.intersection(land).area > 0
    file = written(department("police", PARTY), {"X": land, "Y": beside})
    with pytest.raises(DataError, match=r"row 2 \(grid Y\) lies outside the territory"):
        keep(county, DRAWER, town.villages["1"], [file])


def test_a_column_that_is_not_there_is_told_with_those_that_are(
    county: Engine, town: Town, department: Department
) -> None:
    file = department("police", PARTY)
    table = gpd.GeoDataFrame({"编码": ["X"]}, geometry=[square(0, 0)], crs=4490)
    table.to_file(file.file, driver="GPKG")
    with pytest.raises(DataError, match=r"no column code .*its columns: 编码"):
        keep(county, DRAWER, town.villages["1"], [file])


def test_the_same_grids_again_are_not_kept_twice_and_other_grids_make_another_plan(
    county: Engine, town: Town, department: Department
) -> None:
    unit, file = town.villages["1"], department("party", PARTY)
    (first,) = keep(county, DRAWER, unit, [file])
    (again,) = keep(county, DRAWER, unit, [file])
    assert (again.plan, again.is_new) == (first.plan, False)
    (renamed,) = keep(county, DRAWER, unit, [written(file, draw(PARTY), name=["西", "东"])])
    assert renamed.is_new
    (other,) = keep(county, DRAWER, unit, [written(file, draw(CITY))])
    assert len({first.plan, renamed.plan, other.plan}) == 3
    assert kept(county, DRAWER, unit) == {"party": other.plan}
    # Of another unit it is another network.
    (above,) = keep(county, DRAWER, TOWNSHIP, [file])
    assert above.is_new
    assert kept(county, DRAWER, TOWNSHIP) == {"party": above.plan}
    assert kept(county, DRAWER, unit) == {"party": other.plan}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda table: table.assign(code=["X", None]), "row 2 has no code"),
        (lambda table: table.assign(code=["X", "X"]), "row 2 bears the code X of row 1"),
        (lambda table: table.assign(code=["X", "Y" * 65]), "row 2 should have a code"),
        (lambda table: table.assign(code=["X", "Y\x07"]), "row 2 should have a code"),
        (lambda table: table.assign(geometry=[table.geometry[0], square(9, 9)]),
         "row 2 (grid Y) lies outside the territory"),
        (lambda table: table.assign(geometry=[table.geometry[0], square(9, 9).centroid]), "row 2"),
        (lambda table: table.iloc[:0], "has no grid"),
    ],
)  # fmt: skip
def test_a_network_that_cannot_be_taken_is_refused_with_its_row_and_nothing_is_kept(
    county: Engine,
    town: Town,
    department: Department,
    spoil: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame],
    said: str,
) -> None:
    good, bad = department("city", CITY), department("party", PARTY)
    spoil(gpd.read_file(bad.file)).to_file(bad.file, driver="GPKG")
    with pytest.raises(DataError) as caught:
        keep(county, DRAWER, town.villages["1"], [good, bad])
    assert said in caught.value.en
    assert "party.gpkg" in caught.value.zh
    with transaction(county, ADMINISTRATOR) as connection:
        assert connection.scalar(text("SELECT count(*) FROM network_grids")) == 0
        assert connection.scalar(text("SELECT count(*) FROM grid_plans WHERE state = 'draft'")) == 0


def test_a_shape_that_is_not_valid_is_mended_and_told(
    county: Engine, town: Town, department: Department
) -> None:
    corners = [(111.52, 38.7), (111.54, 38.7), (111.54, 38.74), (111.54, 38.7401), (111.54, 38.74)]
    spiked = shapely.Polygon([*corners, (111.52, 38.74)])
    file = written(department("party", PARTY), {"X": draw(PARTY)["X"], "S": spiked})
    (told,) = keep(county, DRAWER, town.villages["1"], [file])
    assert told.mended == (2,)


@pytest.mark.parametrize("name", ["", "  ", "部" * 51, "公\n安"])
def test_a_name_that_is_none_is_refused(
    county: Engine, town: Town, department: Department, name: str
) -> None:
    file = NetworkFile(name, department("party", PARTY).file)
    with pytest.raises(CallError, match="department's name"):
        keep(county, DRAWER, town.villages["1"], [file])


def test_who_does_not_edit_plans_there_keeps_sees_and_discards_none(
    county: Engine, sit_down: Callable[[str], Editor], town: Town, department: Department
) -> None:
    file = department("party", PARTY)
    with pytest.raises((Forbidden, NotFound)):
        keep(county, Actor("elsewhere"), town.villages["1"], [file])
    (told,) = keep(county, DRAWER, town.villages["1"], [file])
    path = f"/api/plans/{told.plan}"
    elsewhere, chief = sit_down("elsewhere").client, sit_down("chief").client
    assert elsewhere.get(f"{path}/network").status_code == 404
    assert elsewhere.delete(path).status_code == 404
    assert told.plan not in {plan["code"] for plan in elsewhere.get("/api/plans").json()["plans"]}
    # A commander publishes, and draws nothing.
    assert chief.get(f"{path}/network").status_code == 200
    assert chief.get(path).json()["may"] == dict.fromkeys(
        ("edit", "submit", "withdraw", "return", "activate", "discard"), False
    )
    assert chief.delete(path).status_code == 403
    with pytest.raises(NotFound, match="there are: party"):
        kept(county, DRAWER, town.villages["1"], ["civil"])


def test_a_network_is_listed_with_its_department_and_can_only_be_discarded(
    county: Engine, sit_down: Callable[[str], Editor], town: Town, department: Department
) -> None:
    drawer, chief = sit_down("drawer"), sit_down("chief")
    (told,) = keep(county, DRAWER, town.villages["1"], [department("party", CITY)])
    listed = {row["code"]: row for row in drawer.client.get("/api/plans").json()["plans"]}
    row = listed[told.plan]
    assert (row["network"], row["grids"], row["in_force"]) == ("party", 3, False)
    assert row["recorded_on"]
    card = drawer.client.get(f"/api/plans/{told.plan}").json()
    assert (card["network"], card["grids"], card["villages"]) == ("party", 3, [])
    assert [act for act, may in card["may"].items() if may] == ["discard"]

    drawer.plan = told.plan
    refused = [
        drawer.post(f"/{told.plan}/submit", {"note": None}),
        chief.post(f"/{told.plan}/activate", {"valid_from": None}),
        drawer.post(f"/{told.plan}/withdraw", {}),
        drawer.post(f"/{told.plan}/proposals", {"modes": ["stable"]}),
    ]
    assert [answer.status_code for answer in refused] == [409] * 4
    assert all("network of party" in answer.text for answer in refused)
    edit = {"operation": "edit", "grid": "P", "name": "改名"}
    assert drawer.operate(edit, versions='"P/0"').status_code == 404

    assert drawer.client.delete(f"/api/plans/{told.plan}").status_code == 204
    assert drawer.client.get(f"/api/plans/{told.plan}/network").status_code == 404
    with transaction(county, ADMINISTRATOR) as connection:
        assert connection.scalar(text("SELECT count(*) FROM network_grids")) == 0
        trail = connection.execute(
            text(
                "SELECT actor, action, detail->>'code' FROM audit_entries"
                " WHERE subject = 'grid_plans' AND detail ? 'code' ORDER BY id"
            )
        ).all()
    assert [tuple(line) for line in trail] == [
        ("drawer", "load_network", told.plan),
        ("drawer", "discard", told.plan),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grid_plans SET submitted_by = 'drawer', submitted_at = now() WHERE code = :code;"
        " SELECT activate_plan(id, day_of(now())) FROM grid_plans WHERE code = :code",
        "UPDATE grid_plans SET state = 'active', valid = '[2020-01-01,)' WHERE code = :code",
    ],
)
def test_the_database_itself_brings_no_network_into_force(
    county: Engine, town: Town, department: Department, statement: str
) -> None:
    (told,) = keep(county, DRAWER, town.villages["1"], [department("party", PARTY)])
    with pytest.raises(DBAPIError, match="network"), transaction(county, Actor("chief")) as owner:
        for one in statement.split(";"):
            owner.execute(text(one), {"code": told.plan})


def test_no_grid_of_a_network_is_ever_shown_as_a_grid(
    county: Engine, sit_down: Callable[[str], Editor], town: Town, department: Department
) -> None:
    client = sit_down("drawer").client
    looked: list[Callable[[], Any]] = [
        lambda: client.get("/api/grids").json(),
        lambda: client.get("/api/grids?as_of=2026-01-01").json(),
        lambda: client.get("/tiles/grids/12/3317/1573.mvt").content,
        lambda: sorted(Workspace(county, ADMINISTRATOR).grids()["code"]),
        lambda: sorted(Workspace(county, ADMINISTRATOR).grids(as_of="2026-01-01")["code"]),
    ]
    before = [look() for look in looked]
    keep(county, DRAWER, town.villages["1"], [department("party", PARTY)])
    assert [look() for look in looked] == before
    assert str(before).count(town.grids["A"]) >= 4
