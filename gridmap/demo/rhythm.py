"""When and where incidents of each category happen: shares, hours, months, places, channels,
wording.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Rhythm(NamedTuple):
    """`share` of all incidents; peaks as (hour, width, weight); months whose weight differs from
    1; factor at weekends; weight in the town against the country; building kinds that draw it;
    share on roads; channels.
    """

    share: float
    hours: tuple[tuple[float, float, float], ...]
    months: dict[int, float]
    weekend: float
    town: float
    kinds: dict[str, float]
    on_road: float
    channels: dict[str, float]
    hours_to_close: float


_OFFICE = ((10.0, 1.4, 1.0), (15.5, 1.6, 0.9))
_DAY = ((9.5, 2.0, 1.0), (16.0, 2.6, 1.0), (20.0, 1.5, 0.3))
_FIELD = {"patrol": 5.0, "proactive": 2.0, "hotline": 1.5, "mini_program": 1.5, "superior": 0.3}

RHYTHMS: dict[str, Rhythm] = {
    "environment": Rhythm(
        0.19,
        _DAY,
        {6: 1.3, 7: 1.5, 8: 1.4, 10: 1.2},
        1.0,
        2.2,
        {"market": 60, "shop": 4, "station": 30, "apartment": 9},
        0.25,
        _FIELD,
        14.0,
    ),
    "facilities": Rhythm(
        0.17,
        ((8.5, 1.6, 1.0), (18.5, 2.2, 1.1), (21.5, 1.2, 0.4)),
        {11: 1.6, 12: 1.5, 1: 1.5, 2: 1.2},
        0.9,
        2.6,
        {"apartment": 14, "school": 4},
        0.35,
        _FIELD | {"hotline": 4.0},
        30.0,
    ),
    "order": Rhythm(
        0.15,
        ((8.0, 1.0, 1.0), (12.0, 1.3, 0.7), (18.5, 2.0, 1.3), (22.0, 1.2, 0.5)),
        {5: 1.2, 6: 1.4, 7: 1.5, 8: 1.4, 1: 0.7, 2: 1.1},
        1.25,
        9.0,
        {"market": 120, "hospital": 50, "station": 80, "school": 25, "shop": 14, "apartment": 5},
        0.4,
        _FIELD,
        4.0,
    ),
    "safety": Rhythm(
        0.09,
        _OFFICE,
        {3: 1.5, 4: 1.6, 7: 1.5, 8: 1.4, 12: 1.2},
        0.7,
        1.2,
        {"factory": 30, "shop": 6, "market": 30, "school": 6, "apartment": 4},
        0.08,
        {"patrol": 4.0, "proactive": 4.0, "hotline": 0.6},
        48.0,
    ),
    "dispute": Rhythm(
        0.1,
        ((10.0, 1.8, 1.0), (15.5, 2.0, 0.9), (20.5, 1.6, 0.7)),
        {1: 1.3, 2: 1.4, 9: 1.1},
        1.15,
        1.3,
        {"hospital": 60, "market": 30, "factory": 20, "apartment": 5},
        0.03,
        {"walk_in": 3.0, "mediation": 3.0, "hotline": 2.0, "proactive": 2.0},
        80.0,
    ),
    "livelihood": Rhythm(
        0.13,
        _OFFICE,
        {1: 1.2, 9: 1.3, 12: 1.2},
        0.35,
        1.0,
        {"government": 30, "hospital": 8},
        0.0,
        {"walk_in": 5.0, "mini_program": 2.0, "hotline": 1.5, "proactive": 1.0},
        5.0,
    ),
    "care": Rhythm(
        0.05,
        ((7.0, 1.5, 1.0), (14.0, 3.0, 0.6), (21.0, 2.0, 1.0), (3.0, 2.0, 0.4)),
        {12: 1.4, 1: 1.6, 2: 1.3},
        1.0,
        0.7,
        {},
        0.0,
        {"care_call": 6.0, "proactive": 1.0, "hotline": 0.5},
        1.5,
    ),
    "farming": Rhythm(
        0.06,
        ((8.0, 1.8, 1.0), (17.0, 2.0, 0.8)),
        {3: 1.5, 4: 1.7, 5: 1.4, 6: 1.2, 9: 1.3, 12: 0.5, 1: 0.5},
        0.8,
        0.006,
        {},
        0.1,
        {"walk_in": 2.0, "patrol": 3.0, "hotline": 1.0, "proactive": 1.5},
        40.0,
    ),
    "consultation": Rhythm(
        0.06,
        _OFFICE,
        {},
        0.4,
        1.0,
        {"government": 40},
        0.0,
        {"hotline": 4.0, "mini_program": 3.0, "walk_in": 2.0},
        2.5,
    ),
}
PLAIN = Rhythm(0.05, _DAY, {}, 0.9, 1.0, {}, 0.1, {"patrol": 1.0, "hotline": 1.0}, 24.0)
"""For a category of a profile that has no rhythm of its own."""

SEASONAL = {
    "heating": {
        11: 5.0,
        12: 5.0,
        1: 5.0,
        2: 4.0,
        3: 2.0,
        4: 0.05,
        5: 0.02,
        6: 0.02,
        7: 0.02,
        8: 0.02,
        9: 0.05,
        10: 0.6,
    },
    "straw_burning": {10: 5.0, 11: 3.0, 3: 4.0, 4: 3.0, 6: 0.2, 7: 0.1, 8: 0.1},
    "forest_fire": {3: 5.0, 4: 6.0, 5: 4.0, 10: 1.5, 7: 0.1, 8: 0.1},
    "flood_slope": {6: 2.0, 7: 7.0, 8: 7.0, 12: 0.02, 1: 0.02, 2: 0.02},
    "noise": {6: 1.6, 7: 1.8, 8: 1.7},
    "grazing": {5: 2.0, 6: 2.0, 7: 2.0, 12: 0.2, 1: 0.2},
    "subsidy": {3: 3.0, 4: 2.5, 10: 1.5},
    "water_pipe": {12: 1.8, 1: 2.2, 2: 1.6},
}
"""Months that weigh differently for single subcategories."""

WEIGHT = {
    "litter": 4.0,
    "street_vendor": 3.0,
    "illegal_parking": 4.0,
    "street_lamp": 2.5,
    "neighbour": 3.0,
    "certificate": 3.0,
    "policy": 2.0,
    "fire_hazard": 2.0,
    "sewage": 1.5,
    "road_damage": 1.6,
    "medical": 0.4,
    "lost_person": 0.15,
}
"""Subcategories that are more or less common than 1 within their category."""

WORDING = {
    "litter": "{place}有垃圾堆放，影响环境，请清理。",
    "sewage": "{place}下水井冒溢，路面有积水异味。",
    "street_lamp": "{place}路灯不亮，夜间出行不便。",
    "manhole": "{place}井盖松动破损，存在绊倒风险。",
    "road_damage": "{place}路面破损有坑洼，请修补。",
    "water_pipe": "{place}供水管道漏水，已积水。",
    "heating": "{place}室温不达标，请供热单位上门检查。",
    "power_cut": "{place}停电，请核实抢修。",
    "street_vendor": "{place}有摊贩占道经营，通行受阻。",
    "illegal_parking": "{place}车辆乱停，占用消防通道。",
    "noise": "{place}噪声扰民，请劝导。",
    "fire_hazard": "{place}楼道堆放杂物，存在消防隐患。",
    "unsafe_house": "{place}房屋墙体开裂，请鉴定。",
    "forest_fire": "{place}附近发现野外用火，已劝阻。",
    "flood_slope": "{place}边坡有落石，汛期需设警示。",
    "neighbour": "{place}邻里因通道使用发生争执，请调解。",
    "land": "{place}承包地边界有争议，请到场核实。",
    "labour": "{place}反映工资未按时发放，请协调。",
    "certificate": "{place}住户申请代办证明材料。",
    "pension": "{place}老人申请居家养老服务。",
    "care_request": "{place}一键呼叫求助，网格员已联系。",
    "visit": "{place}例行探视走访，情况正常。",
    "grazing": "{place}附近羊群进入林地，请劝离。",
    "drinking_water": "{place}自来水水压不足，请检修。",
    "policy": "{place}住户咨询惠民政策办理流程。",
}


def hour_weights(rhythm: Rhythm) -> Floats:
    """24 weights, wrapped around midnight."""
    clock = np.arange(24) + 0.5
    total = np.full(24, 0.02)
    for centre, width, weight in rhythm.hours:
        gap = np.abs(clock - centre)
        total += weight * np.exp(-0.5 * (np.minimum(gap, 24 - gap) / width) ** 2)
    return np.asarray(total / total.sum(), dtype=np.float64)
