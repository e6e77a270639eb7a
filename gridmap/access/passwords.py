"""Passwords: argon2id, what is too weak, and random ones. No database in here."""

import secrets
import unicodedata
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from gridmap.errors import CallError, TooFast

LEAST, MOST = 12, 256
"""Characters of a password."""

DEMO_PASSWORD = "gridmap-demo-2026"  # noqa: S105  (for everybody, in demonstrations only)

_HASHER = PasswordHash((Argon2Hasher(),))
_AT_ONCE = BoundedSemaphore(2)
"""Each hash takes 64 MiB and four threads: a crowd at the door must not take the machine."""

_WAITING = BoundedSemaphore(10)
"""Whoever waits holds one of the server's threads: the rest of them are for everybody else."""

_PATIENCE_S = 10.0
_TELLING = 4
"""Letters of a name that give a password away; shorter ones are part of many a word."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz023456789"

# Twelve characters and more: the heads of lists of stolen passwords, and what is near at hand here.
_BAD = (
    "123456789012", "1234567890123", "12345678901234", "123456123456", "123123123123",
    "111111111111", "000000000000", "888888888888", "666666666666", "qwertyuiop12",
    "qwertyuiop123", "qwertyuiop[]", "1q2w3e4r5t6y", "1qaz2wsx3edc", "zaq12wsxcde3",
    "passwordpassword", "password1234", "password12345", "password123456", "passw0rd1234",
    "administrator", "administrator1", "admin1234567", "admin12345678", "adminadminadmin",
    "iloveyou1234", "letmein123456", "welcome12345", "welcome123456", "changeme1234",
    "abcd12345678", "abc123456789", "abcdefghijkl", "a123456789012", "woaini1314520",
    "woaini5201314", "5201314520131", "wangge123456", "wanggeyuan123", "gridmap12345",
    "gridmap123456", DEMO_PASSWORD, "gridmapgridmap",
)  # fmt: skip
BAD = frozenset(_BAD)


def hashed(password: str) -> str:
    """The argon2id hash with its salt and parameters.

    Raises:
        TooFast: too many passwords are being checked at this moment.
    """
    with _Turn():
        return _HASHER.hash(_composed(password))


@cache
def _nobodys() -> str:
    """Checked against when there is no account or no password: it takes as long, and never fits."""
    return _HASHER.hash(secrets.token_urlsafe(24))


def fits(password: str, hash_: str | None) -> bool:
    """Whether the password has this hash; without a hash False, after the same time.

    Raises:
        TooFast: too many passwords are being checked at this moment.
    """
    with _Turn():
        try:
            matches = _HASHER.verify(_composed(password), hash_ or _nobodys())
        except PwdlibError:  # a hash that is none
            return False
        return matches and hash_ is not None


def _composed(password: str) -> str:
    """The same letters typed on another machine are the same password."""
    return unicodedata.normalize("NFC", password)


class _Turn:
    """One of few places; whoever finds too many waiting, or waits too long, is sent away."""

    def __enter__(self) -> None:
        if not _WAITING.acquire(blocking=False):
            raise _crowded()
        if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
            _WAITING.release()
            raise _crowded()

    def __exit__(self, *_: object) -> None:
        _AT_ONCE.release()
        _WAITING.release()


def _crowded() -> TooFast:
    return TooFast("登录的人太多，请稍后再试", "too many people are logging in: try again soon", 5)


def refuse_weak(password: str, account: str) -> None:
    """Raise for a password that is guessed first.

    Raises:
        CallError: it is too short or too long, well known, or holds the account's name.
    """
    lowered = password.casefold()
    if len(password) < LEAST:
        raise CallError(f"密码至少要 {LEAST} 个字符", f"a password has at least {LEAST} characters")
    if len(password) > MOST:
        raise CallError(f"密码最多 {MOST} 个字符", f"a password has at most {MOST} characters")
    if lowered in BAD or len(set(lowered)) < 5:
        raise CallError(
            "这个密码太常见，会最先被猜到，请换一个",
            "this password is among the first that are guessed: choose another",
        )
    if len(account) >= _TELLING and account.casefold() in lowered:
        raise CallError("密码里不能含有账号名", "a password must not hold the account's name")


def random_password() -> str:
    """A password of 80 random bits, in groups that can be read out: `k3v9-…`."""
    return grouped(80)


def grouped(bits: int) -> str:
    """Random letters and digits that are not mistaken for each other, in groups of four."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(bits // 5))
    return "-".join(drawn[at : at + 4] for at in range(0, len(drawn), 4))
