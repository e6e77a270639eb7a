"""What the routes of log-ins share: texts as strictly as the document promises, and who one is."""

from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import RowMapping

from gridmap.access import keeping, store
from gridmap.access.entering import Login
from gridmap.access.passwords import MOST
from gridmap.access.sealing import Sealer
from gridmap.db import Actor, transaction
from gridmap.parameters import NO_NUL

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=NO_NUL)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=MOST)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Number = Annotated[int, Field(ge=1, lt=2**63)]


class ScopeOf(BaseModel):
    """Where a role holds: everywhere (no code), below a unit, or in a grid."""

    kind: Literal["everywhere", "unit", "grid"]
    code: str | None
    name: str | None


class Held(BaseModel):
    """A role, and where."""

    role: str
    title: str
    title_en: str
    scope: ScopeOf


class Me(BaseModel):
    """Who is logged in, what they may, and what they have to do first."""

    account: str
    display_name: str
    roles: list[Held]
    rights: list[str]
    csrf: str
    must_enroll: bool
    must_change_password: bool
    has_one_time_code: bool
    via: store.Via


def sealer_of(request: Request) -> Sealer:
    """What seals secrets in this application."""
    sealer = request.app.state.sealer
    assert isinstance(sealer, Sealer)
    return sealer


def login_of(request: Request) -> Login:
    """The log-in by which this call is made; the gate lets no other call through to here."""
    login = request.state.login
    assert isinstance(login, Login)
    return login


def scope_of(unit: str | None, grid: str | None, name: str | None) -> ScopeOf:
    """The scope of a mandate."""
    kind: Literal["everywhere", "unit", "grid"] = (
        "unit" if unit else "grid" if grid else "everywhere"
    )
    return ScopeOf(kind=kind, code=unit or grid, name=name)


def me_of(request: Request, actor: Actor, login: Login) -> Me:
    """Who is logged in."""
    with transaction(request.app.state.engine, actor) as connection:
        rows = store.own_account(connection)
        rights = store.rights(connection)
    return Me(
        account=login.account,
        display_name=rows[0]["display_name"],
        roles=[_held(row) for row in rows if row["role"] is not None],
        rights=rights,
        csrf=login.csrf,
        must_enroll=login.must_enroll,
        must_change_password=login.must_change,
        has_one_time_code=login.has_code,
        via=login.via,
    )


def _held(row: RowMapping) -> Held:
    return Held(
        role=row["role"],
        title=row["title"],
        title_en=row["title_en"],
        scope=scope_of(row["unit_code"], row["grid_code"], row["scope_name"]),
    )


DAYS = Field(ge=1, le=keeping.MOST_DAYS)
