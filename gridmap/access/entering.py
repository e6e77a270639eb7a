"""Logging in and out, and who is there: one function, one intent."""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, Engine, RowMapping

from gridmap.access import codes, passwords, store
from gridmap.access.actors import NOBODY
from gridmap.access.attempts import Attempt
from gridmap.access.sealing import Sealer
from gridmap.db import Actor, transaction
from gridmap.errors import CodeWanted, DataError, NoAccount, NotFound, NotLoggedIn

TOKEN_MARK = "gm_"  # noqa: S105  (what tokens begin with, so that a leaked one is recognised)


@dataclass(frozen=True)
class Login:
    """An open log-in.

    Attributes:
        csrf: what an unsafe call by this log-in's cookie has to bring along.
        must_change: the password was given by somebody else.
        must_enroll: an administrator, who has no one-time code yet.
    """

    id: int
    account: str
    via: store.Via
    csrf: str
    has_code: bool
    must_change: bool
    must_enroll: bool


@dataclass(frozen=True)
class Token:
    """A valid token: its account, and the most it may of what that may."""

    account: str
    rights: frozenset[str]


@dataclass(frozen=True)
class Tried:
    """What somebody logs in with, and from where."""

    account: str
    password: str
    code: str | None = None
    origin: str | None = None


def secret_hash(secret: str) -> bytes:
    """What is kept of a cookie or token: SHA-256, as it has 256 random bits."""
    return sha256(secret.encode()).digest()


def find_login(engine: Engine, cookie: str, origin: str | None) -> Login | None:
    """The open log-in of this cookie, which counts as used now."""
    with transaction(engine, Actor(NOBODY, origin)) as connection:
        row = store.read_login(connection, secret_hash(cookie))
    if row is None:
        return None
    return Login(
        id=row["login_id"],
        account=row["account"],
        via=row["via"],
        csrf=hmac.new(cookie.encode(), b"csrf", sha256).hexdigest(),
        has_code=row["has_code"],
        must_change=row["must_change"],
        must_enroll=row["manages"]
        and row["via"] == "password"
        and not row["has_code"]
        and not row["in_demo"],
    )


def find_token(engine: Engine, token: str, origin: str | None) -> Token | None:
    """The valid token that this is."""
    with transaction(engine, Actor(NOBODY, origin)) as connection:
        row = store.read_token(connection, secret_hash(token))
    return None if row is None else Token(row["account"], frozenset(row["rights"]))


def log_in(engine: Engine, sealer: Sealer, tried: Tried) -> str:
    """Open a log-in with password and, where there is one, one-time code; the cookie's value.

    Raises:
        NotLoggedIn: no such account, wrong password or disabled: none is told from the others.
        CodeWanted: the password is right, a one-time code is wanted.
        TooFast: too many failed before.
    """
    attempt = Attempt(engine, tried.account, tried.origin)
    attempt.begin()
    with transaction(engine, Actor(NOBODY, tried.origin)) as connection:
        known = store.credentials(connection, tried.account)
    # Not inside a transaction: it takes long, and connections are few.
    fits = passwords.fits(tried.password, known["hash"] if known else None)
    if known is None or not fits or not known["usable"]:
        attempt.failed(
            known["account"] if known else None,
            "off" if known and not known["usable"] else "password",
        )
        raise not_logged_in()
    cookie = _open(engine, sealer, tried, known, attempt)
    if cookie is None:
        attempt.failed(known["account"], "code")
        raise _code_wanted()
    return cookie


def _open(
    engine: Engine, sealer: Sealer, tried: Tried, known: RowMapping, attempt: Attempt
) -> str | None:
    """The cookie of a new log-in; None when the one-time code is wrong or used."""
    with transaction(engine, Actor(tried.account, tried.origin)) as connection:
        now = store.credentials(connection, tried.account)
        if now is None or not now["usable"] or now["hash"] != known["hash"]:
            raise not_logged_in()  # changed while the password was checked
        if now["secret"] is None:
            enough = True
        elif tried.code is None:
            enough = False
        elif use_code(connection, sealer, now, tried.code):
            enough = True
        else:
            return None
        # Not forgotten before it is enough: whoever knows the password could guess codes for ever.
        attempt.take_back(connection, forget=enough)
        if enough:
            return open_login(connection, "password")
    raise _code_wanted()


def use_code(connection: Connection, sealer: Sealer, known: RowMapping, code: str) -> bool:
    """Use up the actor's one-time code or recovery code; False when it is wrong or was used.

    Raises:
        DataError: the key file is not the one that the secret was sealed with.
    """
    if not codes.looks_like_a_code(code):
        used = store.use_recovery_code(connection, codes.recovery_hash(code))
        if used:
            store.record(connection, "use", "recovery_codes")
        return used
    secret = sealer.open(bytes(known["secret"]), code_place(known["account"]))
    if secret is None:
        raise DataError(
            "一次性验证码的密钥文件 login.key 已更换；请用恢复码登录，"
            "或请管理员运行 gridmap account password --remove-code",
            "the key file login.key is not the one this one-time code was set up with: log in with"
            " a recovery code, or have `gridmap account password --remove-code` run",
        )
    step = codes.step_of(secret.decode(), code, time.time())
    return step is not None and store.use_code(connection, step)


def code_place(account: str) -> str:
    """What the secret of an account's one-time code is sealed to."""
    return f"one-time-code:{account}"


def open_login(connection: Connection, via: store.Via) -> str:
    """Open a log-in of the actor and record it; the cookie's value, always a new one."""
    cookie = secrets.token_urlsafe(32)
    store.open_login(connection, secret_hash(cookie), via)
    store.record(connection, "log_in", "logins", via=via)
    return cookie


def enter_by_provider(engine: Engine, ask: Callable[[], str], origin: str | None) -> str:
    """Open a log-in for whom the identity provider vouches; the cookie's value.

    Args:
        ask: gives the name that the provider vouches for.

    Raises:
        NotLoggedIn: the provider vouches for nobody.
        NoAccount: no usable account bears the name; none is made.
        TooFast: too many failed from this origin before.
        Unavailable: the provider does not answer.
    """
    attempt = Attempt(engine, None, origin)
    attempt.begin()
    try:
        account = ask()
    except NotLoggedIn:
        attempt.failed(None, "provider")
        raise
    with transaction(engine, Actor(NOBODY, origin)) as connection:
        known = store.credentials(connection, account)
    if known is None or not known["usable"]:
        attempt.failed(known["account"] if known else None, "off" if known else "no account")
        raise NoAccount(
            "身份认证成功，但这里没有对应的账号；请联系系统管理员",
            "the identity provider knows you, but there is no account for you here:"
            " ask the administrator",
        )
    with transaction(engine, Actor(account, origin)) as connection:
        attempt.take_back(connection)
        return open_login(connection, "oidc")


def log_out(engine: Engine, actor: Actor, login: int) -> bool:
    """End a log-in of the actor; False when it had ended before."""
    with transaction(engine, actor) as connection:
        ended = store.end_login(connection, login)
        if ended:
            store.record(connection, "log_out", "logins", login=login)
    return ended


def end_login(engine: Engine, actor: Actor, login: int) -> None:
    """End one of the actor's log-ins from a list.

    Raises:
        NotFound: it is none of the actor's, or has ended.
    """
    if not log_out(engine, actor, login):
        raise NotFound("没有这个登录，或它已结束", "there is no such log-in, or it has ended")


def not_logged_in() -> NotLoggedIn:
    """The one answer to every log-in that fails."""
    return NotLoggedIn("账号或密码不正确", "the account or the password is wrong")


def _code_wanted() -> CodeWanted:
    return CodeWanted(
        "请输入验证器上的一次性验证码；用过的不能再用",
        "enter the one-time code of your authenticator; one that was used is not taken again",
    )
