"""Split: a drawn line cuts a grid in two."""

from numpy.typing import ArrayLike

from gridmap.plans.editing.division import Change, Division, Footprints


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
    raise NotImplementedError
