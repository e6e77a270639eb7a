"""The instances: measured towns where they are at hand, made ones, and a sample of villages."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.balance.graph import Graph, save
from benchmarks.balance.town import make_town
from gridmap.balancing.cells import Cells, Units, units_of
from gridmap.balancing.exact import HOUSEHOLDS, impossible
from gridmap.balancing.intake import Asked, take
from gridmap.balancing.numbering import matched
from gridmap.balancing.problem import Problem
from gridmap.balancing.scoring import figures, measure
from gridmap.balancing.villages import problem_of, todays

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
KEPT = ROOT / "build" / "balance"
SIZE = (300.0, 500.0)
EVENNESS = (0.05, 0.1, 0.2, 0.4, 1.0, 8.0)
LAYERS = ("cells", "villages", "barriers")


class Absent(Exception):
    """An instance is not on this machine."""


def folder_of(name: str) -> Path:
    """Where the layers of an instance lie: `town_2k`, `town_20k` of the shared data,
    `made_BUILDINGS_SEED`, which is made when it is first asked for, or `EVERY_NAME`, each so many
    villages of another.

    Raises:
        Absent: it is one of the shared towns, and they are not there.
    """
    kind, _, rest = name.partition("_")
    folder = SHARED / "balance" / name if kind == "town" else KEPT / name
    if kind == "town" and not folder.is_dir():
        raise Absent(f"{name}: no such folder in {SHARED / 'balance'}")
    if not (folder / "barriers.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "made":
            buildings, _, seed = rest.partition("_")
            town = make_town(int(buildings), int(seed))
            layers = [town.cells, town.villages, town.barriers]
        else:
            layers = _sampled(folder_of(rest), int(kind))
        for layer, table in zip(LAYERS, layers, strict=True):
            table.to_parquet(folder / f"{layer}.parquet")
    return folder


def _sampled(folder: Path, every: int) -> list[gpd.GeoDataFrame]:
    """Villages from the smallest to the largest, and all barriers."""
    cells, villages, barriers = layers_of(folder)
    size = cells.groupby("village").size().sort_values(kind="stable")
    chosen = size.index[every // 2 :: every]
    return [
        table[table["village"].isin(chosen)].reset_index(drop=True) for table in (cells, villages)
    ] + [barriers]


def layers_of(folder: Path) -> list[gpd.GeoDataFrame]:
    """Cells, villages, barriers."""
    return [gpd.read_parquet(folder / f"{layer}.parquet") for layer in LAYERS]


@dataclass
class Instance:
    """An instance with all that is needed to judge any division of it by one measure."""

    name: str
    folder: Path

    @cached_property
    def cells(self) -> Cells:
        """Its buildings."""
        cells, _, barriers = layers_of(self.folder)
        asked = Asked("households", "village", "compound", "present")
        return take(cells, None, barriers, None, asked).cells

    @cached_property
    def units(self) -> Units:
        """Compounds drawn together."""
        return units_of(self.cells)

    @cached_property
    def problems(self) -> list[Problem]:
        """Its villages."""
        return [problem_of(self.units, one, SIZE) for one in range(len(self.cells.villages))]

    @cached_property
    def possible(self) -> NDArray[np.bool_]:
        """Of each village, whether arithmetic allows that all its grids are in range."""
        return np.array([impossible(one, HOUSEHOLDS) is None for one in self.problems])

    def write_graphs(self) -> Path:
        """The file that peers read."""
        middle = shapely.centroid(self.cells.shapes)
        units, weight = self.units, self.cells.area_m2
        x, y = (
            np.bincount(units.of, at * weight) / units.area_m2
            for at in (shapely.get_x(middle), shapely.get_y(middle))
        )
        spots = np.column_stack([x, y])
        parts = np.split(spots, units.bounds[1:-1])
        path = KEPT / f"{self.name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, [graph_of(one, at) for one, at in zip(self.problems, parts, strict=True)])
        return path

    def judged(self, label: NDArray[Any]) -> dict[str, float]:
        """The figures of a division: `scoring.FIGURES`, and the share of the grids that can be in
        range which are.

        Args:
            label: the grid of each building; numbers may repeat in other villages.
        """
        wide = int(label.max()) + 1
        pair, number = np.unique(self.cells.village * wide + label, return_inverse=True)
        village = pair // wide
        first = np.searchsorted(village, np.arange(len(self.problems) + 1))
        # A unit is where its first building is; one that is cut shows in `split_units`.
        unit_label = np.empty(len(self.units.weight), dtype=np.int64)
        unit_label[self.units.of[::-1]] = number[::-1]
        today = np.full(len(pair), -1, dtype=np.int64)
        for at, problem in enumerate(self.problems):
            here = slice(int(self.units.bounds[at]), int(self.units.bounds[at + 1]))
            grids = int(first[at + 1] - first[at])
            local = (unit_label[here] - first[at]).astype(np.int32)
            mates = matched(problem, local, grids)
            known = todays(self.units, at)
            continued = mates >= 0
            today[first[at] : first[at + 1]][continued] = known[mates[continued]]
        measured = measure(self.cells, number.astype(np.int32), today, SIZE)
        possible = self.possible[village]
        share = float((measured.in_range & possible).sum() / max(possible.sum(), 1))
        return figures(self.cells, measured, possible) | {"in_range_share": share}

    def present(self) -> dict[str, float]:
        """The figures of today's grids."""
        return self.judged(self.cells.present.astype(np.int64))


def graph_of(problem: Problem, spots: NDArray[Any], evenness: Sequence[float] = EVENNESS) -> Graph:
    """A village for peers."""
    contacts = problem.contacts
    return Graph(
        contacts.start, contacts.other.astype(np.int64), contacts.length_m, contacts.cost_m,
        problem.weight, spots[:, 0], spots[:, 1], problem.area_m2,
        np.array([problem.grids]), np.array(problem.size), np.array(evenness),
    )  # fmt: skip


def read(name: str) -> Instance:
    """An instance.

    Raises:
        Absent: as `folder_of`.
    """
    return Instance(name, folder_of(name))
