"""Whatever is drawn, in whatever order, taken back and done again: the village stays divided.

GRIDMAP_SEQUENCES sets how many sequences of operations are tried; 2,000 is the full size.
"""

import os
from typing import Any

import numpy as np
import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import gridmap
from gridmap.plans.editing import (
    Rules,
    draw,
    fill,
    merge,
    move_border,
    paint,
    reassign,
    snap,
    split,
)
from tests.plans.editing.editor import NEAR, Editor
from tests.plans.editing.villages import (
    DEGREES_PER_METRE,
    buildings,
    free_places,
    village,
)

SEQUENCES = int(os.environ.get("GRIDMAP_SEQUENCES", "160"))
STEPS = 12

picks = st.integers(0, 10_000)
metres = st.floats(-60, 60)
shares = st.floats(0.05, 0.95)
seeds = st.integers(0, 2**32 - 1)


class Editing(Editor):
    """A village, its history, and every operation with arguments that are mostly sensible."""

    @initialize(
        seed=seeds,
        kind=st.sampled_from(["voronoi", "streets"]),
        grids=st.integers(4, 14),
        holes=st.integers(0, 2),
        gaps=st.integers(0, 2),
        building_cut=st.sampled_from(["block", "warn", "off"]),
    )
    def settle(
        self, seed: int, kind: str, grids: int, holes: int, gaps: int, building_cut: Any
    ) -> None:
        rng = np.random.default_rng(seed)
        division = village(rng, kind, grids, holes, gaps)
        self.begin(division, buildings(rng, division, 60), Rules(building_cut=building_cut))

    # --- operations

    @rule(pick=picks, east=metres, north=metres)
    def move(self, pick: int, east: float, north: float) -> None:
        vertex = self.inner_vertex(pick)
        to = vertex + np.array([east, north]) * DEGREES_PER_METRE
        self.do("move", lambda: move_border(self.division, [(tuple(vertex), tuple(to))]))

    @rule(pick=picks, share=shares)
    def slide(self, pick: int, share: float) -> None:
        rings = shapely.get_rings(shapely.get_parts(self.division.village))
        line = rings[pick % len(rings)]
        ends = self.ends_on_outline() or self.vertices()
        vertex = ends[pick % len(ends)]
        length = line.length * (share - 0.5) / 20
        to = line.interpolate((line.project(shapely.Point(vertex)) + length) % line.length)
        self.do("slide", lambda: move_border(self.division, [(tuple(vertex), (to.x, to.y))]))

    @rule(pick=picks, count=st.integers(0, 4), share=st.sampled_from([0.3, 0.7, 1]))
    def slide_on(self, pick: int, count: int, share: float) -> None:
        ends = self.ends_on_outline()
        end = ends[pick % len(ends)] if ends else self.vertices()[0]
        onward = self.along_outline(end, pick // 7)
        if onward:
            count = min(count, len(onward) - 1)
            past, stretch = onward[:count], np.array([end, *onward][count : count + 2])
            to = tuple(
                stretch[1] if share == 1 else stretch[0] + share * np.diff(stretch, axis=0)[0]
            )
            past += [to] if share == 1 else []
            corners = set(map(tuple, shapely.get_coordinates(self.division.village)))
            before = corners & set(self.vertices())
            self.do("slide_on", lambda: move_border(self.division, slides=[(end, past, to)]))
            assert before <= set(self.vertices())

    @rule(pick=picks, share=shares, east=metres, north=metres)
    def bend(self, pick: int, share: float, east: float, north: float) -> None:
        one, other = self.edge(pick)
        at = tuple(one + (other - one) * share)
        to = tuple(at + np.array([east, north]) / 2 * DEGREES_PER_METRE)
        edge = (tuple(one), tuple(other))
        self.do("bend", lambda: move_border(self.division, [(at, to)], [(edge, at)]))

    @rule(pick=picks)
    def remove(self, pick: int) -> None:
        self.do(
            "remove", lambda: move_border(self.division, removes=[tuple(self.inner_vertex(pick))])
        )

    @rule(pick=picks, angle=st.floats(0, 3.14), bend=metres)
    def split(self, pick: int, angle: float, bend: float) -> None:
        code = self.code(pick)
        middle = np.array(shapely.point_on_surface(self.division.shapes[code]).coords[0])
        way = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-way[1], way[0]]) * bend
        line = [middle + p * DEGREES_PER_METRE for p in (-way * 700, across, way * 700)]
        self.do("split", lambda: split(self.division, code, line, self.new(), self.footprints))

    @rule(pick=picks, other=picks)
    def merge(self, pick: int, other: int) -> None:
        code = self.code(pick)
        beside = self.neighbours(code)
        if beside:
            codes = [code, beside[other % len(beside)]]
            self.do("merge", lambda: merge(self.division, codes, None, self.footprints))

    @rule(
        pick=picks,
        other=picks,
        reach=st.floats(8, 90),
        corners=st.integers(3, 12),
        turn=shares,
        slim=st.sampled_from([1, 0.3, 4]),
    )
    def reassign(
        self, pick: int, other: int, reach: float, corners: int, turn: float, slim: float
    ) -> None:
        region = self.polygon(self.vertex(pick), reach, corners, turn, slim)
        touched = [c for c, s in self.division.shapes.items() if shapely.intersects(s, region)]
        to = touched[other % len(touched)]
        self.do("reassign", lambda: reassign(self.division, region, to, self.footprints))

    @rule(pick=picks, other=picks, turn=st.floats(0, 3.14), apart=st.floats(40, 200))
    def paint(self, pick: int, other: int, turn: float, apart: float) -> None:
        middle = self.vertex(pick)
        way, across = (
            np.array([np.cos(angle), np.sin(angle)]) for angle in (turn, turn + np.pi / 2)
        )
        roads = [
            shapely.LineString(
                middle
                + (onward * np.array([[-900], [900]]) + aside * n * apart) * DEGREES_PER_METRE
            )
            for onward, aside in ((way, across), (across, way))
            for n in (-2, -1, 0.5, 2)
        ]
        to = [c for c, s in self.division.shapes.items() if s.intersects(shapely.Point(middle))]
        self.do(
            "paint",
            lambda: paint(
                self.division, [tuple(middle)], to[other % len(to)], roads, self.footprints
            ),
        )

    @rule(pick=picks, reach=st.floats(8, 90), corners=st.integers(3, 12), turn=shares)
    def draw_special(self, pick: int, reach: float, corners: int, turn: float) -> None:
        shape = self.polygon(self.vertex(pick), reach, corners, turn)
        self.do("special", lambda: draw(self.division, shape, self.new(), "special"))

    @rule(pick=picks, reach=st.floats(20, 400), corners=st.integers(3, 8), turn=shares)
    def draw_general(self, pick: int, reach: float, corners: int, turn: float) -> None:
        places = free_places(self.division) or [shapely.Point(self.vertex(pick))]
        shape = self.polygon(np.array(places[pick % len(places)].coords[0]), reach, corners, turn)
        self.do("general", lambda: draw(self.division, shape, self.new(), "general"))

    @rule(pick=picks, other=picks)
    def fill(self, pick: int, other: int) -> None:
        places = free_places(self.division)
        if places:
            place = places[pick % len(places)]
            codes = sorted(
                self.division.shapes, key=lambda c: self.division.shapes[c].distance(place)
            )
            to = codes[other % min(3, len(codes))]
            self.do("fill", lambda: fill(self.division, (place.x, place.y), to))

    @rule(pick=picks, other=picks, within=st.floats(2, 60), wave=metres)
    def snap(self, pick: int, other: int, within: float, wave: float) -> None:
        code = self.code(pick)
        beside = self.neighbours(code)
        if beside:
            to = beside[other % len(beside)]
            one, two = self.edge_between(code, to)
            along = np.linspace(-1, 2, 13)
            road = one + (two - one) * along[:, None]
            road[:, 1] += np.sin(along * 5) * wave / 3 * DEGREES_PER_METRE[1]
            self.do(
                "snap", lambda: snap(self.division, (code, to), [shapely.LineString(road)], within)
            )

    @precondition(lambda self: self.past)
    @rule()
    def undo(self) -> None:
        step = self.past.pop()
        self.put(step.after, step.before)
        self.area, self.homed = step.area[0], step.homed[0]
        self.future.append(step)
        self.done["undo"] += 1

    @precondition(lambda self: self.future)
    @rule()
    def redo(self) -> None:
        step = self.future.pop()
        self.put(step.before, step.after)
        self.area, self.homed = step.area[1], step.homed[1]
        self.past.append(step)
        self.done["redo"] += 1

    # --- what must be true after each of them

    @invariant()
    def grids_tile(self) -> None:
        shapes = list(self.division.shapes.values())
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)

    @invariant()
    def every_grid_hangs_together(self) -> None:
        assert all(shapely.get_num_geometries(s) == 1 for s in self.division.shapes.values())

    @invariant()
    def no_land_is_lost(self) -> None:
        land = shapely.area(self.division.village)
        assert abs(self.covered() - self.area) <= NEAR * land
        union = shapely.union_all(list(self.division.shapes.values()))
        assert shapely.area(shapely.difference(union, self.division.village)) <= NEAR * land
        assert abs(shapely.area(union) - self.area) <= NEAR * land

    @invariant()
    def every_building_is_in_one_grid(self) -> None:
        owners = self.owners()
        assert (owners[self.homed] >= 1).all()
        inside = self.owners(strictly=True)
        assert (inside <= 1).all()

    @invariant()
    def no_building_is_cut_where_that_is_blocked(self) -> None:
        if self.rules.building_cut == "block":
            assert (self.whole_buildings() | ~self.uncut).all()

    def teardown(self) -> None:
        index = gridmap.GridIndex(self.as_frame())
        assert (index.assign(*self.footprints.anchors.T) >= 0)[self.homed].all()


def test_every_sequence_of_operations_keeps_the_village_divided() -> None:
    Editor.done.clear()
    run_state_machine_as_test(
        Editing,
        settings=settings(
            max_examples=SEQUENCES,
            derandomize="GRIDMAP_SEQUENCES" not in os.environ,
            database=None,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    operations = {"move", "slide", "bend", "remove", "split", "merge", "reassign", "paint"}
    operations |= {"special", "general", "fill", "snap", "undo", "redo"}
    operations.add("slide_on")
    assert not [name for name in operations if Editor.done[name] < SEQUENCES / 40]
