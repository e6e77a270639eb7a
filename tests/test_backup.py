"""Backup and restore: everything comes back, and a bad file changes nothing."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gridmap.access.actions import verify_trail
from gridmap.backup import back_up, restore
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, DataError
from gridmap.settings import Settings
from tests.test_schema import add_grid, add_village


def fill(engine: Engine, actor: Actor) -> None:
    with transaction(engine, actor) as connection:
        add_grid(connection, add_village(connection), "140929100200001")
        connection.execute(
            text(
                "INSERT INTO buildings (code, geom)"
                " SELECT n::text, ST_SetSRID(ST_MakePoint(111.5 + n * 1e-5, 38.75), 4490)"
                " FROM generate_series(1, 5000) n"
            )
        )


def contents(engine: Engine) -> dict[str, str]:
    """A checksum of every table but the audit trail and the versions, which go on."""
    with engine.connect() as connection:
        tables = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'gridmap' ORDER BY 1")
        ).all()
        return {
            table: str(
                connection.scalar(
                    text(
                        "SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE \"C\"))"
                        f" FROM gridmap.{table} t"
                    )
                )
            )
            for table in tables
            if table not in ("audit_entries", "audit_seals", "layer_changes")
        }


def nothing(done: int, total: int | None) -> None:
    """Draws no bar."""


def test_everything_comes_back_and_the_rules_still_hold(
    county: Engine, actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    fill(county, actor)
    before = contents(county)
    steps: list[tuple[int, int | None]] = []
    back_up(settings, actor, tmp_path / "all.backup", lambda *step: steps.append(step))
    assert steps[-1][0] == steps[-1][1]
    with transaction(county, actor) as connection:
        connection.execute(text("DELETE FROM buildings"))
        version = connection.scalar(
            text("SELECT version FROM layer_versions WHERE layer = 'buildings'")
        )
    county.dispose()

    restore(settings, actor, tmp_path / "all.backup")

    assert contents(county) == before
    with county.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM buildings WHERE grid_id > 0")) == 5000
        restored = connection.scalar(
            text("SELECT version FROM layer_versions WHERE layer = 'buildings'")
        )
        acts = connection.scalars(text("SELECT action FROM audit_entries ORDER BY id")).all()
    assert version is not None
    assert restored is not None
    assert restored > version
    assert acts[-1] == "restore"
    assert verify_trail(county, actor).ok
    assert "backup" in acts
    with (
        pytest.raises(Exception, match="append-only"),
        transaction(county, actor) as connection,
    ):
        connection.execute(text("DELETE FROM audit_entries"))


def test_a_damaged_or_foreign_file_is_refused_and_changes_nothing(
    county: Engine, actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    fill(county, actor)
    whole = tmp_path / "all.backup"
    back_up(settings, actor, whole, nothing)
    before = contents(county)
    county.dispose()
    data = whole.read_bytes()
    for name, content in (
        ("text", b"not a backup"),
        ("empty", b""),
        ("cut", data[: len(data) * 2 // 3]),
        ("cut-at-the-end", data[:-200]),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(DataError, match="nothing was restored"):
            restore(settings, actor, file)
        assert contents(county) == before
    with pytest.raises(CallError):
        restore(settings, actor, tmp_path / "absent")


def test_a_folder_that_does_not_exist_is_said(
    actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(CallError, match="does not exist"):
        back_up(settings, actor, tmp_path / "no" / "file", nothing)
