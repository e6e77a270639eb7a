"""What people do with their log-in: passwords changed, rights that end, reports in their name."""

from collections.abc import Callable

from sqlalchemy import Engine, text

from gridmap.access import granting
from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.attempts import FREE
from gridmap.app import create_app
from gridmap.settings import Settings
from tests.access.conftest import NOT_LOGGED_IN, PASSWORD, Browser, kind, make_person

Open = Callable[..., Browser]


def test_a_given_password_must_be_changed_before_anything_else(
    browser: Open, county: Engine
) -> None:
    given = granting.give_password(county, ADMINISTRATOR, "li", remove_code=False)
    someone = browser()
    assert someone.log_in("li").status_code == 401
    assert someone.log_in("li", given).json()["must_change_password"]
    assert kind(someone.get("/api/plans")) == (403, "/problems/change-password")
    change_it = {"old": given, "new": "a new and longer one"}
    assert someone.send("POST", "/api/me/password", change_it).status_code == 204
    assert someone.get("/api/plans").status_code == 200
    assert browser().log_in("li", given).status_code == 401


def test_a_changed_password_ends_all_other_log_ins(browser: Open, li: Browser) -> None:
    thief = browser()
    thief.log_in("li")
    wrong = {"old": "wrong wrong wrong", "new": "a new and longer one"}
    assert kind(li.send("POST", "/api/me/password", wrong)) == (403, "/problems/password")
    right = {"old": PASSWORD, "new": "a new and longer one"}
    assert li.send("POST", "/api/me/password", right).status_code == 204
    assert li.get("/api/me").status_code == 200
    assert kind(thief.get("/api/me")) == NOT_LOGGED_IN
    assert browser().log_in("li").status_code == 401
    assert browser().log_in("li", "a new and longer one").status_code == 200


def test_a_password_that_is_guessed_first_is_refused(browser: Open) -> None:
    wang = browser()
    wang.log_in("wang")
    for new in (
        "only-eleven",
        "123456789012",
        "PASSWORD1234",
        "aaaaaaaaaaaaaaaa",
        "grid of Wang, 2026",
        "gridmap-demo-2026",
        "x" * 300,
        PASSWORD,
    ):
        answer = wang.send("POST", "/api/me/password", {"old": PASSWORD, "new": new})
        assert answer.status_code == 422, new
    assert browser().log_in("wang").status_code == 200


def test_the_old_password_cannot_be_guessed_through_a_log_in_left_open(li: Browser) -> None:
    body = {"old": "wrong wrong wrong", "new": "a new and longer one"}
    codes = [
        li.send("POST", "/api/me/password", body).status_code for _ in range(FREE["account"] + 1)
    ]
    assert codes == [403] * FREE["account"] + [429]


def test_a_mandate_that_is_over_gives_no_right(browser: Open, county: Engine) -> None:
    someone = browser()
    assert someone.log_in("li").json()["rights"]
    granting.end_mandate(county, ADMINISTRATOR, "li", granting.Mandate("analyst"))
    me = someone.get("/api/me").json()
    assert me["rights"] == me["roles"] == []


def test_who_acts_is_the_one_who_is_logged_in(browser: Open, county: Engine) -> None:
    make_person(county, "clerk", "intake_clerk")
    clerk = browser()
    clerk.log_in("clerk")
    report = {"channel": "patrol", "category": "safety", "subcategory": "fire_hazard",
              "description": "x", "lon": 111.57, "lat": 38.7}  # fmt: skip
    answer = clerk.send("POST", "/api/incidents", report)
    assert answer.status_code == 201, answer.text
    assert answer.json()["entries"][0]["actor"] == "clerk"


def test_who_may_not_report_is_told_so_and_nothing_is_written(li: Browser, county: Engine) -> None:
    report = {"channel": "patrol", "category": "safety", "subcategory": "fire_hazard",
              "description": "x", "lon": 111.57, "lat": 38.7}  # fmt: skip
    answer = li.send("POST", "/api/incidents", report)
    assert kind(answer) == (403, "about:blank")
    with county.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM incidents")) == 0


def test_reports_are_paced_for_each_account(county: Engine, settings: Settings) -> None:
    make_person(county, "clerk", "intake_clerk")
    make_person(county, "other", "intake_clerk")
    app = create_app(settings.model_copy(update={"reports_per_minute": 3}))
    report = {"channel": "patrol", "category": "safety", "subcategory": "fire_hazard",
              "description": "x", "lon": 111.57, "lat": 38.7}  # fmt: skip
    clerk, other = Browser(app), Browser(app)
    clerk.log_in("clerk")
    other.log_in("other")
    codes = [clerk.send("POST", "/api/incidents", report).status_code for _ in range(4)]
    assert codes == [201, 201, 201, 429]
    late = clerk.send("POST", "/api/incidents", report)
    assert 1 <= int(late.headers["retry-after"]) <= 60
    assert other.send("POST", "/api/incidents", report).status_code == 201
