"""Somebody who edits a village: keeps a history of bytes, and finds things to edit."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import shapely
from hypothesis.stateful import RuleBasedStateMachine

from gridmap.plans.editing import XY, Change, Division, Footprints, Refused, Rules, judge
from tests.plans.editing.villages import DEGREES_PER_METRE

NEAR = 1e-6  # of the area


@dataclass(frozen=True)
class Step:
    """What the history of a village keeps: the bytes of the touched grids before and after."""

    before: dict[str, bytes]
    after: dict[str, bytes]
    area: tuple[float, float]
    homed: tuple[Any, Any]


def as_bytes(division: Division) -> dict[str, bytes]:
    return {code: shapely.to_wkb(shape) for code, shape in division.shapes.items()}


class Editor(RuleBasedStateMachine):
    """A village, what was done to it, what was refused, and what is known to hold."""

    done: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()

    def begin(self, division: Division, footprints: Footprints, rules: Rules) -> None:
        self.division = division
        self.footprints = footprints
        self.rules = rules
        self.past: list[Step] = []
        self.future: list[Step] = []
        self.numbers: Iterator[int] = iter(range(500, 999))
        self.homed = self.owners() > 0
        self.area = self.covered()
        self.uncut = self.whole_buildings()

    def do(self, name: str, operation: Callable[[], Change]) -> None:
        before = as_bytes(self.division)
        try:
            change = operation()
            judge(self.division, change, self.footprints, self.rules)
        except Refused as refusal:
            assert refusal.zh and refusal.en
            self.refused[f"{name}: {refusal.rule}"] += 1
            assert as_bytes(self.division) == before
            return
        self.done[name] += 1
        self.division = self.division.after(change)
        after = as_bytes(self.division)
        touched = {code for code in before | after if before.get(code) != after.get(code)}
        assert touched <= {*change.shapes, *change.ended}
        area, homed = self.area, self.homed
        if change.adds_land:
            self.area, self.homed = self.covered(), self.homed | (self.owners() > 0)
            assert self.area >= area * (1 - NEAR)
        self.past.append(
            Step(
                {code: before[code] for code in touched if code in before},
                {code: after[code] for code in touched if code in after},
                (area, self.area),
                (homed, self.homed),
            )
        )
        self.future = []

    def put(self, there: dict[str, bytes], wanted: dict[str, bytes]) -> None:
        """The bytes of a step in place of those that it finds, and nothing else touched."""
        now = as_bytes(self.division)
        assert {code: now[code] for code in there} == there
        expected = {code: wkb for code, wkb in now.items() if code not in there} | wanted
        shapes = {c: s for c, s in self.division.shapes.items() if c not in there}
        shapes |= {code: shapely.from_wkb(wkb) for code, wkb in wanted.items()}
        self.division = Division(self.division.village, shapes)
        assert as_bytes(self.division) == expected

    def covered(self) -> float:
        return float(shapely.area(list(self.division.shapes.values())).sum())

    def owners(self, strictly: bool = False) -> np.ndarray:
        """In how many grids each building is; on a border it is in several."""
        points = shapely.points(self.footprints.anchors)
        counts = np.zeros(len(points), int)
        for shape in self.division.shapes.values():
            shapely.prepare(shape)
            counts += (shapely.contains if strictly else shapely.intersects)(shape, points)
        return counts

    def whole_buildings(self) -> np.ndarray:
        """Which buildings no border runs through, but for the thickness of a wall."""
        cores = shapely.buffer(self.footprints.shapes, -0.06 * DEGREES_PER_METRE[0])
        shapes = [self.division.village, *self.division.shapes.values()]
        borders = shapely.STRtree([shape.boundary for shape in shapes])
        whole = np.ones(len(cores), bool)
        whole[borders.query(cores, "intersects")[0]] = False
        return whole

    def as_frame(self) -> gpd.GeoDataFrame:
        shapes = self.division.shapes
        return gpd.GeoDataFrame({"code": list(shapes)}, geometry=list(shapes.values()), crs=4490)

    def code(self, pick: int) -> str:
        codes = sorted(self.division.shapes)
        return codes[pick % len(codes)]

    def new(self) -> str:
        return str(next(self.numbers))

    def vertices(self) -> list[tuple[float, float]]:
        xy = shapely.get_coordinates(list(self.division.shapes.values()))
        return [tuple(one) for one in np.unique(xy, axis=0).tolist()]

    def vertex(self, pick: int) -> np.ndarray:
        vertices = self.vertices()
        return np.array(vertices[pick % len(vertices)])

    def inner_vertex(self, pick: int) -> np.ndarray:
        """Mostly one inside the village, where more can be done."""
        vertices = np.array(self.vertices())
        inside = vertices[~self.division.is_on_outline(vertices)]
        return self.vertex(pick) if pick % 5 == 0 or not len(inside) else inside[pick % len(inside)]

    def ends_on_outline(self) -> list[tuple[float, float]]:
        """The vertices on the village line where two grids meet."""
        shapes = self.division.shapes.values()
        held = Counter(xy for s in shapes for xy in set(map(tuple, shapely.get_coordinates(s))))
        shared = sorted(vertex for vertex, grids in held.items() if grids > 1)
        on_line = self.division.is_on_outline(shared)
        return [vertex for vertex, is_end in zip(shared, on_line, strict=True) if is_end]

    def along_outline(self, end: XY, pick: int) -> list[XY]:
        """The vertices of the village line from an end on, up to where the next border ends."""
        sides: dict[frozenset[XY], int] = Counter()
        for shape in self.division.shapes.values():
            for ring in shapely.get_rings(shapely.get_parts(shape)):
                walk = list(map(tuple, shapely.get_coordinates(ring).tolist()))
                sides.update(frozenset(pair) for pair in pairwise(walk))
        beside = defaultdict(list)
        for one, other in (sorted(pair) for pair, grids in sides.items() if grids == 1):
            beside[one].append(other)
            beside[other].append(one)
        inner = {vertex for pair, grids in sides.items() if grids > 1 for vertex in pair}
        path = [end]
        while nexts := [v for v in beside[path[-1]] if v not in path]:
            path.append(nexts[pick % len(nexts)])
            if path[-1] in inner:
                break
        return path[1:]

    def edge(self, pick: int) -> np.ndarray:
        ring = shapely.get_coordinates(self.division.shapes[self.code(pick)])
        start = pick // 7 % (len(ring) - 1)
        return ring[start : start + 2]

    def neighbours(self, code: str) -> list[str]:
        shape = self.division.shapes[code]
        return [
            other
            for other, beside in sorted(self.division.shapes.items())
            if other != code and shapely.length(shapely.intersection(shape, beside)) > 0
        ]

    def edge_between(self, one: str, other: str) -> np.ndarray:
        both = shapely.intersection(self.division.shapes[one], self.division.shapes[other])
        parts = [part for part in shapely.get_parts(both) if shapely.length(part)]
        return shapely.get_coordinates(parts[0])[:2]

    def polygon(
        self, middle: np.ndarray, reach: float, corners: int, turn: float, slim: float = 1
    ) -> Any:
        angles = 2 * np.pi * (np.arange(corners) + turn) / corners
        radii = np.c_[np.cos(angles) * slim, np.sin(angles) / slim] * reach
        ring = middle + radii * DEGREES_PER_METRE
        return shapely.Polygon(ring)
