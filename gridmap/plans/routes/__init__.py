"""HTTP of grid plans: drafts, their editing, their way into force."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import RowMapping

from gridmap.plans import actions, drafts, keeping, viewing
from gridmap.plans.actions import Asked
from gridmap.plans.drafts import PlanCard
from gridmap.plans.origin import origin as read_origin
from gridmap.plans.routes import asked, base_map, proposals, shapes
from gridmap.plans.routes.parts import (
    Code,
    Key,
    Versions,
    Village,
    key_of,
    outcome_of,
    versions_of,
)

router = APIRouter(prefix="/api/plans", tags=["plans"])
router.include_router(proposals.router)
router.include_router(base_map.router)


@router.post("", status_code=201)
def open_draft(request: Request, wanted: asked.NewPlan) -> shapes.Plan:
    """A draft of what is in force below a village, township or county."""
    engine, actor = request.app.state.engine, request.state.actor
    return _plan(drafts.open_draft(engine, actor, wanted.unit, wanted.name, wanted.as_of))


@router.get("/{code}")
def plan(request: Request, code: Code) -> shapes.Plan:
    """One plan, its villages, and what may be done with it."""
    return _plan(drafts.card(request.app.state.engine, request.state.actor, code))


@router.delete("/{code}", status_code=204)
def discard(request: Request, code: Code) -> None:
    """Take a draft away, with all that was drawn in it; or the network of a department."""
    drafts.discard(request.app.state.engine, request.state.actor, code)


@router.post("/{code}/submit")
def submit(request: Request, code: Code, said: asked.Said) -> shapes.Plan:
    """Hand a draft to those who publish."""
    return _plan(drafts.submit(request.app.state.engine, request.state.actor, code, said.note))


@router.post("/{code}/withdraw")
def withdraw(request: Request, code: Code) -> shapes.Plan:
    """Take a submitted draft back, to change it."""
    return _plan(drafts.withdraw(request.app.state.engine, request.state.actor, code))


@router.post("/{code}/return")
def send_back(request: Request, code: Code, said: asked.Said) -> shapes.Plan:
    """Give a submitted draft back to those who drew it."""
    return _plan(drafts.send_back(request.app.state.engine, request.state.actor, code, said.note))


@router.post("/{code}/activate")
def activate(request: Request, code: Code, day: asked.FirstDay) -> shapes.Plan:
    """Bring a submitted draft into force on a day."""
    engine, actor = request.app.state.engine, request.state.actor
    return _plan(drafts.activate(engine, actor, code, day.valid_from))


@router.get("/{code}/division")
def division(request: Request, code: Code, village: Village) -> shapes.Division:
    """All that the editor of one village needs."""
    found = viewing.division(request.app.state.engine, request.state.actor, code, village)
    return shapes.Division.model_validate(found)


@router.get("/{code}/checks")
def checks(request: Request, code: Code, village: Village) -> shapes.Checks:
    """Where the grids of a village do not tile it, and the four criteria of a good division."""
    found = viewing.checks(request.app.state.engine, request.state.actor, code, village)
    return shapes.Checks.model_validate(found)


@router.get("/{code}/comparison")
def comparison(request: Request, code: Code) -> shapes.Comparison:
    """What is in force beside the plan: grids that come, go and change, and who moves where."""
    found = viewing.comparison(request.app.state.engine, request.state.actor, code)
    return shapes.Comparison.model_validate(found)


@router.get("/{code}/origin")
def origin(request: Request, code: Code) -> shapes.Origin:
    """The networks that a plan was merged from, where their grids went, where they disagreed."""
    found = read_origin(request.app.state.engine, request.state.actor, code)
    return shapes.Origin.model_validate(found)


@router.get("/{code}/network")
def network(request: Request, code: Code) -> shapes.KeptNetwork:
    """The grids of a department as they were loaded, and who lives in them."""
    found = keeping.network(request.app.state.engine, request.state.actor, code)
    return shapes.KeptNetwork.model_validate(found)


@router.post("/{code}/operations")
def operate(
    request: Request,
    code: Code,
    wanted: asked.Operation,
    key: Key = None,
    versions: Versions = None,
) -> shapes.Outcome:
    """Do one operation: whole, checked and reversible, or not at all."""
    operation = Asked(
        village=wanted.village,
        key=key_of(key),
        versions=versions_of(versions),
        wish=wanted.wish(),
        kind=wanted.operation,
        arguments=wanted.model_dump(mode="json", exclude_unset=True, exclude={"village"}),
    )
    done = actions.operate(request.app.state.engine, request.state.actor, code, operation)
    return outcome_of(done)


@router.post("/{code}/undo")
def undo(request: Request, code: Code, wanted: asked.Village, key: Key = None) -> shapes.Outcome:
    """Take back one's own last operation in a village."""
    state = request.app.state
    return outcome_of(
        actions.undo(state.engine, request.state.actor, code, wanted.village, key_of(key))
    )


@router.post("/{code}/redo")
def redo(request: Request, code: Code, wanted: asked.Village, key: Key = None) -> shapes.Outcome:
    """Do again what one took back last in a village."""
    state = request.app.state
    return outcome_of(
        actions.redo(state.engine, request.state.actor, code, wanted.village, key_of(key))
    )


def _plan(found: PlanCard) -> shapes.Plan:
    row = found.plan
    is_submitted = row["state"] == "draft" and row["submitted_at"] is not None
    return shapes.Plan.model_validate(
        {
            **row,
            "state": "submitted" if is_submitted else row["state"],
            "unit": _place(row),
            "villages": [dict(village) for village in found.villages],
            "may": found.may,
        }
    )


def _place(row: RowMapping | Mapping[str, Any]) -> dict[str, str] | None:
    return {"code": row["unit_code"], "name": row["unit_name"]} if row["unit_code"] else None
