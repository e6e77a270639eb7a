"""One-time codes (TOTP, RFC 6238: six digits, thirty seconds) and recovery codes. Pure."""

import hmac
from hashlib import sha256
from io import BytesIO

import pyotp
import segno

from gridmap.access.passwords import grouped

STEP_S = 30
RECOVERY_CODES = 10
_ISSUER = "gridmap"


def new_secret() -> str:
    """160 random bits in base 32, for an authenticator."""
    return pyotp.random_base32()


def address(secret: str, account: str) -> str:
    """The otpauth address that an authenticator scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=_ISSUER)


def drawn(text: str) -> str:
    """A QR code as SVG."""
    out = BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=4, xmldecl=False, svgns=True)
    return out.getvalue().decode()


def step_of(secret: str, code: str, at_s: float) -> int | None:
    """The step of thirty seconds since 1970 whose code this is; None if it is not one of now.

    One step earlier and one later are taken too, for clocks that are not right.
    """
    now, found = int(at_s // STEP_S), None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).at(step * STEP_S).encode(), code.encode()):
            found = step
    return found


def looks_like_a_code(text: str) -> bool:
    """Six digits, as against a recovery code."""
    return len(text) == 6 and text.isascii() and text.isdigit()


def new_recovery_codes() -> list[str]:
    """Ten codes of 80 random bits, for the day on which the authenticator is lost."""
    return [grouped(80) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> bytes:
    """SHA-256 of a recovery code; a code of 80 random bits needs no salt."""
    return sha256(code.replace("-", "").replace(" ", "").lower().encode()).digest()
