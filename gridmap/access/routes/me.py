"""HTTP of what people keep for themselves: password, one-time code, tokens."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, status
from pydantic import BaseModel

from gridmap.access import keeping, store
from gridmap.access.routes.shapes import (
    DAYS,
    Code,
    Me,
    Name,
    Number,
    Password,
    login_of,
    me_of,
    sealer_of,
)
from gridmap.access.tables import RIGHTS
from gridmap.db import transaction

router = APIRouter(prefix="/api/me", tags=["me"])

Right = Literal[RIGHTS]  # type: ignore[valid-type]


class PasswordChange(BaseModel, extra="forbid"):
    """The present password and the new one."""

    old: Password
    new: Password


class WithPassword(BaseModel, extra="forbid"):
    """The present password, asked for once more."""

    password: Password


class WithCode(BaseModel, extra="forbid"):
    """A one-time code."""

    code: Code


class WithBoth(BaseModel, extra="forbid"):
    """The present password, and a one-time code or a recovery code."""

    password: Password
    one_time_code: Code


class Offered(BaseModel):
    """For an authenticator, shown this once: the secret, its address, and that as a QR code."""

    secret: str
    uri: str
    svg: str


class Recovery(BaseModel):
    """Ten codes, shown this once, each good for one log-in."""

    recovery: list[str]


class NewToken(BaseModel, extra="forbid"):
    """What a token is to be called, the most it may, and for how many days."""

    name: Name
    rights: list[Right]
    days: Annotated[int, DAYS]


class TokenRow(BaseModel):
    """A token that is valid."""

    id: int
    name: str
    rights: list[str]
    since: datetime
    expires: datetime
    last_used: datetime | None


class Tokens(BaseModel):
    """One's own tokens that are valid."""

    tokens: list[TokenRow]


class MadeToken(BaseModel):
    """A token, shown this once."""

    id: int
    token: str


@router.get("")
def me(request: Request) -> Me:
    """Who is logged in."""
    return me_of(request, request.state.actor, login_of(request))


@router.post("/password", status_code=status.HTTP_204_NO_CONTENT)
def change_password(request: Request, incoming: PasswordChange) -> None:
    """Change the password; ends all other log-ins."""
    keeping.change_password(
        request.app.state.engine,
        request.state.actor,
        login_of(request),
        incoming.old,
        incoming.new,
    )


@router.post("/one-time-code")
def offer_code(request: Request, incoming: WithPassword) -> Offered:
    """Begin to set up a one-time code."""
    offer = keeping.offer_code(
        request.app.state.engine, sealer_of(request), request.state.actor, incoming.password
    )
    return Offered(secret=offer.secret, uri=offer.uri, svg=offer.svg)


@router.put("/one-time-code")
def confirm_code(request: Request, incoming: WithCode) -> Recovery:
    """Take the one-time code into use, by bringing one."""
    codes = keeping.confirm_code(
        request.app.state.engine, sealer_of(request), request.state.actor, incoming.code
    )
    return Recovery(recovery=codes)


@router.delete("/one-time-code", status_code=status.HTTP_204_NO_CONTENT)
def remove_code(request: Request, incoming: WithBoth) -> None:
    """Log in without a one-time code from now on."""
    keeping.remove_code(
        request.app.state.engine,
        sealer_of(request),
        request.state.actor,
        incoming.password,
        incoming.one_time_code,
    )


@router.get("/tokens")
def tokens(request: Request) -> Tokens:
    """One's own tokens that are valid."""
    with transaction(request.app.state.engine, request.state.actor) as connection:
        rows = store.valid_tokens(connection)
    return Tokens(
        tokens=[
            TokenRow(
                id=row["id"],
                name=row["name"],
                rights=row["rights"],
                since=row["created_at"],
                expires=row["expires_at"],
                last_used=row["last_used_at"],
            )
            for row in rows
        ]
    )


@router.post("/tokens", status_code=status.HTTP_201_CREATED)
def make_token(request: Request, incoming: NewToken) -> MadeToken:
    """Make a token for a program."""
    number, token = keeping.make_token(
        request.app.state.engine,
        request.state.actor,
        login_of(request),
        incoming.name,
        incoming.rights,
        incoming.days,
    )
    return MadeToken(id=number, token=token)


@router.delete("/tokens/{number}", status_code=status.HTTP_204_NO_CONTENT)
def revoke_token(request: Request, number: Annotated[Number, Path()]) -> None:
    """Make a token worthless."""
    keeping.revoke_token(request.app.state.engine, request.state.actor, number)
