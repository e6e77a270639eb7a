"""What the routes of proposals are asked, and answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from gridmap.plans import proposals, taking_over
from gridmap.plans.balancing.model import Mode, Weight
from gridmap.plans.routes.asked import Text
from gridmap.plans.routes.shapes import GeoJson, Outcome

MOST_VILLAGES = 500
MOST_GRIDS = 5_000

_Load = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
_Factor = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
_Villages = Annotated[list[Text], Field(min_length=1, max_length=MOST_VILLAGES)]
_Codes = Annotated[list[Text], Field(min_length=1, max_length=MOST_GRIDS)]


class _Body(BaseModel, extra="forbid"):
    pass


class Wanted(_Body):
    """Balanced divisions: of these villages (else all), one for each mode.

    size: (least, most) load of a grid, else the profile's; weight: how much each household,
    resident and building counts; locked: grids that stay as they are.
    """

    villages: _Villages | None = None
    modes: list[Mode] = Field(min_length=1, max_length=3)
    size: tuple[_Load, _Load] | None = None
    weight: dict[Weight, _Factor] = Field(default={"households": 1.0}, min_length=1)
    locked: list[Text] = Field(default=[], max_length=MOST_GRIDS)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if len(set(self.modes)) < len(self.modes):
            raise ValueError("modes 里有重复 / a mode is asked for twice")
        if self.size is not None and self.size[0] >= self.size[1]:
            raise ValueError("size 的下限要小于上限 / the least of size must be below the most")
        return self

    def wanted(self) -> proposals.Wanted:
        return proposals.Wanted(
            self.villages, self.modes, self.size, self.weight, self.locked, self.seed
        )


class Asked(BaseModel):
    """What was asked for, with what was left out filled in."""

    villages: list[str]
    modes: list[Mode]
    size: tuple[float, float] | None
    weight: dict[Weight, float]
    locked: list[str]
    seed: int


class Reason(BaseModel):
    """Why there is no proposal."""

    zh: str
    en: str


class Job(BaseModel):
    """Proposals under way; done and total count villages in each mode.

    ended: the server stopped meanwhile, and it has to be asked for again.
    """

    id: int
    plan: str
    state: Literal["waiting", "running", "done", "failed", "cancelled", "ended"]
    done: int
    total: int
    asked: Asked
    by: str
    at: datetime
    finished_at: datetime | None
    reason: Reason | None


class Figures(BaseModel):
    """What a division measures: counts, metres, and shares from 0 to 1.

    possible: how many grids can be in range by arithmetic; deviation: from the village's own mean;
    moved_at_least: how many buildings have to change their grid in any division in range.
    """

    grids: int
    buildings: int
    households: float
    in_range: int
    possible: int
    max_deviation: float | None
    mean_deviation: float | None
    p95_deviation: float | None
    connected: int
    border_m: float
    border_cost_m: float
    road_share: float | None
    polsby_popper: float | None
    moved_buildings: int
    moved_households: float
    moved_at_least: int | None
    moved_share: float | None
    moved_households_share: float | None


class _Grid(BaseModel):
    code: str
    name: str
    village: str
    kind: Literal["general", "special"]
    area_kind: Literal["urban", "rural"]
    locked: bool
    households: int
    residents: int
    buildings: int
    weight: float
    deviation: float | None
    in_range: bool | None
    area_m2: float
    geometry: GeoJson


class Present(_Grid):
    """A grid as it was when the proposal was computed; deviation is signed, null where special."""

    version: int


class Grid(_Grid):
    """A grid as it is proposed."""

    fate: Literal["same", "changed", "created"]


class Ended(BaseModel):
    """A grid that goes."""

    code: str
    village: str


class Move(BaseModel):
    """How much goes from one grid to another; null is no grid."""

    village: str
    from_: str | None = Field(alias="from")
    to: str | None
    buildings: int
    households: int
    residents: int


class Obstacle(BaseModel):
    """What cannot be had in a village, and why."""

    village: str
    zh: str
    en: str


class Repair(BaseModel):
    """What of the land was mended to cut it."""

    village: str
    zh: str
    en: str


class VillageFigures(BaseModel):
    """One village before and after."""

    code: str
    name: str
    before: Figures
    after: Figures


class Proposal(BaseModel):
    """A balanced division; geometries in EPSG:4490 degrees."""

    mode: Mode
    before: Figures
    after: Figures
    villages: list[VillageFigures]
    grids: list[Grid]
    ended: list[Ended]
    moves: list[Move]
    exceptions: list[Obstacle]
    repairs: list[Repair]


class Proposals(Job):
    """Proposals, as far as they are there: the grids of today, and one division for each mode."""

    present: list[Present]
    proposals: list[Proposal]


class Choice(_Body):
    """What of a proposal is taken over: these villages, these grids; else all."""

    mode: Mode
    villages: _Villages | None = None
    grids: _Codes | None = None

    def choice(self, versions: Mapping[str, int], key: UUID) -> taking_over.Choice:
        return taking_over.Choice(self.mode, self.villages, self.grids, versions, key)


class VillageOutcome(Outcome):
    """What was made in a village, by its code."""

    village: str


class Outcomes(BaseModel):
    """What was made in each village in which something changed."""

    outcomes: list[VillageOutcome]
