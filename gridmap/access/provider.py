"""An identity provider that speaks OpenID Connect: the authorization code flow with PKCE.

No database in here: what comes out is a name that the provider vouches for.
"""

import hmac
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from threading import BoundedSemaphore
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gridmap.errors import NotLoggedIn, Unavailable

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]
"""Signatures by a key that only the provider has; never `none`, never a shared secret."""

_AT_ONCE = BoundedSemaphore(8)
"""A provider that hangs must not hold all the threads that everybody else is served by."""

PENDING_S = 600
_TIMEOUT_S = 5
_LEEWAY_S = 60
_KEPT_S = 600


@dataclass(frozen=True)
class Pending:
    """What a browser brings back from the provider, sealed in a cookie: begun at `at_s` (Unix)."""

    state: str
    nonce: str
    verifier: str
    to: str
    at_s: float

    def as_dict(self) -> dict[str, Any]:
        """For the cookie."""
        return asdict(self)


class Provider:
    """One provider, asked for its addresses once in ten minutes and for its keys at each log-in."""

    def __init__(self, issuer: str, client_id: str, client_secret: str | None) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._addresses: tuple[float, dict[str, Any]] | None = None

    def begin(self, callback: str, to: str) -> tuple[str, Pending]:
        """Where to send the browser, and what it has to bring back.

        Raises:
            Unavailable: the provider does not answer, or too many wait for it.
        """
        with _turn():
            return self._begin(callback, to)

    def _begin(self, callback: str, to: str) -> tuple[str, Pending]:
        pending = Pending(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            to=to,
            at_s=time.time(),
        )
        url, _ = self._client(callback).create_authorization_url(
            self._address("authorization_endpoint"),
            state=pending.state,
            nonce=pending.nonce,
            code_verifier=pending.verifier,
        )
        return str(url), pending

    def finish(self, callback: str, pending: Pending, brought: Mapping[str, str]) -> str:
        """The name (`preferred_username`) of whom the provider vouches for.

        Args:
            brought: the query that the browser came back with.

        Raises:
            NotLoggedIn: state, issuer, code, signature, audience, nonce or time does not fit.
            Unavailable: the provider does not answer.
        """
        if not hmac.compare_digest(pending.state.encode(), brought.get("state", "").encode()):
            raise _refused("state")
        if not 0 <= time.time() - pending.at_s <= PENDING_S:
            raise _refused("too late")
        if brought.get("iss", self.issuer) != self.issuer:
            raise _refused("issuer")
        if "error" in brought or not brought.get("code"):
            raise _refused("refused by the provider")
        with _turn():
            token = self._id_token(callback, brought["code"], pending)
            claims = self._claims(token, pending.nonce)
        name = claims.get("preferred_username")
        if not isinstance(name, str) or not name or "\x00" in name:
            raise _refused("no preferred_username")
        return name

    def _client(self, callback: str) -> OAuth2Session:
        return OAuth2Session(
            self._client_id,
            self._client_secret,
            scope="openid profile",
            redirect_uri=callback,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._client_secret else "none",
            default_timeout=_TIMEOUT_S,
        )

    def _id_token(self, callback: str, code: str, pending: Pending) -> str:
        try:
            answer = self._client(callback).fetch_token(
                self._address("token_endpoint"), code=code, code_verifier=pending.verifier
            )
        except OAuthError as error:
            raise _refused("code") from error
        except (requests.RequestException, ValueError) as error:
            raise _away() from error
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _refused("no id_token")
        return token

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        keys = _fetch(self._address("jwks_uri"))
        try:
            decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._client_id},
                },
                params={"nonce": nonce, "client_id": self._client_id},
            )
            claims.validate(leeway=_LEEWAY_S)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _refused(type(error).__name__) from error
        return dict(claims)

    def _address(self, name: str) -> str:
        if self._addresses is None or time.monotonic() - self._addresses[0] > _KEPT_S:
            found = _fetch(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                raise _refused("issuer")
            self._addresses = time.monotonic(), found
        address = self._addresses[1].get(name)
        if not isinstance(address, str):
            raise _away()
        return address


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(blocking=False):
        raise _away()
    try:
        yield
    finally:
        _AT_ONCE.release()


def _fetch(url: str) -> dict[str, Any]:
    try:
        answer = requests.get(url, timeout=_TIMEOUT_S)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise _away() from error
    if not isinstance(found, dict):
        raise _away()
    return found


def _away() -> Unavailable:
    return Unavailable(
        "统一身份认证没有应答，请稍后再试，或用密码登录",
        "the identity provider does not answer: try again later, or log in with your password",
    )


def _refused(why: str) -> NotLoggedIn:
    return NotLoggedIn(
        f"统一身份认证没有通过（{why}），请重新登录",
        f"the identity provider's answer was not accepted ({why}): log in again",
    )
