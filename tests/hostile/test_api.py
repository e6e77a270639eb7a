"""The whole HTTP interface against calls that a program made up, right ones and wrong ones.

Made as everybody: an account of each role, in the county. `GRIDMAP_CALLS` is how many of each kind
are made for each role and operation; `make torture` makes 60,000 in all. Without it, few.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import Engine

from gridmap.access.actors import ADMINISTRATOR
from gridmap.app import create_app
from gridmap.areas import actions as areas
from gridmap.db import engine_for, transaction
from gridmap.plans.drafts import open_draft
from gridmap.profiles import Profile
from gridmap.settings import Settings
from tests.access.counties import ROLES, give
from tests.drawing import add_home, add_incident, settle
from tests.entering import enter

MANY, FEW = (int(os.environ.get("GRIDMAP_CALLS", few)) for few in ("25", "3"))
VILLAGE = "140929100200"
NOWHERE = Settings(database_url="postgresql://gridmap@127.0.0.1:1/nowhere")


# A call that is wrong may be too long as well, and is then refused for that.
REFUSALS = ["400", "401", "403", "404", "405", "409", "412", "413", "414", "422", "428", "429",
            "431"]  # fmt: skip
CONFIG = schemathesis.Config.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
)

CALLS = {role: MANY if role == "administrator" else FEW for role in ROLES}


@cache
def operations(app: FastAPI) -> dict[str, schemathesis.schemas.APIOperation]:
    """Every operation of the document, by method and path."""
    document = schemathesis.openapi.from_dict(app.openapi(), config=CONFIG)
    document.app = app
    return {found.ok().label: found.ok() for found in document.get_all_operations()}


@pytest.fixture(scope="module")
def town(new_database: Callable[[], str], kelan: Profile, home: Path) -> FastAPI:
    """The interface of a small town: two villages, three grids, houses and incidents."""
    url = new_database()
    engine: Engine = engine_for(url)
    areas.found(engine, ADMINISTRATOR, kelan)
    with transaction(engine, ADMINISTRATOR) as connection:
        settle(connection, "AAB\nCCC", "111\n222")
        for number in range(4):
            add_home(connection, f"b{number}", 0.5 + 0.5 * number, 1.5)
            add_incident(connection, f"i{number}", (0.5 + 0.5 * number, 0.5))
        for role in ROLES:
            give(connection, f"the-{role}", role, "140929", None)
    engine.dispose()
    return create_app(Settings(database_url=url, home=home, reports_per_minute=1_000_000))


# Refusals that no schema can promise: the words of the profile's dictionaries, the next page's
# address, a period that ends before it begins, a password that is too weak, a code that is wrong.
BY_MEANING = {"POST /api/incidents", "GET /api/incidents", "GET /api/heat/summary",
              "POST /api/residents/find", "POST /api/residents/{code}/unmask",
              "GET /tiles/{layer}/{z}/{x}/{y}.mvt", "POST /api/me/password",
              "PUT /api/me/one-time-code", "POST /api/me/tokens",
              "GET /api/plans/{code}/lines", "POST /api/plans/{code}/operations",
              "POST /api/plans/{code}/undo",
              "POST /api/plans/{code}/redo", "POST /api/plans/{code}/activate",
              "POST /api/plans/{code}/proposals",
              "POST /api/plans/{code}/proposals/{number}/accept"}  # fmt: skip

LOGGING_OUT = {"DELETE /api/login", "DELETE /api/logins/{number}", "POST /api/me/password"}

# No parameter, or only one that takes every text a path can hold.
NEVER_WRONG = {
    "GET /api/plans/{code}",
    "DELETE /api/plans/{code}",
    "POST /api/plans/{code}/withdraw",
    "GET /api/plans/{code}/comparison",
    "GET /api/plans/{code}/network",
    "GET /api/plans/{code}/origin",
    "GET /api/plans/{code}/proposals",
    "GET /api/plans",
    "GET /api/profile",
    "GET /healthz",
    "GET /readyz",
    "GET /api/buildings/{code}",
    "GET /api/incidents/{code}",
    "GET /api/login",
    "DELETE /api/login",
    "GET /api/login/oidc/callback",
    "GET /api/logins",
    "GET /api/me",
    "GET /api/me/tokens",
}


def meant(case: schemathesis.Case, town: FastAPI, plan: str, number: int) -> None:
    """Let every other call on a plan be about one that is there, and name its grids."""
    if "/api/plans/{code}" not in case.operation.label or number % 2:
        return
    case.path_parameters["code"] = plan
    if isinstance(case.body, dict) and "village" in case.body:
        case.body["village"] = VILLAGE
        case.headers["Idempotency-Key"] = str(UUID(int=number))
        case.headers["If-Match"] = f'"{VILLAGE}001/0", "{VILLAGE}002/0"'


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("label", operations(create_app(NOWHERE)))
@pytest.mark.parametrize("role", ROLES)
def test_every_call_gets_an_answer_that_the_document_promises(
    town: FastAPI, role: str, label: str, mode: GenerationMode
) -> None:
    operation = operations(town)[label]
    made, ends = 0, label in LOGGING_OUT
    known = enter(town.state.engine, f"the-{role}").headers
    plan = open_draft(town.state.engine, ADMINISTRATOR, VILLAGE, None).plan["code"]
    calls = settings(
        max_examples=CALLS[role],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )

    @calls
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: schemathesis.Case) -> None:
        nonlocal made
        made += 1
        if mode is GenerationMode.POSITIVE:
            meant(case, town, plan, made)
        left_out = [positive_data_acceptance] if label in BY_MEANING else []
        headers = enter(town.state.engine, f"the-{role}").headers if ends else known
        case.call_and_validate(headers=headers, excluded_checks=left_out)

    try:
        call()
        print(f"calls {made} {role} {label} {mode.value}")
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE
        assert label in NEVER_WRONG
