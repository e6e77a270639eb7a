"""One-time codes and recovery codes: set up, asked for, good once, sealed."""

import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from gridmap.access import codes, granting
from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.attempts import FREE
from gridmap.access.sealing import Sealer
from gridmap.app import create_app
from gridmap.errors import DataError
from gridmap.settings import Settings
from tests.access.conftest import PASSWORD, Browser, change, give_known, make_person, trail

Open = Callable[..., Browser]


def enroll(browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Set up an authenticator: it, and the recovery codes."""
    offer = browser.send("POST", "/api/me/one-time-code", {"password": PASSWORD})
    assert offer.status_code == 200, offer.text
    authenticator = pyotp.TOTP(offer.json()["secret"])
    answer = browser.send("PUT", "/api/me/one-time-code", {"code": authenticator.now()})
    assert answer.status_code == 200, answer.text
    return authenticator, answer.json()["recovery"]


def next_code(authenticator: pyotp.TOTP) -> str:
    """The code after the present one, which the clock's tolerance takes already."""
    return authenticator.at(int(time.time()) + codes.STEP_S)


def time_passes(engine: Engine) -> None:
    """So much that the present code is a later one than the last used."""
    change(engine, "UPDATE one_time_codes SET last_step = 0")


@pytest.fixture
def chief(app: FastAPI, county: Engine) -> Browser:
    """A browser in which an administrator without one-time code is logged in."""
    make_person(county, "chief", "administrator")
    browser = Browser(app)
    assert browser.log_in("chief").json()["must_enroll"]
    return browser


def test_an_administrator_reaches_nothing_before_the_code_is_set_up(chief: Browser) -> None:
    for path in ("/api/plans", "/api/profile", "/tiles/grids/10/829/392.mvt", "/api/openapi.json"):
        refused = chief.get(path)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/enroll")
    token = {"name": "way round", "rights": ["territory"], "days": 1}
    refused = chief.send("POST", "/api/me/tokens", token)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/enroll")
    enroll(chief)
    assert not chief.get("/api/me").json()["must_enroll"]
    assert chief.get("/api/plans").status_code == 200


def test_the_password_alone_does_not_log_in_any_more(
    chief: Browser, browser: Open, county: Engine
) -> None:
    authenticator, _ = enroll(chief)
    without = browser().log_in("chief")
    assert (without.status_code, without.json()["type"]) == (401, "/problems/one-time-code")
    assert "set-cookie" not in without.headers
    wrong = browser().log_in("chief", code="000000")
    assert (wrong.status_code, wrong.json()["type"]) == (401, "/problems/one-time-code")
    unknown = browser().log_in("chief", "wrong wrong wrong", code=next_code(authenticator))
    assert (unknown.status_code, unknown.json()["type"]) == (401, "/problems/log-in")
    assert browser().log_in("chief", code=next_code(authenticator)).status_code == 200
    assert trail(county, "one_time_codes") == [("chief", "set", "one_time_codes")]


def test_a_code_is_good_once(chief: Browser, browser: Open) -> None:
    authenticator, _ = enroll(chief)
    code = next_code(authenticator)
    assert browser().log_in("chief", code=authenticator.now()).status_code == 401  # set it up with
    assert browser().log_in("chief", code=code).status_code == 200
    assert browser().log_in("chief", code=code).status_code == 401


def test_of_ten_who_bring_one_code_at_once_one_is_let_in(
    chief: Browser, app: FastAPI, county: Engine
) -> None:
    authenticator, _ = enroll(chief)
    code, at_once = next_code(authenticator), Barrier(4)

    def enter(number: int) -> int:
        someone = Browser(app, address=f"10.4.0.{number}")
        at_once.wait()
        return someone.log_in("chief", code=code).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(enter, range(4)))
    assert answers.count(200) == 1
    assert set(answers) <= {200, 401, 429}


def test_codes_cannot_be_guessed_by_who_knows_the_password(chief: Browser, browser: Open) -> None:
    enroll(chief)
    answers = []
    for number in range(FREE["account"] + 1):
        guesser = browser(address=f"10.5.0.{number}")
        # Asking without a code in between does not wipe the guesses out.
        guesser.log_in("chief")
        answers.append(guesser.log_in("chief", code=f"{number:06}").status_code)
    assert answers == [401] * FREE["account"] + [429]


def test_a_recovery_code_logs_in_once(chief: Browser, browser: Open, county: Engine) -> None:
    _, recovery = enroll(chief)
    assert len(set(recovery)) == 10
    assert browser().log_in("chief", code=recovery[3].upper().replace("-", " ")).status_code == 200
    assert browser().log_in("chief", code=recovery[3]).status_code == 401
    assert browser().log_in("chief", code=recovery[4]).status_code == 200
    assert trail(county, "recovery_codes") == [("chief", "use", "recovery_codes")] * 2


def test_it_is_removed_with_password_and_code_only(
    chief: Browser, browser: Open, county: Engine
) -> None:
    authenticator, recovery = enroll(chief)

    def remove(password: str, code: str) -> int:
        body = {"password": password, "one_time_code": code}
        return chief.send("DELETE", "/api/me/one-time-code", body).status_code

    assert remove("wrong wrong wrong", next_code(authenticator)) == 403
    assert remove(PASSWORD, "000000") == 401
    again = chief.send("POST", "/api/me/one-time-code", {"password": PASSWORD})
    assert again.status_code == 409
    assert remove(PASSWORD, next_code(authenticator)) == 204
    assert chief.get("/api/me").json()["must_enroll"]
    assert browser().log_in("chief").status_code == 200
    enroll_again = chief.send("POST", "/api/me/one-time-code", {"password": PASSWORD})
    assert enroll_again.status_code == 200
    assert browser().log_in("chief", code=recovery[0]).status_code == 200  # no code is asked for
    assert trail(county, "one_time_codes")[-1] == ("chief", "remove", "one_time_codes")


def test_an_offer_is_not_in_use_before_it_is_confirmed_and_lasts_an_hour(
    chief: Browser, browser: Open, county: Engine
) -> None:
    def offer() -> pyotp.TOTP:
        answer = chief.send("POST", "/api/me/one-time-code", {"password": PASSWORD})
        assert answer.json()["svg"].startswith("<svg")
        assert answer.json()["uri"].startswith("otpauth://totp/gridmap:chief?")
        return pyotp.TOTP(answer.json()["secret"])

    first, second = offer(), offer()
    assert browser().log_in("chief").status_code == 200
    stale = chief.send("PUT", "/api/me/one-time-code", {"code": first.now()})
    assert stale.status_code == 422
    change(county, "UPDATE one_time_codes SET offered_at = now() - interval '61 minutes'")
    late = chief.send("PUT", "/api/me/one-time-code", {"code": second.now()})
    assert late.status_code == 422


def test_whoever_keeps_the_machine_can_take_a_lost_authenticator_away(
    chief: Browser, browser: Open, county: Engine
) -> None:
    enroll(chief)
    granting.give_password(county, ADMINISTRATOR, "chief", remove_code=True)
    give_known(county, "chief")
    assert chief.get("/api/me").status_code == 401  # its log-ins ended
    assert browser().log_in("chief").json()["must_enroll"]


def test_the_secret_is_sealed_with_a_key_outside_the_database(
    county: Engine, settings: Settings, tmp_path: Path
) -> None:
    make_person(county, "chief", "administrator")
    own = settings.model_copy(update={"home": tmp_path})
    chief = Browser(create_app(own))
    chief.log_in("chief")
    authenticator, recovery = enroll(chief)
    key = tmp_path / "login.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with county.connect() as connection:
        secret = connection.scalar(text("SELECT secret FROM one_time_codes"))
        kept = connection.scalars(text("SELECT to_jsonb(r)::text FROM recovery_codes r")).all()
    assert authenticator.secret.encode() not in bytes(secret)
    assert not any(code in row for code in recovery for row in kept)

    # Carried to another account's row it opens nothing there.
    make_person(county, "thief", "administrator")
    change(
        county,
        "INSERT INTO one_time_codes (account_id, secret, confirmed_at)"
        " SELECT a.id, c.secret, now() FROM one_time_codes c, accounts a WHERE a.name = 'thief'",
    )
    refused = Browser(create_app(own)).log_in("thief", code=authenticator.now())
    assert refused.status_code == 422
    assert "login.key" in refused.json()["detail_en"]

    # With another key nothing opens; the recovery codes still do.
    key.unlink()
    elsewhere = Browser(create_app(own))
    time_passes(county)
    assert elsewhere.log_in("chief", code=authenticator.now()).status_code == 422
    assert elsewhere.log_in("chief", code=recovery[0]).status_code == 200


def test_two_who_make_the_key_at_once_have_the_same(tmp_path: Path) -> None:
    for number in range(20):
        file, at_once = tmp_path / f"{number}.key", Barrier(4)

        def seal(_: int, file: Path = file, at_once: Barrier = at_once) -> bytes:
            sealer = Sealer(file)
            at_once.wait()
            return sealer.seal(b"secret", "place")

        with ThreadPoolExecutor(4) as pool:
            sealed = list(pool.map(seal, range(4)))
        assert [Sealer(file).open(one, "place") for one in sealed] == [b"secret"] * 4
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".key"] * 20


@pytest.mark.parametrize("at", range(0, 34, 3))
def test_a_changed_byte_or_another_place_opens_nothing(tmp_path: Path, at: int) -> None:
    sealer = Sealer(tmp_path / "login.key")
    sealed = bytearray(sealer.seal(b"secret", "here"))
    assert sealer.open(bytes(sealed), "there") is None
    sealed[at] ^= 1
    assert sealer.open(bytes(sealed), "here") is None


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "login.key"
    Sealer(file).seal(b"x", "x")
    file.chmod(0o640)
    with pytest.raises(DataError, match="chmod 600"):
        Sealer(file).seal(b"x", "x")


# RFC 6238, appendix B: SHA-1, the last six digits.
RFC_6238: dict[int, str] = {59: "287082", 1111111109: "081804", 1111111111: "050471",
                            1234567890: "005924", 2000000000: "279037"}  # fmt: skip


@pytest.mark.parametrize(("at", "code"), RFC_6238.items())
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    step = at // 30
    for late, expected in ((0, step), (30, step), (-30, step), (60, None), (-60, None)):
        if at + late >= codes.STEP_S:
            assert codes.step_of(secret, code, at + late) == expected
    assert codes.step_of(secret, "１２３４５６", at) is None
