"""HTTP of the territory's history; figures that need premises and incidents are in the chain."""

from datetime import date
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import RowMapping

from gridmap.areas import store
from gridmap.db import transaction

router = APIRouter(prefix="/api", tags=["areas"])


class Place(BaseModel):
    """A unit by its code and name."""

    code: str
    name: str


class Plan(BaseModel):
    """A division of the territory, and when it was or is in force (valid_to is exclusive).

    `unit` is what a draft divides; `network` the department whose grids these are; `submitted`
    tells a draft that waits to be activated; `recorded_on` the day it was last written.
    """

    code: str
    name: str
    state: Literal["draft", "active", "retired"]
    unit: Place | None
    network: str | None
    submitted: bool
    valid_from: date | None
    valid_to: date | None
    recorded_on: date
    grids: int
    in_force: bool


class Plans(BaseModel):
    """The newest first, drafts before all."""

    plans: list[Plan]


@router.get("/plans")
def plans(request: Request) -> Plans:
    """Every division there was, is, or is being drafted."""
    with transaction(request.app.state.engine, request.state.actor) as connection:
        rows = store.plans(connection)
    return Plans(plans=[Plan.model_validate({**row, "unit": _unit(row)}) for row in rows])


def _unit(row: RowMapping) -> Place | None:
    return Place(code=row["unit_code"], name=row["unit_name"]) if row["unit_code"] else None
