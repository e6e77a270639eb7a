"""HTTP of proposals for a draft: asked for, polled, called off, taken over."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from gridmap.parameters import NO_NUL
from gridmap.plans import proposals
from gridmap.plans.routes import proposed
from gridmap.plans.routes.parts import Code, Key, Versions, key_of, outcome_of, versions_of
from gridmap.plans.taking_over import accept as take_over

router = APIRouter(prefix="/{code}/proposals")

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
OneVillage = Annotated[
    str | None,
    Query(max_length=64, pattern=NO_NUL, description="Leave only what is of this village."),
]


@router.post("", status_code=202)
def ask(request: Request, code: Code, wanted: proposed.Wanted) -> proposed.Job:
    """Ask for balanced divisions, one for each mode; they are computed in the background."""
    engine, actor = request.app.state.engine, request.state.actor
    return proposed.Job.model_validate(proposals.ask(engine, actor, code, wanted.wanted()))


@router.get("")
def listed(request: Request, code: Code) -> list[proposed.Job]:
    """What was asked for, the newest first, and how far it is."""
    found = proposals.listed(request.app.state.engine, request.state.actor, code)
    return [proposed.Job.model_validate(one) for one in found]


@router.get("/{number}")
def proposal(
    request: Request, code: Code, number: Number, village: OneVillage = None
) -> proposed.Proposals:
    """The grids of today and those of each mode, with their figures and who moves where."""
    engine, actor = request.app.state.engine, request.state.actor
    found: dict[str, Any] = proposals.proposal(engine, actor, code, number, village)
    return proposed.Proposals.model_validate(found)


@router.delete("/{number}", status_code=204)
def cancel(request: Request, code: Code, number: Number) -> None:
    """Call off what waits or is computed; take away what is over."""
    proposals.cancel(request.app.state.engine, request.state.actor, code, number)


@router.post("/{number}/accept")
def accept(
    request: Request,
    code: Code,
    number: Number,
    choice: proposed.Choice,
    key: Key = None,
    versions: Versions = None,
) -> proposed.Outcomes:
    """Draw a proposal into the draft, whole or in part: one operation in each village, or none."""
    known = {} if versions is None else versions_of(versions)
    engine, actor = request.app.state.engine, request.state.actor
    done = take_over(engine, actor, code, number, choice.choice(known, key_of(key)))
    return proposed.Outcomes(
        outcomes=[
            proposed.VillageOutcome(**vars(outcome_of(one)), village=village)
            for village, one in done
        ]
    )
