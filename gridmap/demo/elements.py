"""What else hangs on a grid: who serves it, street furniture, organisations; and the calm base
map.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, Point

from gridmap.demo.buildings import Placed
from gridmap.demo.census import person_names
from gridmap.demo.roads import Way
from gridmap.demo.streets import Street
from gridmap.demo.tints import Area
from gridmap.profiles import Profile

_PARTNERS = (
    "县供电公司",
    "县农商银行",
    "县人民医院",
    "县邮政分公司",
    "县自然资源局",
    "县水利局",
    "县教育科技局",
)
_ORGANISATIONS = {
    "government": "committee",
    "clinic": "clinic",
    "school": "school",
    "kindergarten": "school",
    "shop": "shop",
    "hospital": "hospital",
    "market": "market",
    "factory": "enterprise",
    "temple": "temple",
    "station": "station",
    "office": "enterprise",
    "culture": "culture",
}
_SHOP_NAMES = (
    "便民超市",
    "粮油店",
    "药店",
    "五金店",
    "小吃店",
    "理发店",
    "农资店",
    "服装店",
    "水果店",
    "通讯店",
)


def postings(grids: pd.DataFrame, profile: Profile, rng: np.random.Generator) -> pd.DataFrame:
    """A lead and an officer for every grid and one person for each contact role of the profile;
    every role once.
    """
    roles = [role.code for role in profile.roles]
    rows = [
        (code, role)
        for code in grids["code"]
        for role in roles
        if role != "volunteer" or rng.random() < 0.6
    ]
    numbers = rng.permutation(10_000)[np.arange(len(rows)) % 10_000]
    names = person_names(len(rows), rng)
    partners = rng.integers(0, len(_PARTNERS), len(rows))
    named = [
        _PARTNERS[int(p)] if role == "partner_contact" else name
        for (_, role), name, p in zip(rows, names, partners, strict=True)
    ]
    return pd.DataFrame(
        {
            "grid_code": [code for code, _ in rows],
            "role": [role for _, role in rows],
            "person_name": named,
            "office_phone": [f"0350-000{n:04d}" for n in numbers],
        }
    )


def street_assets(
    streets: list[Street], lanes: list[LineString], prefix: str, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Lamps, manholes, boxes, bins and hydrants along town streets, a few lamps along village
    lanes; metres.
    """
    rows: list[tuple[str, str, Point]] = []
    for street in streets:
        gap = {"main": 34.0, "street": 46.0, "lane": 80.0}[street.kind]
        side = {"main": 8.0, "street": 5.0, "lane": 3.0}[street.kind]
        rows += _beside(street.line, gap, side, "street_lamp", f"{street.name}路灯", rng)
        rows += _beside(street.line, gap * 1.9, 0.8, "manhole", f"{street.name}井盖", rng)
        if street.kind != "lane":
            rows += _beside(
                street.line, 210.0, -side - 1.0, "junction_box", f"{street.name}配电箱", rng
            )
            rows += _beside(street.line, 130.0, -side, "litter_bin", f"{street.name}果皮箱", rng)
            rows += _beside(street.line, 260.0, side + 1.0, "hydrant", f"{street.name}消火栓", rng)
    for lane in lanes:
        rows += _beside(lane, 75.0, 4.0, "street_lamp", "村道路灯", rng)
    return gpd.GeoDataFrame(
        {
            "code": [f"{prefix}A{n:05d}" for n in range(1, len(rows) + 1)],
            "name": [name for _, name, _ in rows],
            "category": [category for category, _, _ in rows],
        },
        geometry=[point for _, _, point in rows],
    )


def _beside(
    line: LineString, gap: float, side: float, category: str, name: str, rng: np.random.Generator
) -> list[tuple[str, str, Point]]:
    along = np.arange(gap * 0.5, line.length, gap)
    along = along + rng.normal(0.0, gap * 0.04, along.size)
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    ahead = shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.minimum(along + 2.0, line.length))
    )
    back = shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.maximum(along - 2.0, 0.0))
    )
    course = ahead - back
    norm = np.linalg.norm(course, axis=1, keepdims=True)
    normal = np.column_stack([-course[:, 1], course[:, 0]]) / np.where(norm == 0, 1.0, norm)
    turn = np.where(np.arange(along.size) % 2 == 0, side, -side if abs(side) > 1 else side)
    return [(category, name, Point(p)) for p in here + normal * turn[:, None]]


def organisations(
    placed: list[Placed],
    addresses: list[str],
    villages: list[str],
    names: dict[str, str],
    prefix: str,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """A party branch per village or community, and the institutions and shops in the buildings;
    metres.
    """
    rows: list[tuple[str, str, str, Point]] = []
    home: dict[str, int] = {}
    for index, (item, village) in enumerate(zip(placed, villages, strict=True)):
        if village not in home or (
            item.kind == "government" and placed[home[village]].kind != "government"
        ):
            home[village] = index
    for village, index in sorted(home.items()):
        rows.append(
            (f"{names[village]}党支部", "party_branch", addresses[index], _inside(placed[index]))
        )
    for item, address, village in zip(placed, addresses, villages, strict=True):
        category = _ORGANISATIONS.get(item.kind)
        if category and (item.kind != "shop" or rng.random() < 0.8):
            name = (
                item.name
                or f"{names[village]}{_SHOP_NAMES[int(rng.integers(0, len(_SHOP_NAMES)))]}"
            )
            rows.append((name, category, address, _inside(item)))
    return gpd.GeoDataFrame(
        {
            "code": [f"{prefix}G{n:05d}" for n in range(1, len(rows) + 1)],
            "name": [row[0] for row in rows],
            "category": [row[1] for row in rows],
            "address": [row[2] for row in rows],
        },
        geometry=[row[3] for row in rows],
    )


def _inside(item: Placed) -> Point:
    return item.polygon.representative_point()


def base_features(
    ways: list[Way], streets: list[Street], lanes: list[LineString], areas: list[Area], prefix: str
) -> gpd.GeoDataFrame:
    """Roads, rivers, walls and tinted areas as one table; metres."""
    rows = list(areas)
    rows += [Area(way.kind, way.rank, way.name, way.line) for way in ways]
    rows += [Area("road", street.kind, street.name, street.line) for street in streets]
    rows += [Area("road", "lane", None, lane) for lane in lanes]
    return gpd.GeoDataFrame(
        {
            "code": [f"{prefix}F{n:05d}" for n in range(1, len(rows) + 1)],
            "kind": [row.kind for row in rows],
            "class": [row.rank for row in rows],
            "name": [row.name for row in rows],
        },
        geometry=[row.geometry for row in rows],
    )
