"""The town's blocks joined into grids: communities of flats, villages of courtyards, and a few
special grids.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Polygon

from gridmap.demo.streets import Block, TownNet
from gridmap.demo.territory import TownInput

SPECIAL = (
    ("hospital", "县人民医院"),
    ("school", "县中学"),
    ("market", "农贸市场"),
    ("school", "第一小学"),
    ("station", "汽车站"),
    ("government", "政务中心"),
    ("works", "工业园"),
)
"""Kinds and names of the special grids of a county town."""


@dataclass(frozen=True)
class TownGrid:
    """A grid of the town: the unit it belongs to, its blocks, and for a special grid its use and
    name.
    """

    village: str
    blocks: tuple[Block, ...]
    polygon: Polygon
    use: str | None = None
    name: str | None = None


def divide_town(
    net: TownNet, town: TownInput, total: int, rng: np.random.Generator
) -> list[TownGrid]:
    """`total` grids: the special ones, `town.urban_grids` in the communities, the rest in the
    villages.
    """
    village_of = _villages(net, town)
    special = _special(net, village_of, rng)
    taken = {block for grid in special for block in grid.blocks}
    core_codes = [quarter.code for quarter in town.quarters if quarter.side == "core"]
    rest = [quarter.code for quarter in town.quarters if quarter.side != "core"]
    grids = list(special)
    for codes, count in (
        (core_codes, town.urban_grids),
        (rest, total - town.urban_grids - len(special)),
    ):
        free = {
            code: [b for b in net.blocks if village_of[b] == code and b not in taken]
            for code in codes
        }
        for code, number in zip(
            codes, _shares([sum(b.room_m2 for b in free[c]) for c in codes], count), strict=True
        ):
            grids += [
                TownGrid(code, tuple(part), _outline(part)) for part in _parts(free[code], number)
            ]
    return grids


def _villages(net: TownNet, town: TownInput) -> dict[Block, str]:
    """The unit each block belongs to; communities divide the core from west to east, in bands of
    columns.
    """
    sides = {quarter.side: quarter.code for quarter in town.quarters}
    core = [quarter.code for quarter in town.quarters if quarter.side == "core"]
    blocks = sorted((b for b in net.blocks if b.side == "core"), key=lambda b: (b.column, b.row))
    columns = sorted({b.column for b in blocks})
    bands = np.array_split(np.asarray(columns), len(core))
    code_of_column = {int(c): code for code, band in zip(core, bands, strict=True) for c in band}
    return {b: code_of_column[b.column] if b.side == "core" else sides[b.side] for b in net.blocks}


def _special(
    net: TownNet, village_of: dict[Block, str], rng: np.random.Generator
) -> list[TownGrid]:
    """One block each; a block whose removal leaves its unit in one piece."""
    chosen: list[TownGrid] = []
    taken: set[Block] = set()
    order = rng.permutation(len(net.blocks))
    for use, name in SPECIAL:
        for index in order:
            block = net.blocks[int(index)]
            wanted = block.side != "core" if use in ("works", "station") else block.side == "core"
            if (
                not wanted
                or block in taken
                or block.is_corner
                or block.room_m2 < 9000.0
                or any(_beside(block, other) for other in taken)
            ):
                continue
            chosen.append(TownGrid(village_of[block], (block,), block.polygon, use, name))
            taken.add(block)
            break
    return chosen


def _beside(a: Block, b: Block) -> bool:
    return abs(a.column - b.column) + abs(a.row - b.row) <= 1


def _shares(weights: list[float], total: int) -> list[int]:
    """`total` split in proportion to `weights` by largest remainder, at least one each."""
    exact = np.asarray(weights) * total / sum(weights)
    shares = np.maximum(1, np.floor(exact).astype(int))
    while shares.sum() != total:
        step = 1 if shares.sum() < total else -1
        gap = (exact - shares) * step
        gap[(shares + step) < 1] = -np.inf
        shares[int(np.argmax(gap))] += step
    return [int(n) for n in shares]


def _parts(blocks: list[Block], count: int) -> list[list[Block]]:
    """`blocks` cut into `count` connected parts of like area, by growing from the emptiest corner
    each time.
    """
    left = {(b.column, b.row): b for b in blocks}
    parts: list[list[Block]] = []
    for remaining in range(count, 1, -1):
        target = sum(b.room_m2 for b in left.values()) / remaining
        parts.append(_grow(left, target, len(left) - (remaining - 1)))
    parts.append(list(left.values()))
    return _mend(parts)


def _near(key: tuple[int, int]) -> list[tuple[int, int]]:
    i, j = key
    return [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]


def _grow(left: dict[tuple[int, int], Block], target: float, most: int) -> list[Block]:
    start = min(left, key=lambda key: (sum(n in left for n in _near(key)), key))
    part = [start]
    area = left[start].room_m2
    while len(part) < most:
        open_cells = sorted({n for key in part for n in _near(key) if n in left and n not in part})
        if not open_cells:
            break
        best = min(
            open_cells, key=lambda key: (sum(n in left and n not in part for n in _near(key)), key)
        )
        if area + left[best].room_m2 / 2 > target:
            break
        part.append(best)
        area += left[best].room_m2
    return [left.pop(key) for key in part]


def _mend(parts: list[list[Block]]) -> list[list[Block]]:
    """Pieces cut off from their part join the smallest part they touch."""
    for _ in range(8):
        for number, part in enumerate(parts):
            pieces = _pieces(part)
            if len(pieces) == 1:
                continue
            parts[number] = pieces[0]
            for piece in pieces[1:]:
                touching = [
                    k
                    for k, other in enumerate(parts)
                    if k != number and any(_beside(a, b) for a in piece for b in other)
                ]
                home = (
                    min(touching, key=lambda k: sum(b.room_m2 for b in parts[k]))
                    if touching
                    else number
                )
                parts[home] = parts[home] + piece
    return parts


def _pieces(part: list[Block]) -> list[list[Block]]:
    left = list(part)
    pieces = []
    while left:
        piece = [left.pop()]
        for block in piece:
            joined = [other for other in left if _beside(block, other)]
            left = [other for other in left if other not in joined]
            piece += joined
        pieces.append(piece)
    return sorted(pieces, key=lambda piece: -len(piece))


def _outline(blocks: list[Block]) -> Polygon:
    joined = shapely.coverage_union_all([block.polygon for block in blocks])
    if not isinstance(joined, Polygon):
        joined = max(shapely.get_parts(joined), key=lambda part: part.area)
    return joined
