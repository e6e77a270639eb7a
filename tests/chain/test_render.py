"""The report as a terminal and a machine read it."""

import json
from datetime import UTC, datetime

from gridmap.chain.checks import RULES
from gridmap.chain.render import ChainReport, LinkReport, as_dict, as_text, report_of


def lost(number: int) -> LinkReport:
    rows = [
        {"code": f"h{n}", "name": None, "ref": "D9", "amount": None, "lon": None, "lat": None}
        for n in range(min(number, 100))
    ]
    return report_of("household_dwelling", 500, number, rows)


def report(*links: LinkReport) -> ChainReport:
    ok = all(link.ok or link.warning for link in links)
    return ChainReport(ok, datetime(2026, 5, 1, 8, tzinfo=UTC), 1.25, list(links))


def test_every_rule_has_a_title_and_a_hint_in_both_languages() -> None:
    for rule in RULES.values():
        assert "：" in rule.title.zh
        assert rule.title.en.isascii()
        assert rule.hint.zh
        assert rule.hint.en.isascii()


def test_the_text_shows_the_first_ten_the_rest_as_a_number_and_the_hint() -> None:
    lines = as_text(report(lost(250))).splitlines()
    assert lines[0].startswith("✗ 户进房：每户都有房屋 · Households in dwellings")
    assert lines[1] == "    250 / 500，250 个断开 · 250 broken"
    assert lines[2] == "    - h0：房屋编码 D9 不存在 · there is no dwelling D9"
    assert lines[12] == "    … 另有 240 个 · and 240 more"
    assert lines[13].startswith("    → 补载缺少的房屋")
    assert lines[14] == "链条有 1 环断开 · links broken: 1（1.2 s）"


def test_warnings_leave_the_chain_whole() -> None:
    warned = report_of(
        "grid_lead",
        3,
        1,
        [{"code": "g", "name": "一格", "ref": None, "amount": None, "lon": 111.5, "lat": 38.7}],
    )
    text = as_text(report(lost(0), warned))
    assert "✓ 户进房" in text
    assert "! 格有网格长" in text
    assert text.splitlines()[-1] == "链条完整，1 项提醒 · the chain is whole, 1 to look at（1.2 s）"


def test_the_json_has_every_item_and_times_with_their_offset() -> None:
    body = json.loads(json.dumps(as_dict(report(lost(250)))))
    assert body["checked_at"] == "2026-05-01T08:00:00+00:00"
    assert body["ok"] is False
    (link,) = body["links"]
    assert (link["total"], link["broken"], len(link["items"]), link["truncated"]) == (
        500, 250, 100, True,
    )  # fmt: skip
    assert link["items"][0]["detail_en"] == "there is no dwelling D9"
