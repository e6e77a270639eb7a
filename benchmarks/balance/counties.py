"""Public plans of districts, divided by the search itself: `python -m benchmarks.balance.counties`.

Arkansas: 2,294 block groups, 4 districts within 0.5 %, the shortest border between them. Iowa: 99
counties, 4 districts, the least people between the largest and the smallest; the enacted plan has
76. Both begin from nothing. Writes the graphs that peers are given; prints a line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.balance.graph import Graph, save
from benchmarks.balance.instances import KEPT, SHARED, Absent, graph_of
from gridmap.balancing.cells import borders_of
from gridmap.balancing.contacts import segments_of
from gridmap.balancing.kernel import Energy, Search
from gridmap.balancing.problem import Contacts, Labels, Problem
from gridmap.balancing.search import Recipe
from gridmap.balancing.starts import cut_anew

DISTRICTS = 4
WITHIN = 0.005
DEGREE_M = 100_000.0
FOLDER = SHARED / "population"

SHORT = Recipe(Energy(50, 0, 0, 10, 0, 0), 0, 8, 3.0, 0.01, 1_000, 0.02, 0.0, 0)
"""Arkansas: borders as short as can be while it is in range."""

EQUAL = Recipe(Energy(0, 1e8, 0.1, 0.1, 0, 0), 0, 60, 1.0, 0.03, 5_000, 0.2, 0.3, 0)
"""Iowa: hardly anything but even. A share of 1e-4 of the target weighs as much as 1 of energy."""


def arkansas() -> tuple[Problem, NDArray[Any]]:
    """The block groups and where they are, in degrees taken for equal."""
    nodes = pd.read_parquet(FOLDER / "arkansas_bg2020_nodes.parquet")
    edges = pd.read_parquet(FOLDER / "arkansas_bg2020_edges.parquet")
    number = pd.Series(np.arange(len(nodes)), index=nodes["id"])
    one, other = (edges[end].map(number).to_numpy(np.int64) for end in ("a", "b"))
    length = edges["shared_perim"].to_numpy() * DEGREE_M
    people = nodes["tot_pop_20"].to_numpy(np.float64)
    area = nodes["area"].to_numpy() * DEGREE_M**2
    target = people.sum() / DISTRICTS
    size = (target * (1 - WITHIN), target * (1 + WITHIN))
    spots = nodes[["INTPTLON20", "INTPTLAT20"]].astype(float).to_numpy() * DEGREE_M
    return _problem(people, area, np.zeros(len(nodes)), (one, other, length), size), spots


def iowa() -> tuple[Problem, NDArray[Any], Labels]:
    """The counties, where they are, and the enacted plan."""
    table = gpd.read_parquet(FOLDER / "iowa_counties_cd2010.parquet")
    people = table["pop"].to_numpy(np.float64)
    segments = segments_of(table.geometry.to_numpy())
    borders, outline = borders_of(segments, np.zeros(len(table), np.int32), None)
    target = people.sum() / DISTRICTS
    problem = _problem(
        people, table.area.to_numpy(), outline, (borders.one, borders.other, borders.length_m),
        (target, target),
    )  # fmt: skip
    middle = table.geometry.centroid
    spots = np.column_stack([middle.x, middle.y])
    return problem, spots, table["cd_2010"].to_numpy(np.int32) - 1


def _problem(
    people: NDArray[Any], area_m2: NDArray[Any], outline_m: NDArray[Any],
    borders: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], size: tuple[float, float],
) -> Problem:  # fmt: skip
    one, other, length = borders
    units = len(people)
    start, end = np.append(one, other), np.append(other, one)
    order = np.lexsort((end, start))
    metres = np.tile(length, 2)[order]
    rows = np.append(0, np.cumsum(np.bincount(start, minlength=units))).astype(np.int64)
    contacts = Contacts(
        rows, end[order].astype(np.int32), metres, metres, np.ones(len(metres), dtype=bool)
    )
    return Problem(
        people, people, np.ones(units), area_m2, outline_m, contacts,
        np.full(units, -1, dtype=np.int32), DISTRICTS, size, np.zeros((units, 0)), np.ones(0),
    )  # fmt: skip


def searched(problem: Problem, recipe: Recipe, worth: Callable[[NDArray[Any]], Any]) -> Labels:
    """The best of as many starts as the recipe says."""
    found = []
    for seed in range(recipe.anew):
        start, label = cut_anew(problem, seed)
        search = Search(start, recipe.energy, label, seed)
        search.anneal(
            recipe.hot, recipe.cold, int(recipe.moves * problem.units),
            trees=recipe.trees, swaps=recipe.swaps, bias=recipe.bias,
        )  # fmt: skip
        search.quench()
        found.append(search.label)
    return min(found, key=worth)


def told(graph: Graph, label: NDArray[Any]) -> dict[str, float]:
    """How far apart the districts are in people, and how long the borders between them are."""
    weight = np.bincount(label, graph.weight, DISTRICTS)
    cut = label[graph.owner] != label[graph.other]
    return {
        "spread": float(np.ptp(weight)),
        "deviation": float(np.abs(weight / graph.target - 1).max()),
        "cut_edges": int(cut.sum()) // 2,
        "border_m": float(graph.length_m[cut].sum()) / 2,
    }


def main() -> None:
    """Divides both, and writes what peers need."""
    if not FOLDER.is_dir():
        raise Absent(f"no such folder: {FOLDER}")
    KEPT.mkdir(parents=True, exist_ok=True)
    counties, spots, enacted = iowa()
    graph = graph_of(counties, spots, (0.0002, 0.0005, 0.001, 0.01, 0.1))
    save(KEPT / "Iowa.npz", [graph])
    lines: dict[str, Any] = {"Iowa": {"enacted": told(graph, enacted)}}
    groups, places = arkansas()
    graphs = {"Iowa": graph, "Arkansas": graph_of(groups, places, (WITHIN, 0.05))}
    save(KEPT / "Arkansas.npz", [graphs["Arkansas"]])
    for name, problem, recipe in (("Iowa", counties, EQUAL), ("Arkansas", groups, SHORT)):
        start = time.process_time()
        label = searched(problem, recipe, graphs[name].worth)
        seconds = time.process_time() - start
        lines.setdefault(name, {})["gridmap"] = {"cpu": seconds} | told(graphs[name], label)
    sys.stdout.write(json.dumps(lines) + "\n")


if __name__ == "__main__":
    main()
