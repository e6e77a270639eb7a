"""Merge: grids that share borders become one."""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely

from gridmap.plans.editing.bounds import known_grids
from gridmap.plans.editing.division import Change, Division, Footprints
from gridmap.plans.editing.faces import joined
from gridmap.plans.editing.refusal import Refused
from gridmap.plans.editing.rings import Edge, edges_of


def merge(
    division: Division, codes: Sequence[str], keep: str | None, footprints: Footprints
) -> Change:
    """Two or more grids made one.

    Args:
        keep: the code that lives on, one of codes; None: of the one with most households.

    Raises:
        Refused: unknown_grid, not_adjacent.
    """
    codes = sorted(set(codes))
    known_grids(division, codes)
    shapes = {code: division.shapes[code] for code in codes}
    if keep is None:
        keep = max(codes, key=lambda code: footprints.households_in(shapes[code]), default=None)
    if keep not in shapes or len(codes) < 2:
        raise Refused(
            "not_adjacent",
            "合并至少要两个网格，保留的编码须是其中之一",
            "a merge takes two grids at least, and keeps the code of one of them",
        )
    apart = _apart(shapes, keep)
    if apart:
        raise Refused(
            "not_adjacent",
            f"网格 {'、'.join(apart)} 与网格 {keep} 没有公共边界，不能合并",
            f"grids {', '.join(apart)} share no border with grid {keep}: they cannot be merged",
            shapely.MultiPolygon(
                [part for code in apart for part in shapely.get_parts(shapes[code])]
            ),
        )
    ended = tuple(code for code in codes if code != keep)
    return Change({keep: joined(list(shapes.values()))}, ended, {keep: ended})


def _apart(shapes: Mapping[str, Any], start: str) -> list[str]:
    """The grids that no chain of shared borders links to the first."""
    borders: dict[str, set[Edge]] = {code: set(edges_of([s])) for code, s in shapes.items()}
    front = borders.pop(start)
    while True:
        linked = [code for code, edges in borders.items() if not front.isdisjoint(edges)]
        if not linked:
            return sorted(borders)
        for code in linked:
            front |= borders.pop(code)
