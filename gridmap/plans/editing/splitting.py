"""Split: a drawn line cuts a grid in two."""

from typing import Any

import shapely
from numpy.typing import ArrayLike

from gridmap.plans.editing.bounds import checked_line, known_grids
from gridmap.plans.editing.division import Change, Division, Footprints
from gridmap.plans.editing.faces import cut, joined, parts, within
from gridmap.plans.editing.refusal import Refused
from gridmap.plans.editing.rings import with_vertices
from gridmap.plans.editing.weave import DRAWN_TOLERANCE_M, Weave


def split(
    division: Division, code: str, line: ArrayLike, new_code: str, footprints: Footprints
) -> Change:
    """A grid cut in exactly two by a line of (lon, lat).

    The part with more households, then the larger one, keeps the code. Where the line meets the
    border, the neighbours get the vertex too; an end or a crossing less than half a metre from a
    vertex takes that one.

    Raises:
        Refused: unknown_grid, misses, too_many_pieces, self_crossing, too_many_vertices.
    """
    known_grids(division, [code])
    path = checked_line(line)
    weave = Weave([division.shapes[code]], division.stretch, DRAWN_TOLERANCE_M)
    weave.thread(path)
    changed = with_vertices(division.shapes, weave.inserts)
    shape = changed.get(code, division.shapes[code])
    faces = cut(shape, weave.threads)
    _is_cut_in_two(code, len(faces) - parts(shape) + 1, shapely.LineString(path))
    halves = next(
        halves for part in shapely.get_parts(shape) if len(halves := within(part, faces)) == 2
    )
    smaller = min(halves, key=lambda half: (footprints.households_in(half), shapely.area(half)))
    changed[new_code] = joined([smaller])
    changed[code] = joined([face for face in faces if face is not smaller])
    return Change(changed, ancestors={new_code: (code,)})


def _is_cut_in_two(code: str, pieces: int, line: Any) -> None:
    if pieces < 2:
        raise Refused(
            "misses",
            f"画的线没有把网格 {code} 分开：请从边界画到边界",
            f"the line does not divide grid {code}: draw it from border to border",
            line,
        )
    if pieces > 2:
        raise Refused(
            "too_many_pieces",
            f"画的线会把网格 {code} 分成 {pieces} 块：一次只能分成两块",
            f"the line would cut grid {code} into {pieces} pieces: two at a time",
            line,
        )
