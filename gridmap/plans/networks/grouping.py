"""Pieces put together to grids of the wanted size: connected, and dividing as few old grids as may.

Two groups agree by the share of their ground that lies in the same old grid, per network, weighed.
1. Groups join, those that agree best first, as long as they are not too large together, if one of
   them is too small or more than half of the networks (by weight) see no border between them.
2. A group that is still too small takes pieces of a neighbour that can spare them.
3. Failing that it joins a neighbour though that becomes too large, if this misses the limits by
   less than leaving it alone does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gridmap.plans.networks.model import Size
from gridmap.profiles import Message

_COMPACTNESS = 0.25  # what a long border counts for, beside agreement
_MAJORITY = 0.5

Labels = Mapping[str, Mapping[str, float]]
"""By network, by old grid: how much of a piece's area lies in it, from 0 to 1."""


@dataclass(frozen=True)
class Piece:
    """Ground that is not divided: its households, its outline in metres, where it lay before."""

    households: int
    perimeter_m: float
    area_m2: float
    labels: Labels


@dataclass
class _Group:
    members: list[int]
    households: int
    perimeter_m: float
    area_m2: float
    ground: dict[str, dict[str, float]]  # m² by network and old grid


class Grouping:
    """The groups of one village while they are made."""

    def __init__(
        self,
        pieces: Sequence[Piece],
        borders: Mapping[int, Mapping[int, float]],
        weights: Mapping[str, float],
        size: Size,
    ) -> None:
        """`borders`: by piece, the neighbours and the metres of border with each."""
        self._pieces, self._borders = pieces, borders
        self._weights, self._total = weights, sum(weights.values())
        self._low, self._high = size
        self._groups = {at: self._made_of([at]) for at in range(len(pieces))}
        self._beside = {at: dict(borders[at]) for at in range(len(pieces))}
        self._agreed: dict[tuple[int, int], float] = {}

    def run(self) -> list[list[int]]:
        """The groups as lists of pieces, each in order."""
        while (pair := self._best_pair()) is not None:
            self._join(*pair)
        for at in self._too_small():
            self._take_pieces(at)
        for at in self._too_small():
            self._join_at_last(at)
        return sorted(sorted(group.members) for group in self._groups.values())

    def _made_of(self, members: Iterable[int]) -> _Group:
        group = _Group([], 0, 0.0, 0.0, {})
        for at in members:
            piece = self._pieces[at]
            shared = sum(self._borders[at].get(other, 0.0) for other in group.members)
            group.members.append(at)
            group.households += piece.households
            group.area_m2 += piece.area_m2
            group.perimeter_m += piece.perimeter_m - 2 * shared
            for network, labels in piece.labels.items():
                ground = group.ground.setdefault(network, {})
                for code, share in labels.items():
                    ground[code] = ground.get(code, 0.0) + share * piece.area_m2
        return group

    def agreement(self, one: _Group, other: _Group) -> float:
        """From 0 to 1: the weight of the networks that see the two as one."""
        agreed = 0.0
        for network, weight in self._weights.items():
            mine, yours = one.ground.get(network, {}), other.ground.get(network, {})
            agreed += weight * sum(
                min(mine[code] / one.area_m2, yours[code] / other.area_m2)
                for code in sorted(mine.keys() & yours.keys())
            )
        return agreed / self._total

    def _score(self, a: int, b: int) -> tuple[float, int, int]:
        one, other = self._groups[a], self._groups[b]
        beside = self._beside[a][b] / min(one.perimeter_m, other.perimeter_m)
        return self._agreement(a, b) + _COMPACTNESS * beside, -a, -b

    def _agreement(self, a: int, b: int) -> float:
        pair = (min(a, b), max(a, b))
        if pair not in self._agreed:
            self._agreed[pair] = self.agreement(self._groups[a], self._groups[b])
        return self._agreed[pair]

    def _best_pair(self) -> tuple[int, int] | None:
        pairs = [
            (a, b)
            for a, beside in self._beside.items()
            for b in beside
            if a < b and self._may_join(a, b)
        ]
        return max(pairs, key=lambda pair: self._score(*pair), default=None)

    def _may_join(self, a: int, b: int) -> bool:
        few, many = sorted([self._groups[a].households, self._groups[b].households])
        fits = few + many <= self._high or few == 0
        return fits and (few < self._low or self._agreement(a, b) > _MAJORITY)

    def _join(self, a: int, b: int) -> None:
        """b goes into a."""
        self._agreed = {pair: known for pair, known in self._agreed.items() if a not in pair}
        self._groups[a] = self._made_of([*self._groups[a].members, *self._groups.pop(b).members])
        for other, length in self._beside.pop(b).items():
            del self._beside[other][b]
            if other != a:
                self._beside[a][other] = self._beside[a].get(other, 0.0) + length
                self._beside[other][a] = self._beside[a][other]

    def _too_small(self) -> list[int]:
        small = [at for at, group in self._groups.items() if group.households < self._low]
        return sorted(small, key=lambda at: (self._groups[at].households, at))

    def _take_pieces(self, taker: int) -> None:
        """From neighbours that stay connected and large enough, until it is large enough."""
        while self._groups[taker].households < self._low:
            offers = [
                (piece, giver)
                for giver in self._beside[taker]
                for piece in self._spare(giver, taker)
            ]
            if not offers:
                return
            mine = self._groups[taker]
            piece, giver = max(
                offers,
                key=lambda offer: (self.agreement(mine, self._made_of([offer[0]])), -offer[0]),
            )
            self._groups[taker] = self._made_of([*mine.members, piece])
            rest = [at for at in self._groups[giver].members if at != piece]
            self._groups[giver] = self._made_of(rest)
            self._beside, self._agreed = self._neighbours(), {}

    def _spare(self, giver: int, taker: int) -> list[int]:
        """The pieces that one group can give to another."""
        group, mine = self._groups[giver], self._groups[taker]
        found = []
        for at in group.members:
            households = self._pieces[at].households
            touches = any(other in self._borders[at] for other in mine.members)
            fits = mine.households + households <= self._high
            leaves = group.households - households >= self._low
            if households and touches and fits and leaves:
                rest = [other for other in group.members if other != at]
                found += [at] if self._connected(rest) else []
        return found

    def _connected(self, members: Sequence[int]) -> bool:
        left, edge = set(members[1:]), list(members[:1])
        while edge:
            near = left & self._borders[edge.pop()].keys()
            left -= near
            edge += near
        return not left

    def _neighbours(self) -> dict[int, dict[int, float]]:
        """The borders between groups, anew."""
        owner = {piece: at for at, group in self._groups.items() for piece in group.members}
        beside: dict[int, dict[int, float]] = {at: {} for at in self._groups}
        for piece, near in self._borders.items():
            for other, length in near.items():
                a, b = owner[piece], owner[other]
                if a != b:
                    beside[a][b] = beside[a].get(b, 0.0) + length
        return beside

    def _join_at_last(self, at: int) -> None:
        if at not in self._groups or self._groups[at].households >= self._low:
            return
        lacking = self._low - self._groups[at].households
        near = [
            other
            for other in self._beside[at]
            if self._groups[at].households + self._groups[other].households - self._high < lacking
        ]
        if near:
            self._join(max(near, key=lambda other: self._score(other, at)), at)


def why_not(
    households: int, largest: int, neighbours: int, is_village: bool, size: Size
) -> Message | None:
    """Why a group is not within the limits; None where it is.

    Args:
        largest: the households of its largest piece.
        neighbours: how many groups lie beside it.
        is_village: whether it is the whole village.
    """
    low, high = size
    if low <= households <= high:
        return None
    if largest > high:
        return Message(
            f"{households} 户，超过上限 {high}：没有一个部门的网格线再划分这一块，请人工拆分",
            f"{households} households, above {high}: no network divides this piece, split it",
        )
    if households > high:
        return Message(
            f"{households} 户，超过上限 {high}：拆开后剩余部分会远低于下限 {low}",
            f"{households} households, above {high}: divided, the rest would be far below {low}",
        )
    if is_village:
        return Message(
            f"{households} 户，低于下限 {low}：全村（社区）只有这些户",
            f"{households} households, below {low}: the village has no more",
        )
    if not neighbours:
        return Message(
            f"{households} 户，低于下限 {low}：与本村（社区）其余部分不相连",
            f"{households} households, below {low}: not connected with the rest of the village",
        )
    return Message(
        f"{households} 户，低于下限 {low}：并入任何相邻网格都会超过上限 {high}",
        f"{households} households, below {low}: with any neighbour it would be above {high}",
    )
