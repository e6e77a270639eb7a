"""What people keep for themselves: password, one-time code, tokens. One function, one intent."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, RowMapping

from gridmap.access import codes, passwords, store
from gridmap.access.attempts import Attempt
from gridmap.access.entering import TOKEN_MARK, Login, code_place, secret_hash, use_code
from gridmap.access.sealing import Sealer
from gridmap.db import Actor, transaction
from gridmap.errors import (
    CallError,
    CodeWanted,
    Conflict,
    Forbidden,
    NotFound,
    Unenrolled,
    WrongPassword,
)

NOT_FOR_TOKENS = frozenset({"manage"})
"""Who manages accounts has a second factor; a token has none."""

MOST_DAYS = 366


@dataclass(frozen=True)
class Offer:
    """A secret for an authenticator, in use once a code of it was brought."""

    secret: str
    uri: str
    svg: str


def change_password(engine: Engine, actor: Actor, login: Login, old: str, new: str) -> None:
    """Give the actor another password and end all other log-ins.

    Raises:
        Forbidden: it is an account of a demonstration.
        WrongPassword, TooFast: the old one is wrong, too often.
        CallError: the new one is too weak, or the old one.
    """
    _refuse_shared(engine, actor)
    passwords.refuse_weak(new, actor.account)
    _prove(engine, actor, old)
    if old == new:
        raise CallError("新密码与旧密码相同", "the new password is the old one")
    fresh = passwords.hashed(new)
    with transaction(engine, actor) as connection:
        store.set_password(connection, fresh)
        ended = store.end_other_logins(connection, login.id)
        store.record(connection, "change", "passwords", logins_ended=ended)


def offer_code(engine: Engine, sealer: Sealer, actor: Actor, password: str) -> Offer:
    """Begin to set up a one-time code; the secret is shown this once.

    Raises:
        Forbidden: it is an account of a demonstration.
        WrongPassword, TooFast: the password is wrong, too often.
        Conflict: one is in use.
    """
    _refuse_shared(engine, actor)
    _prove(engine, actor, password)
    secret = codes.new_secret()
    sealed = sealer.seal(secret.encode(), code_place(actor.account))
    with transaction(engine, actor) as connection:
        if not store.offer_code(connection, sealed):
            raise Conflict(
                "已经启用一次性验证码；请先停用", "a one-time code is in use: remove it first"
            )
    uri = codes.address(secret, actor.account)
    return Offer(secret, uri, codes.drawn(uri))


def confirm_code(engine: Engine, sealer: Sealer, actor: Actor, code: str) -> list[str]:
    """Take the offered secret into use; the recovery codes, shown this once.

    Raises:
        CallError: nothing was offered in the last hour, or the code is not one of it.
    """
    recovery = codes.new_recovery_codes()
    with transaction(engine, actor) as connection:
        sealed = store.offered_code(connection)
        secret = sealer.open(sealed, code_place(actor.account)) if sealed else None
        step = codes.step_of(secret.decode(), code, time.time()) if secret else None
        if step is None:
            raise CallError(
                "验证码不正确，或没有待确认的验证器",
                "the code is wrong, or no authenticator waits to be confirmed",
            )
        if not store.confirm_code(connection, step, [codes.recovery_hash(one) for one in recovery]):
            raise Conflict("刚刚已被确认", "it was confirmed a moment ago")
        store.record(connection, "set", "one_time_codes")
    return recovery


def remove_code(engine: Engine, sealer: Sealer, actor: Actor, password: str, code: str) -> None:
    """Log in without a one-time code from now on.

    Raises:
        WrongPassword, TooFast: the password is wrong, too often.
        CodeWanted: the code is wrong, or was used.
        NotFound: none is in use.
    """
    known = _prove(engine, actor, password)
    if known["secret"] is None:
        raise NotFound("没有启用一次性验证码", "no one-time code is in use")
    attempt = Attempt(engine, actor.account, actor.origin)
    attempt.begin()
    with transaction(engine, actor) as connection:
        used = use_code(connection, sealer, known, code)
        if used:
            attempt.take_back(connection)
            store.remove_code(connection)
            store.record(connection, "remove", "one_time_codes")
    if not used:
        attempt.failed(actor.account, "code")
        raise CodeWanted("一次性验证码不正确，或已用过", "the one-time code is wrong, or was used")


def make_token(
    engine: Engine, actor: Actor, login: Login, name: str, rights: Sequence[str], days: int
) -> tuple[int, str]:
    """A token for programs: its number and itself, which is shown this once.

    Raises:
        CallError: it asks for a right that the actor has not, or that no token can have.
        Unenrolled: an administrator without one-time code could slip past it with a token.
    """
    if login.must_enroll:
        raise unenrolled()
    token = TOKEN_MARK + secrets.token_urlsafe(32)
    with transaction(engine, actor) as connection:
        beyond = sorted(set(rights) - (set(store.rights(connection)) - NOT_FOR_TOKENS))
        if beyond or not rights:
            raise CallError(
                f"令牌不能有这些权限：{'、'.join(beyond) or '（未指定）'}",
                f"a token of yours cannot have these rights: {', '.join(beyond) or 'none named'}",
            )
        number = store.make_token(connection, secret_hash(token), name, sorted(set(rights)), days)
        store.record(
            connection, "make", "tokens", token=number, rights=sorted(set(rights)), days=days
        )
    return number, token


def revoke_token(engine: Engine, actor: Actor, token: int) -> None:
    """Make a token of the actor worthless.

    Raises:
        NotFound: it is none of the actor's, or was revoked.
    """
    with transaction(engine, actor) as connection:
        if not store.revoke_token(connection, token):
            raise NotFound("没有这个令牌，或它已作废", "there is no such token, or it was revoked")
        store.record(connection, "revoke", "tokens", token=token)


def unenrolled() -> Unenrolled:
    """What an administrator without one-time code is told."""
    return Unenrolled(
        "系统管理员须先启用一次性验证码", "an administrator sets up a one-time code first"
    )


def _refuse_shared(engine: Engine, actor: Actor) -> None:
    """One visitor of a demonstration must not lock the next one out."""
    with transaction(engine, actor) as connection:
        shared = store.demo_accounts(connection)
    if any(row["account"] == actor.account for row in shared):
        raise Forbidden(
            "示范账号供大家共用，密码与验证码不能在此更改",
            "everybody shares an account of the demonstration: its password and one-time code stay",
        )


def _prove(engine: Engine, actor: Actor, password: str) -> RowMapping:
    """Whoever holds the log-in also knows the password: a browser left open is not enough."""
    attempt = Attempt(engine, actor.account, actor.origin)
    attempt.begin()
    with transaction(engine, actor) as connection:
        known = store.credentials(connection, actor.account)
    if known is None or not passwords.fits(password, known["hash"]):
        attempt.failed(actor.account, "password")
        raise WrongPassword("现在的密码不正确", "the present password is wrong")
    with transaction(engine, actor) as connection:
        attempt.take_back(connection)
    return known
