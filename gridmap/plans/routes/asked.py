"""What the routes of plans are asked: bodies of requests, bounded, and what they wish for."""

from typing import Annotated, Any, Literal, Self

import shapely
from pydantic import BaseModel, Field, model_validator

from gridmap.errors import CallError
from gridmap.parameters import NO_NUL, Day
from gridmap.plans import operations
from gridmap.plans.operations import Wish

MOST_VERTICES = 10_000
MOST_BLOCKS = 1_000

_Finite = Annotated[float, Field(allow_inf_nan=False)]
Point = tuple[Annotated[_Finite, Field(ge=-180, le=180)], Annotated[_Finite, Field(ge=-90, le=90)]]
Text = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_NUL)]
Reach = Annotated[float, Field(gt=0, le=500, allow_inf_nan=False)]
Note = Annotated[str, Field(max_length=500, pattern=NO_NUL)]


class _Body(BaseModel, extra="forbid"):
    pass


class NewPlan(_Body):
    """A draft of what is in force below a unit, or was on a day (`as_of`)."""

    unit: Text
    name: Text | None = None
    as_of: Day | None = None


class Said(_Body):
    """A note for those who read the plan next."""

    note: Note | None = None


class FirstDay(_Body):
    """The day on which a plan comes into force; today if none is given."""

    valid_from: Day | None = None


class Village(_Body):
    """The village whose last operation is meant."""

    village: Text


class Move(_Body):
    """A vertex, everywhere it is, from one place to another."""

    at: Point
    to: Point


class Insert(_Body):
    """A vertex put into an edge, given by its ends."""

    edge: tuple[Point, Point]
    at: Point


class Slide(_Body):
    """The end of a border along the village line, past some vertices of that line, which stay."""

    at: Point
    past: list[Point] = Field(default=[], max_length=MOST_VERTICES)
    to: Point


class _Operation(_Body):
    village: Text


class MoveBorder(_Operation):
    """Drag borders: vertices are put in, then moved or slid, then taken out."""

    operation: Literal["move_border"]
    moves: list[Move] = Field(default=[], max_length=MOST_VERTICES)
    inserts: list[Insert] = Field(default=[], max_length=MOST_VERTICES)
    removes: list[Point] = Field(default=[], max_length=MOST_VERTICES)
    slides: list[Slide] = Field(default=[], max_length=100)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.moves or self.inserts or self.removes or self.slides):
            raise ValueError("没有给出任何移动 / no move, insert, remove or slide is given")
        return self

    def wish(self) -> Wish:
        return operations.MoveBorder(
            [(move.at, move.to) for move in self.moves],
            [(insert.edge, insert.at) for insert in self.inserts],
            self.removes,
            [(slide.at, slide.past, slide.to) for slide in self.slides],
        )


class Split(_Operation):
    """Cut a grid in two."""

    operation: Literal["split"]
    grid: Text
    line: list[Point] = Field(min_length=2, max_length=MOST_VERTICES)

    def wish(self) -> Wish:
        return operations.Split(self.grid, self.line)


class Merge(_Operation):
    """Make one grid of several."""

    operation: Literal["merge"]
    grids: list[Text] = Field(min_length=2, max_length=100)
    keep: Text | None = None

    def wish(self) -> Wish:
        return operations.Merge(self.grids, self.keep)


class Region(_Body):
    """A GeoJSON Polygon of at most 10,000 vertices in EPSG:4490 degrees."""

    type: Literal["Polygon"]
    coordinates: list[Annotated[list[Point], Field(min_length=4, max_length=MOST_VERTICES)]] = (
        Field(min_length=1, max_length=50)
    )

    def shape(self) -> Any:
        if sum(map(len, self.coordinates)) > MOST_VERTICES:
            raise CallError(
                f"图形的顶点超过 {MOST_VERTICES:,} 个：请画得简单些",
                f"the shape has over {MOST_VERTICES:,} vertices: draw a simpler one",
            )
        for ring in self.coordinates:
            if ring[0] != ring[-1]:
                raise CallError(
                    "多边形的环没有闭合：首尾两点要相同",
                    "a ring of the polygon is not closed: its first and last point must be equal",
                )
        return shapely.Polygon(self.coordinates[0], self.coordinates[1:])


class Reassign(_Operation):
    """Give the land of a region, or of street blocks, with the buildings in it, to a grid.

    A block is named by a place inside of it.
    """

    operation: Literal["reassign"]
    region: Region | None = None
    blocks: list[Point] | None = Field(default=None, min_length=1, max_length=MOST_BLOCKS)
    to: Text

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.region is None) == (self.blocks is None):
            raise ValueError("region 和 blocks 要且只能给出一个 / give either region or blocks")
        return self

    def wish(self) -> Wish:
        if self.region is not None:
            return operations.Reassign(self.region.shape(), self.to)
        return operations.Paint(self.blocks or [], self.to)


class Draw(_Operation):
    """A new grid."""

    operation: Literal["draw"]
    shape: Region
    kind: Literal["general", "special"]
    name: Text | None = None

    def wish(self) -> Wish:
        return operations.Draw(self.shape.shape(), self.kind, self.name)


class Snap(_Operation):
    """Pull the border of two grids onto a road, river or wall nearby.

    `line`: a place on or beside the one that is meant; without it any pulls.
    """

    operation: Literal["snap"]
    grids: tuple[Text, Text]
    within_m: Reach
    line: Point | None = None

    def wish(self) -> Wish:
        return operations.Snap(self.grids, self.within_m, self.line)


class Fill(_Operation):
    """Give the gap at a place to a grid beside it."""

    operation: Literal["fill"]
    at: Point
    to: Text

    def wish(self) -> Wish:
        return operations.Fill(self.at, self.to)


class Edit(_Operation):
    """Change what is written of a grid; what is not given stays."""

    operation: Literal["edit"]
    grid: Text
    name: Text | None = None
    kind: Literal["general", "special"] | None = None
    area_kind: Literal["urban", "rural"] | None = None
    management_level: Text | None = None
    responsible_body: Text | None = None
    lead: Text | None = None

    @model_validator(mode="after")
    def _can_be_null(self) -> Self:
        for name in ("name", "kind", "area_kind"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} 不能为空 / {name} cannot be null")
        return self

    def wish(self) -> Wish:
        values = self.model_dump(exclude_unset=True)
        for name in ("village", "operation", "grid"):
            values.pop(name)
        if "lead" in values:
            values["lead_name"] = values.pop("lead")
        return operations.Edit(self.grid, values)


Operation = Annotated[
    MoveBorder | Split | Merge | Reassign | Draw | Snap | Fill | Edit,
    Field(discriminator="operation"),
]
