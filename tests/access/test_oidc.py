"""Logging in through an identity provider, against a real one that tells the truth, or does not."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx2
import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from sqlalchemy import Engine, text

from gridmap.access import granting
from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.attempts import FREE
from gridmap.access.gate import COOKIE
from gridmap.access.routes.login import PENDING_COOKIE
from gridmap.app import create_app
from gridmap.settings import Settings
from tests.access.conftest import Browser, change, make_person, trail
from tests.access.provider import CLIENT, SECRET, IdentityProvider, forged, running


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with running() as found:
        yield found


@pytest.fixture
def site(county: Engine, settings: Settings, provider: IdentityProvider) -> FastAPI:
    """The web app of a county whose people log in with the provider."""
    make_person(county, "li")
    make_person(county, "chief", "administrator")
    return create_app(
        settings.model_copy(
            update={
                "oidc_issuer": provider.address,
                "oidc_client_id": CLIENT,
                "oidc_client_secret": SecretStr(SECRET),
                "oidc_title": "政务统一认证",
            }
        )
    )


@pytest.fixture
def someone(site: FastAPI) -> Browser:
    return Browser(site)


def to_provider(someone: Browser, to: str = "/") -> str:
    """To the provider, whose person agrees; the address that the browser is sent back to."""
    sent = someone.get("/api/login/oidc", params={"to": to})
    assert sent.status_code == 302, sent.text
    return str(httpx2.get(sent.headers["location"]).headers["location"])


def back(someone: Browser, address: str, **changed: str | None) -> httpx2.Response:
    parts = urlsplit(address)
    query = {**dict(parse_qsl(parts.query)), **changed}
    kept = {name: value for name, value in query.items() if value is not None}
    return someone.get(urlunsplit(("", "", parts.path, urlencode(kept), "")))


def refused(someone: Browser, answer: httpx2.Response) -> bool:
    assert answer.status_code == 401, answer.text
    assert answer.json()["type"] == "/problems/log-in"
    assert COOKIE not in answer.headers.get("set-cookie", "")
    return someone.get("/api/me").status_code == 401


def test_whom_the_provider_vouches_for_is_logged_in(
    someone: Browser, provider: IdentityProvider, county: Engine
) -> None:
    assert someone.get("/api/login").json()["oidc"] == {"title": "政务统一认证"}
    answer = back(someone, to_provider(someone, "/?grid=140929100200001"))
    assert answer.status_code == 302
    assert answer.headers["location"] == "/?grid=140929100200001"
    me = someone.get("/api/me").json()
    assert (me["account"], me["via"]) == ("li", "oidc")
    asked = provider.asked[0]
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://grid.county.example/api/login/oidc/callback"
    assert "openid" in asked["scope"].split()
    assert trail(county, "logins") == [("li", "log_in", "logins")]


def test_an_administrator_of_the_provider_has_the_providers_second_factor(
    someone: Browser, provider: IdentityProvider
) -> None:
    provider.person = "chief"
    back(someone, to_provider(someone))
    assert not someone.get("/api/me").json()["must_enroll"]
    assert someone.get("/api/plans").status_code == 200


@pytest.mark.parametrize("person", ["stranger", "LI", "li ", "li\x00", ""])
def test_nobody_is_made_or_mistaken(
    someone: Browser, provider: IdentityProvider, county: Engine, person: str
) -> None:
    provider.person = person
    assert refused(someone, back(someone, to_provider(someone)))
    with county.connect() as connection:
        names = set(connection.scalars(text("SELECT name FROM accounts")))
    assert names == {"administrator", "li", "chief"}


def test_a_disabled_account_is_not_let_in(someone: Browser, county: Engine) -> None:
    granting.disable(county, ADMINISTRATOR, "li")
    assert refused(someone, back(someone, to_provider(someone)))
    assert trail(county, "logins") == [("li", "fail", "logins")]


def test_an_address_that_fails_with_the_provider_again_and_again_has_to_wait(
    someone: Browser, provider: IdentityProvider, county: Engine
) -> None:
    back(someone, to_provider(someone))  # what succeeds is not counted
    provider.person = "stranger"
    assert back(someone, to_provider(someone)).status_code == 401
    change(county, f"UPDATE failed_attempts SET n = {FREE['origin'] - 1}")
    assert back(someone, to_provider(someone)).status_code == 401
    provider.person = "li"
    assert back(someone, to_provider(someone)).status_code == 429


NOW = int(time.time())
LIES: dict[str, dict[str, Any]] = {
    "nonce of another": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "audience of another": {"aud": "another-client"},
    "audiences without ours": {"aud": ["another", "third"]},
    "ours among others, meant for another": {"aud": [CLIENT, "another"], "azp": "another"},
    "audience of another, though asked for by us": {"aud": "another-client", "azp": CLIENT},
    "no audience": {"aud": None},
    "issuer of another": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "expired": {"iat": NOW - 900, "exp": NOW - 600},
    "no end": {"exp": None},
    "not yet": {"nbf": NOW + 3600},
    "no subject": {"sub": None},
    "no name": {"preferred_username": None},
    "a name that is no text": {"preferred_username": ["li"]},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_does_not_fit_is_refused(
    someone: Browser, provider: IdentityProvider, lie: str
) -> None:
    provider.claims = LIES[lie]
    assert refused(someone, back(someone, to_provider(someone)))


def test_a_token_signed_by_another_key_is_refused(
    someone: Browser, provider: IdentityProvider
) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "k1"})
    assert refused(someone, back(someone, to_provider(someone)))


def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused(
    someone: Browser, provider: IdentityProvider
) -> None:
    public = provider.own.as_pem(private=False)
    provider.forge = lambda claims: forged({"alg": "HS256", "kid": "k1"}, claims, public)
    assert refused(someone, back(someone, to_provider(someone)))


@pytest.mark.parametrize("alg", ["none", "None", "RS256"])
def test_an_unsigned_token_is_refused(
    someone: Browser, provider: IdentityProvider, alg: str
) -> None:
    provider.forge = lambda claims: forged({"alg": alg, "kid": "k1"}, claims, None)
    assert refused(someone, back(someone, to_provider(someone)))


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "of-another"},
        {"state": None},
        {"code": "made-up"},
        {"code": None},
        {"iss": "https://evil.example"},
        {"error": "access_denied"},
    ],
)
def test_an_address_that_was_changed_on_the_way_is_refused(
    someone: Browser, changed: dict[str, str | None]
) -> None:
    assert refused(someone, back(someone, to_provider(someone), **changed))


def test_a_log_in_that_was_begun_in_another_browser_is_refused(
    someone: Browser, site: FastAPI
) -> None:
    attackers = to_provider(someone)
    victim = Browser(site)
    assert refused(victim, back(victim, attackers))
    to_provider(victim)
    assert refused(victim, back(victim, attackers))


def test_a_code_logs_in_once(someone: Browser) -> None:
    address = to_provider(someone)
    kept = someone.client.cookies.get(PENDING_COOKIE)
    assert back(someone, address).status_code == 302
    assert someone.client.cookies.get(PENDING_COOKIE) is None
    someone.client.cookies.clear()
    someone.client.cookies.set(PENDING_COOKIE, str(kept))
    assert refused(someone, back(someone, address))


def test_what_the_browser_brings_back_is_sealed_and_lasts_ten_minutes(
    someone: Browser, site: FastAPI
) -> None:
    def keep(value: str) -> None:
        someone.client.cookies.clear()
        someone.client.cookies.set(PENDING_COOKIE, value)

    address = to_provider(someone)
    kept = str(someone.client.cookies.get(PENDING_COOKIE))
    plain = site.state.sealer.open(bytes.fromhex(kept), PENDING_COOKIE)
    pending = json.loads(plain)
    assert pending["verifier"].encode().hex() not in kept
    keep(("0" if kept[0] != "0" else "1") + kept[1:])
    assert refused(someone, back(someone, address))
    pending["at_s"] -= 601
    keep(site.state.sealer.seal(json.dumps(pending).encode(), PENDING_COOKIE).hex())
    assert refused(someone, back(someone, address))
    keep(kept)
    assert back(someone, address).status_code == 302


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "",
    ],
)
def test_nobody_is_sent_to_another_site(someone: Browser, to: str) -> None:
    answer = back(someone, to_provider(someone, to))
    assert answer.headers["location"] == "/"


def test_logging_in_leaves_the_cookie_that_was_there_worthless(
    someone: Browser, site: FastAPI
) -> None:
    someone.log_in("chief")
    before = str(someone.cookie)
    back(someone, to_provider(someone))
    assert someone.get("/api/me").json()["account"] == "li"
    thief = Browser(site)
    thief.client.cookies.set(COOKIE, before)
    assert thief.get("/api/me").status_code == 401


def in_a_browser(someone: Browser, address: str, **changed: str) -> str:
    """Where a browser that opens a page is sent on to."""
    parts = urlsplit(address)
    query = urlencode({**dict(parse_qsl(parts.query)), **changed})
    answer = someone.get(f"{parts.path}?{query}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 302, answer.text
    assert COOKIE not in answer.headers.get("set-cookie", "")
    return str(answer.headers["location"])


def test_a_browser_comes_back_to_the_log_in_page_which_says_why(
    site: FastAPI, someone: Browser, provider: IdentityProvider
) -> None:
    address = to_provider(someone, "/plans?state=draft")
    wrong = in_a_browser(someone, address, state="another")
    assert wrong == "/plans?state=draft&entrance=refused"
    provider.person = "nobody-here"
    assert in_a_browser(someone, to_provider(someone)) == "/?entrance=no-account"
    assert in_a_browser(Browser(site), address) == "/?entrance=refused"


def test_a_provider_that_is_away_is_said_to_be_and_passwords_go_on(
    county: Engine, settings: Settings
) -> None:
    make_person(county, "li")
    away = settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"})
    someone = Browser(create_app(away))
    answer = someone.get("/api/login/oidc")
    assert answer.status_code == 503
    assert in_a_browser(someone, "/api/login/oidc", to="/heat") == "/heat?entrance=away"
    assert someone.log_in("li").status_code == 200


def test_without_a_provider_there_is_none(county: Engine, settings: Settings) -> None:
    someone = Browser(create_app(settings))
    assert someone.get("/api/login").json()["oidc"] is None
    assert someone.get("/api/login/oidc").status_code == 404
    assert someone.get("/api/login/oidc/callback").status_code == 404
