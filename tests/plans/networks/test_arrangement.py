"""Degrees and metres, there and back; faces and what lies between them."""

import numpy as np
import shapely

from gridmap.plans.networks.arrangement import Ground, arrange, joined, vertices
from tests.drawing import square
from tests.geo.coverages import organic, placed


def test_what_somebody_drew_comes_back_from_metres_bit_for_bit() -> None:
    blocks = placed(organic(np.random.default_rng(4), 8), 0.003, 111.4321, 38.7654)
    shapes = np.array(blocks, dtype=object)
    ground = Ground.of(shapes, shapes)
    lines = shapely.boundary(ground.to_metres(shapes))
    back = ground.to_degrees(lines)
    assert (vertices(back) == vertices(shapes)).all()
    width = shapely.bounds(ground.to_metres(square(0, 0)))[0]
    assert abs(width[2] - width[0] - 868.5) < 3


def test_faces_are_joined_without_the_nodes_of_lines_that_are_gone() -> None:
    village = square(0, 0, 3, 3)
    (west, south, east, north) = shapely.bounds(village)
    x, y = west + 0.017, south + 0.013
    cross = [[(x, south), (x, north)], [(west, y), (east, y)]]
    lines = np.array([shapely.boundary(village), *shapely.linestrings(cross)], dtype=object)
    ground = Ground.of(lines, np.array([village], dtype=object))
    faces = arrange("1", village, lines, ground)
    assert len(faces.shapes) == 4
    owner = (shapely.bounds(faces.shapes)[:, 0] > x - 1e-9).astype(np.int64)
    halves = joined(faces, owner, vertices(lines[:1]))
    assert [shapely.get_num_coordinates(half) for half in halves] == [5, 5]
    assert shapely.coverage_is_valid(halves)
    assert len(faces.between(owner)) == 1
