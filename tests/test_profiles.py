"""Profiles are configuration that cannot be wrong in silence."""

from pathlib import Path

import pytest
from pyproj import CRS

from gridmap.errors import CallError, DataError
from gridmap.profiles import grid_code_problem, load_profile, profile_names

DATA_DIR = Path(__file__).parent.parent / "data"
COUNTIES = {
    "kelan": ("140929", 4546),
    "qilian": ("632222", 4542),
    "shiquan": ("610922", 4545),
    "liangzhou": ("620602", 4543),
    "guanshan": ("610114", 4545),
}


def changed(tmp_path: Path, old: str, new: str) -> str:
    """The path of a copy of kelan.toml in which `old` is replaced by `new`."""
    text = (DATA_DIR / "profiles" / "kelan.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "changed.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return str(path)


def test_the_five_counties_are_shipped_and_valid() -> None:
    assert profile_names(DATA_DIR) == sorted(COUNTIES)
    for name, (code, srid) in COUNTIES.items():
        profile = load_profile(name, DATA_DIR)
        assert (profile.name, profile.county_code, profile.area_srid) == (
            name,
            code,
            srid,
        )


@pytest.mark.parametrize("name", sorted(COUNTIES))
def test_the_area_zone_is_a_gauss_krueger_zone_of_cgcs2000(name: str) -> None:
    crs = CRS.from_epsg(load_profile(name, DATA_DIR).area_srid)
    assert "CGCS2000 / 3-degree Gauss-Kruger CM" in crs.name


def test_the_depth_below_the_village_differs_between_counties() -> None:
    depths = {
        name: len({lv.level for lv in load_profile(name, DATA_DIR).below_community})
        for name in COUNTIES
    }
    assert set(depths.values()) >= {2, 3, 4}


def test_a_profile_can_be_given_as_a_path(tmp_path: Path) -> None:
    path = changed(tmp_path, 'title = "岢岚县"', 'title = "某县"')
    assert load_profile(path, DATA_DIR).title == "某县"


def test_an_unknown_profile_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(CallError) as caught:
        load_profile("nowhere", DATA_DIR)
    assert "kelan" in caught.value.zh and "guanshan" in caught.value.en


def test_a_profile_name_cannot_leave_the_profiles_folder() -> None:
    with pytest.raises(CallError):
        load_profile("../kelan/territory", DATA_DIR)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("area_srid = 4546", 'area_srid = "zone"', "area_srid"),
        ("time_zone", "timezone", "timezone"),
        ("Asia/Shanghai", "Asia/Nowhere", "time_zone"),
        ("rural = [40, 120]", "rural = [120, 40]", "size_limits"),
        ('scheme = "db11_2157"', 'scheme = "own"', "grid_code.scheme"),
        ('code = "closed"', 'code = "done"', "statuses"),
        ('code = "grid_lead"', 'code = "lead"', "grid_lead"),
        ('code = "sewage"', 'code = "litter"', "categories"),
        ('{ level = "grid",', '{ level = "group",', "levels"),
    ],
)
def test_a_wrong_profile_names_the_field(tmp_path: Path, old: str, new: str, field: str) -> None:
    with pytest.raises(DataError) as caught:
        load_profile(changed(tmp_path, old, new), DATA_DIR)
    assert field in caught.value.en and "changed.toml" in caught.value.zh


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes("title = 岢岚".encode("gbk"))
    with pytest.raises(DataError, match="TOML"):
        load_profile(str(path), DATA_DIR)


def test_a_fifteen_digit_code_begins_with_its_village_and_counts_from_one() -> None:
    assert grid_code_problem("140929100200001", "db11_2157") is None
    assert grid_code_problem("140929100200001", "db11_2157", "140929100200") is None
    for code in (
        "14092910020001",
        "140929100200000",
        "14092910020000A",
        "１40929100200001",
        " 140929100200001",
    ):
        assert grid_code_problem(code, "db11_2157") is not None
    problem = grid_code_problem("140929100201001", "db11_2157", "140929100200")
    assert problem is not None and "140929100200" in problem.zh


def test_the_other_schemes_have_their_own_rules() -> None:
    assert grid_code_problem("14092910020000100001", "cjt349") is None
    assert grid_code_problem("140929100200001", "cjt349") is not None
    assert grid_code_problem("Beat 0112", "text") is None
    for code in ("", " 12", "x" * 33):
        assert grid_code_problem(code, "text") is not None
