"""Phones that an earlier gridmap kept readable: sealed at the upgrade, and never one lost."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import Engine, make_url, text

from gridmap import schema
from gridmap.access.actions import verify_trail
from gridmap.cluster import EXTENSIONS, OWNER, SUPERUSER, Cluster
from gridmap.db import Actor, engine_for, transaction
from gridmap.errors import DataError, Unavailable
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.keyring import Keyring
from gridmap.settings import Settings

REVISION = "0007"
PHONES = {
    "r1": "13800001234",
    "r2": "0350 4521234 转 12",
    "r3": "电话不详，问村委",
    "r4": "",
    "r5": "138-0000-1234",
}


@pytest.fixture
def own(tmp_path: Path, home: Path) -> Settings:
    """Settings with a key file of the test's own."""
    return Settings(home=home, key_file=tmp_path / "keys" / "personal.key")


@pytest.fixture
def before(cluster: Cluster, own: Settings, actor: Actor) -> Iterator[Engine]:
    """A database of the revision before, with phones and a resident without any."""
    name = "with_phones"
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    with psycopg.connect(cluster.url(SUPERUSER, name), autocommit=True) as connection:
        for extension in EXTENSIONS:
            connection.execute(f"CREATE EXTENSION {extension} SCHEMA public")
    url = cluster.url(database=name)
    with schema.alembic_at(own, url) as config:
        command.upgrade(config, REVISION)
    engine = engine_for(url)
    with transaction(engine, actor) as connection:
        connection.execute(
            text("INSERT INTO residents (code, name, phone) VALUES (:code, '欧阳静', :phone)"),
            [{"code": code, "phone": phone} for code, phone in {**PHONES, "r6": None}.items()],
        )
        connection.execute(
            text(
                "INSERT INTO residents (code, name, phone)"
                " SELECT 'n' || n, '某', '139' || (10000000 + n)::text"
                " FROM generate_series(1, 12000) n"
            )
        )
    yield engine
    engine.dispose()
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def url_of(engine: Engine) -> str:
    return make_url(engine.url).set(drivername="postgresql").render_as_string(False)


def phones(engine: Engine, keyring: Keyring) -> dict[str, str | None]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT code, phone_sealed FROM residents"))
        return {
            row.code: row.phone_sealed and keyring.open("phone", row.code, row.phone_sealed)
            for row in rows
        }


def plain_phones(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        query = text("SELECT phone FROM residents WHERE phone IS NOT NULL ORDER BY id")
        return list(connection.scalars(query))


def test_every_phone_is_sealed_as_it_was_written(
    before: Engine, own: Settings, actor: Actor
) -> None:
    stamps = text("SELECT code, recorded_by, recorded_at FROM residents ORDER BY id")
    with before.connect() as connection:
        written = connection.execute(stamps).all()

    schema.migrate(own, url_of(before))

    keyring = KeyFile.of(own).read()
    assert keyring is not None
    now = phones(before, keyring)
    assert {code: now[code] for code in (*PHONES, "r6")} == {**PHONES, "r6": None}
    assert all(now[f"n{n}"] == f"139{10_000_000 + n}" for n in range(1, 12_001))
    with before.connect() as connection:
        assert connection.execute(stamps).all() == written
        line = text("SELECT detail FROM audit_entries WHERE action = 'seal'")
        assert connection.scalars(line).all() == [{"phones": len(PHONES) + 12_000}]
        same = text("SELECT code FROM residents WHERE phone_index = :index ORDER BY code")
        index = keyring.current.index("phone", "13800001234")
        assert connection.scalars(same, {"index": index}).all() == ["r1", "r5"]
    assert verify_trail(before, actor).ok


def test_no_page_of_the_table_holds_a_phone_any_more(
    before: Engine, own: Settings, cluster: Cluster
) -> None:
    place = text("SELECT pg_relation_filepath('gridmap.residents')")

    def holds(phone: bytes) -> bool:
        with psycopg.connect(cluster.url(SUPERUSER, "with_phones"), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        with before.connect() as connection:
            file = connection.scalar(place)
        return phone in (cluster.data / str(file)).read_bytes()

    assert holds(b"13910000001")
    schema.migrate(own, url_of(before))
    assert not holds(b"13910000001")


def test_without_the_key_nothing_is_changed_and_no_phone_lost(
    before: Engine, own: Settings
) -> None:
    there = plain_phones(before)
    folder = KeyFile.of(own).path.parent
    folder.write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="cannot be"):
        schema.migrate(own, url_of(before))
    assert schema.revision(before) == REVISION
    assert plain_phones(before) == there
    folder.unlink()
    schema.migrate(own, url_of(before))
    assert schema.revision(before) != REVISION


def test_a_phone_that_does_not_read_back_stops_the_upgrade(
    before: Engine, own: Settings, actor: Actor
) -> None:
    there = plain_phones(before)
    with transaction(before, actor) as connection:  # a database that writes something else
        connection.execute(
            text(
                "CREATE FUNCTION gridmap.spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " NEW.phone_sealed := (SELECT phone_sealed FROM gridmap.residents"
                "  WHERE phone_sealed IS NOT NULL LIMIT 1);"
                " NEW.phone_index := NEW.phone_sealed; RETURN NEW; END $$;"
                "CREATE TRIGGER spoil BEFORE UPDATE ON gridmap.residents FOR EACH ROW"
                " WHEN (NEW.code = 'n11000') EXECUTE FUNCTION gridmap.spoil()"
            )
        )
    with pytest.raises(DataError, match="n11000"):
        schema.migrate(own, url_of(before))
    assert schema.revision(before) == REVISION
    assert plain_phones(before) == there


def test_the_schema_cannot_be_upgraded_past_the_sealing(before: Engine, own: Settings) -> None:
    there = plain_phones(before)
    with (
        pytest.raises(RuntimeError, match="nobody sealed"),
        schema.alembic_at(own, url_of(before)) as config,
    ):
        config.attributes["seal_phones"] = lambda connection: None
        command.upgrade(config, "head")
    assert schema.revision(before) == REVISION
    assert plain_phones(before) == there


def test_sealed_phones_are_not_thrown_away_by_a_downgrade(before: Engine, own: Settings) -> None:
    schema.migrate(own, url_of(before))
    with (
        pytest.raises(RuntimeError, match="would be lost"),
        schema.alembic_at(own, url_of(before)) as config,
    ):
        command.downgrade(config, REVISION)
