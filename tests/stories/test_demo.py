"""A stranger's first hour: the demo county, its check, its map, its heat, a backup and back."""

import json
from pathlib import Path

from sqlalchemy import text

from gridmap.app import create_app
from gridmap.cluster import database_url
from tests.entering import log_in
from tests.stories.conftest import Station

COUNTS = {"grids": 329, "townships": 11, "villages": 104, "households": 29_095}


def versions(station: Station) -> dict[str, int]:
    engine = station.engine()
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT layer, version FROM layer_versions")).all()
    engine.dispose()
    return dict(tuple(row) for row in rows)


def test_from_a_bare_data_folder_to_a_live_grid_map_and_back_from_a_backup(
    station: Station, tmp_path: Path
) -> None:
    station.run("demo", "kelan")
    before = versions(station)

    # A second demo, and the start of every `make run`, keep every row as it is.
    assert "no demo loaded" in station.run("demo", "kelan", "--if-empty").stderr
    station.run("demo", "kelan")
    assert versions(station) == before

    report = json.loads(station.run("check", "--json").stdout)
    assert report["ok"]
    assert all(link["ok"] or link["warning"] for link in report["links"])

    settings = station.settings.model_copy(update={"database_url": database_url(station.settings)})
    client = log_in(create_app(settings))
    profile = client.get("/api/profile").json()
    assert profile["synthetic"]
    assert {name: profile["counts"][name] for name in COUNTS} == COUNTS
    reported = client.post(
        "/api/incidents",
        json={
            "channel": profile["channels"][0]["code"],
            "category": profile["categories"][0]["code"],
            "description": "路灯不亮",
            "lon": 111.5735,
            "lat": 38.7045,
        },
    )
    assert reported.status_code == 201
    assert reported.json()["placement"] == "in_grid"
    grid = client.get(f"/api/grids/{reported.json()['grid']['code']}").json()
    assert grid["incidents"]["total"] >= 1
    assert grid["lead"]["name"]
    tile = client.get("/tiles/grids/10/829/392.mvt")
    assert tile.status_code == 200
    assert (
        client.get(
            "/tiles/grids/10/829/392.mvt", headers={"If-None-Match": tile.headers["etag"]}
        ).status_code
        == 304
    )

    told = station.run("heat", "-o", "heat.html", "--since", "2025-12-01", "--until", "2026-02-28")
    assert "incidents" in told.stdout
    assert (station.home / "heat.html").stat().st_size > 100_000

    station.run("backup", "county.backup")
    engine = station.engine()
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('gridmap.actor', 'test', true)"))
        connection.execute(text("DELETE FROM residents"))
    engine.dispose()
    assert json.loads(station.run("check", "--json").stdout)["ok"]
    station.run("restore", "county.backup")
    engine = station.engine()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM residents")) == 63_115
        assert connection.scalar(text("SELECT count(*) FROM incidents")) == 14_001
        marks = connection.scalars(text("SELECT DISTINCT source FROM residents")).all()
    engine.dispose()
    assert marks == ["synthetic"]
    refused = station.run("demo", "kelan", code=1)
    assert "no demo's" in refused.stderr
