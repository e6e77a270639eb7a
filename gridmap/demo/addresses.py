"""Names and addresses of buildings: numbers along streets, buildings of compounds, houses of
villages.
"""

import numpy as np
import shapely

from gridmap.demo.buildings import Placed
from gridmap.demo.streets import Street

_COMPOUNDS = (
    *("漪水家园", "惠民小区", "安居苑", "文昌苑", "广惠园", "桃花苑", "祥和小区"),
    *("阳光小区", "锦绣家园", "育才小区", "康乐小区", "龙泉小区", "福源小区", "新民小区"),
    *("和谐家园", "兴盛苑", "滨河小区", "荣华苑", "金苑小区", "丰泽园", "瑞安小区"),
    *("春晖苑", "向阳小区", "吉祥苑", "幸福里", "学府苑", "青松小区", "百合园"),
)


def name_buildings(
    placed: list[Placed],
    villages: list[str],
    names: dict[str, str],
    town: str,
    streets: list[Street],
) -> tuple[list[str], list[str]]:
    """The name and the address of each building; `villages` are the codes they stand in, `names`
    code → name.
    """
    nearest, number = _along_streets(placed, streets)
    compound = _compounds(placed)
    counted: dict[tuple[str, ...], int] = {}
    labels, addresses = [], []
    for index, (item, village) in enumerate(zip(placed, villages, strict=True)):
        if item.kind == "apartment":
            place = compound[item.grid]
            counted[place,] = counted.get((place,), 0) + 1
            label = f"{place}{counted[place,]}号楼"
            address = f"{town}{nearest[index]}{label}"
        elif item.grid < 0:
            label = f"{nearest[index]}{number[index]}号"
            address = f"{town}{label}"
        else:
            counted[village, "house"] = counted.get((village, "house"), 0) + 1
            label = f"{names[village]}{counted[village, 'house']}号"
            address = label
        labels.append(item.name or label)
        addresses.append(address)
    return labels, addresses


def _along_streets(placed: list[Placed], streets: list[Street]) -> tuple[list[str], list[int]]:
    """The nearest street's name and the running number along all streets of that name, west and
    south first.
    """
    centres = np.asarray([item.polygon.centroid for item in placed], dtype=object)
    nearest = shapely.STRtree([street.line for street in streets]).nearest(centres)
    names = [streets[int(k)].name for k in nearest]
    turns = [
        abs(s.line.coords[0][0] - s.line.coords[-1][0])
        > abs(s.line.coords[0][1] - s.line.coords[-1][1])
        for s in streets
    ]
    spot = [
        centre.x if turns[int(k)] else centre.y for centre, k in zip(centres, nearest, strict=True)
    ]
    number = [0] * len(placed)
    counted: dict[str, int] = {}
    for index in sorted(range(len(placed)), key=lambda k: (names[k], spot[k], k)):
        if placed[index].grid < 0 and placed[index].kind != "apartment":
            counted[names[index]] = counted.get(names[index], 0) + 1
            number[index] = counted[names[index]]
    return names, number


def _compounds(placed: list[Placed]) -> dict[int, str]:
    """A compound's name for each grid with flats."""
    grids = sorted({item.grid for item in placed if item.kind == "apartment"}, reverse=True)
    names = {}
    for index, grid in enumerate(grids):
        turn, which = divmod(index, len(_COMPOUNDS))
        names[grid] = _COMPOUNDS[which] + (f"{'二三四五'[turn - 1]}区" if turn else "")
    return names
