"""Input that cannot be merged: what is wrong, where, and nothing half done."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely

from gridmap.errors import CallError, DataError, GridmapError
from gridmap.plans.networks import Buildings, NetworkGrid, merge_networks
from tests.drawing import square
from tests.plans.networks.towns import VILLAGE, homes, network

TOWN = """
    AB
    AB
"""
BOWTIE = shapely.Polygon([(111.5, 38.7), (111.52, 38.72), (111.52, 38.7), (111.5, 38.72)])


def attempt(**other: Any) -> None:
    """A merge that would succeed but for what is given."""
    known: dict[str, Any] = {
        "networks": {"party": network(TOWN)},
        "territory": {VILLAGE: square(0, 0, 2, 2)},
        "buildings": homes(TOWN),
        "size": (100, 300),
    }
    merge_networks(**{**known, **other})


def with_grid(shape: Any, code: str = "X") -> dict[str, Any]:
    return {"networks": {"party": network(TOWN), "city": [NetworkGrid(code, shape)]}}


def with_buildings(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    town = homes(TOWN)
    columns = {"anchors": town.anchors, "households": town.households, "residents": town.residents}
    change(columns)
    return {"buildings": Buildings(**columns)}


def test_what_is_refused_is_refused_for_what_is_given() -> None:
    attempt()


@pytest.mark.parametrize(
    ("other", "error", "said"),
    [
        ({"networks": {}}, CallError, "no network to merge"),
        ({"networks": {"party": network(TOWN), "city": []}}, DataError, "'city' has no grid"),
        (with_grid(square(5, 5)), DataError, "X of network 'city' lies outside the territory"),
        (with_grid(square(2, 0)), DataError, "X of network 'city' lies outside the territory"),
        (with_grid(BOWTIE), DataError, "X of network 'city' is not valid: Self-intersection"),
        (with_grid(shapely.Point(111.5, 38.7)), DataError, "X of network 'city' is no polygon"),
        (with_grid(shapely.Polygon()), DataError, "is no polygon, or is empty"),
        (with_grid(None), DataError, "is no polygon"),
        (
            with_grid(shapely.Polygon([(111.5, 38.7), (np.nan, 38.7), (111.5, 38.72)])),
            DataError,
            "NaN or infinite",
        ),
        (
            {"networks": {"party": network(TOWN) + network(TOWN)}},
            DataError,
            "grid A of network 'party' occurs twice",
        ),
        ({"territory": {}}, CallError, "no village was given"),
        ({"territory": {VILLAGE: BOWTIE}}, DataError, f"outline of village {VILLAGE} is not valid"),
        ({"size": (300, 100)}, CallError, "given were 300, 100"),
        ({"size": (0, 100)}, CallError, "given were 0, 100"),
        ({"size": {"other": (1, 2)}}, CallError, f"for these villages: {VILLAGE}"),
        ({"tolerance_m": 0}, CallError, "tolerance"),
        ({"tolerance_m": float("nan")}, CallError, "tolerance"),
        ({"tolerance_m": 51}, CallError, "at most 50 m"),
        ({"weights": {"market": 1}}, CallError, "unknown networks: market"),
        ({"weights": {"party": -1}}, CallError, "network 'party' must be a number from 0"),
        ({"weights": {"party": float("nan")}}, CallError, "must be a number from 0"),
        ({"weights": {"party": 0}}, CallError, "needs a weight above 0"),
        (
            with_buildings(lambda columns: columns.update(households=np.array([1]))),
            DataError,
            "differ in length: [1, 4]",
        ),
        (
            with_buildings(lambda columns: columns["anchors"].__setitem__((2, 0), np.inf)),
            DataError,
            "building 3 is wrong",
        ),
        (
            with_buildings(lambda columns: columns["residents"].__setitem__(1, -1)),
            DataError,
            "building 2 is wrong",
        ),
        (
            with_buildings(
                lambda columns: columns.update(
                    footprints=np.array([None, BOWTIE, None, None], dtype=object)
                )
            ),
            DataError,
            "building 2 is wrong",
        ),
    ],
)
def test_bad_input_is_refused_by_name(
    other: dict[str, Any], error: type[GridmapError], said: str
) -> None:
    with pytest.raises(error, match=None) as caught:
        attempt(**other)
    assert said in caught.value.en
    assert caught.value.zh
