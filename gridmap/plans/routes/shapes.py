"""What the routes of plans answer."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

GeoJson = dict[str, Any]


class Place(BaseModel):
    """A unit by its code and name."""

    code: str
    name: str


class May(BaseModel):
    """What the account may do with a plan now."""

    edit: bool
    submit: bool
    withdraw: bool
    return_: bool = Field(alias="return")
    activate: bool
    discard: bool


class Plan(BaseModel):
    """A plan; valid_to is exclusive. A submitted draft cannot be changed. One that was merged out
    of networks has an origin; one that is the `network` of a department only ever shows it.
    recorded_on: the day it was last written."""

    code: str
    name: str
    state: Literal["draft", "submitted", "active", "retired"]
    network: str | None
    unit: Place | None
    villages: list[Place]
    valid_from: date | None
    valid_to: date | None
    based_on: date | None
    recorded_on: date
    grids: int
    merged: bool
    submitted_by: str | None
    submitted_at: datetime | None
    note: str | None
    may: May


class Grid(BaseModel):
    """A grid of a draft: area_m2 in the deployment's zone, geometry GeoJSON in EPSG:4490."""

    code: str
    name: str
    kind: Literal["general", "special"]
    area_kind: Literal["urban", "rural"]
    management_level: str | None
    responsible_body: str | None
    lead: str | None
    version: int
    area_m2: float
    households: int
    residents: int
    buildings: int
    geometry: GeoJson


class Buildings(BaseModel):
    """The buildings of a village as columns: anchors in EPSG:4490 degrees, who lives there, the
    code of the grid."""

    lon: list[float]
    lat: list[float]
    households: list[int]
    residents: list[int]
    grid: list[str | None]


class Shape(BaseModel):
    """A shape with a name: a neighbouring grid, a village."""

    code: str
    name: str
    geometry: GeoJson


class Line(BaseModel):
    """What a border may follow."""

    kind: str
    name: str | None
    geometry: GeoJson


class Outline(Place):
    """A village with its outline."""

    geometry: GeoJson


class Limits(BaseModel):
    """Households in a grid, for each kind of area: (lowest, highest)."""

    urban: tuple[int, int]
    rural: tuple[int, int]


class Places(BaseModel):
    """Places as columns, in EPSG:4490 degrees, with the code of the grid of each."""

    lon: list[float]
    lat: list[float]
    grid: list[str | None]


class Basis(BaseModel):
    """What the criteria are computed from, beside grids and buildings: the lengths of a degree
    eastward and northward in metres, how near a home should be, people posted by grid, and where
    the organisations are."""

    metres_per_degree: tuple[float, float]
    near_m: dict[Literal["urban", "rural"], float]
    staff: dict[str, int]
    facilities: Places


class Walls(BaseModel):
    """What of each building a border should not meet, in the order of the buildings: closed rings,
    inside by the even-odd rule; none at all where the county does not look at it."""

    building_cut: Literal["block", "warn", "off"]
    cores: list[list[list[tuple[float, float]]]]


class Step(BaseModel):
    """An operation of one's own that can be taken back, or done again."""

    id: int
    operation: str


class Division(BaseModel):
    """All that the editor of one village needs."""

    plan: str
    village: Outline
    grids: list[Grid]
    buildings: Buildings
    lines: list[Line]
    around: list[Shape]
    size_limits: Limits
    basis: Basis
    walls: Walls
    undo: Step | None
    redo: Step | None


class Warned(BaseModel):
    """What was done though a rule that only warns speaks against it; place is GeoJSON."""

    rule: str
    zh: str
    en: str
    place: GeoJson | None


class Outcome(BaseModel):
    """What an operation made: the grids that changed or came new, and the codes that went."""

    id: int
    operation: str
    grids: list[Grid]
    ended: list[str]
    warnings: list[Warned]
    undo: Step | None
    redo: Step | None


class Fault(BaseModel):
    """Where grids do not tile their village; place is GeoJSON in EPSG:4490 degrees."""

    kind: Literal["gap", "overlap", "outside", "sliver", "border"]
    area_m2: float
    width_m: float
    grids: list[str]
    place: GeoJson


class Criterion(BaseModel):
    """One of the four criteria of a good division: a share from 0 to 1, and it in words."""

    name: Literal["size", "distance", "staff", "facilities"]
    score: float
    zh: str
    en: str


class Checks(BaseModel):
    """What speaks against a division, and for it."""

    faults: list[Fault]
    criteria: list[Criterion]


class Side(BaseModel):
    """A grid before or after."""

    area_m2: float
    buildings: int
    households: int
    residents: int
    geometry: GeoJson


class Compared(BaseModel):
    """What becomes of a grid."""

    code: str
    name: str
    village: str
    fate: Literal["created", "ended", "changed", "same"]
    before: Side | None
    after: Side | None


class Moved(BaseModel):
    """How much goes from one grid to another; null is no grid."""

    from_: str | None = Field(alias="from")
    to: str | None
    buildings: int
    households: int
    residents: int


class Comparison(BaseModel):
    """A plan beside the division of a day."""

    plan: str
    name: str
    before: date
    size_limits: Limits
    grids: list[Compared]
    moved: list[Moved]


class Network(BaseModel):
    """A department's grids that were merged: its name, the name of the file, how much its borders
    counted, and the plan that keeps them, if it does still."""

    name: str
    file: str
    weight: float
    plan: str | None


class KeptGrid(BaseModel):
    """A grid as a department drew it; on ground that it shares with another, both count who lives
    there. area_m2 in the deployment's zone."""

    code: str
    name: str | None
    area_m2: float
    buildings: int
    households: int
    residents: int
    geometry: GeoJson


class KeptNetwork(BaseModel):
    """The grids of a department over the villages of a unit. Geometries in EPSG:4490 degrees."""

    plan: str
    network: str
    villages: list[Shape]
    grids: list[KeptGrid]


class MergedGrid(Shape):
    """A grid as it came out of a merging, in a village (its code)."""

    village: str


class Share(BaseModel):
    """What of an old grid went to a new one; new_code null: land outside the territory.

    The shares of an old grid sum to 1; by households (residents) null where it has none.
    """

    village: str
    network: str
    old_code: str
    new_code: str | None
    area_m2: float
    households: int
    residents: int
    area_share: float
    household_share: float | None
    resident_share: float | None


class OldGrid(BaseModel):
    """A grid of a department."""

    network: str
    code: str


class Conflict(BaseModel):
    """Two old grids that split one another: the ground they share, and (lon, lat) inside of it."""

    village: str
    grids: tuple[OldGrid, OldGrid]
    area_m2: float
    households: int
    place: tuple[float, float]
    geometry: GeoJson


class VillageReport(BaseModel):
    """How a village was merged: slivers absorbed, buildings gone around, grids in range."""

    village: str
    pieces: int
    slivers: int
    bent: int
    grids: int
    in_range: int


class Origin(BaseModel):
    """How a plan was merged; its grids are as they were then. Geometries in EPSG:4490 degrees."""

    plan: str
    networks: list[Network]
    grids: list[MergedGrid]
    crosswalk: list[Share]
    conflicts: list[Conflict]
    report: list[VillageReport]
