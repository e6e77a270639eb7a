"""Backups: everything gridmap holds, in one file, and back."""

import hashlib
import mmap
import os
import re
import subprocess
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import make_url, text

from gridmap.access.roll import end_access
from gridmap.access.store import record
from gridmap.cluster import database_url, find_programs
from gridmap.db import SCHEMA, Actor, engine_for, transaction
from gridmap.errors import CallError, DataError, Unavailable
from gridmap.schema import known_revisions, migrate
from gridmap.settings import Settings

Progress = Callable[[int, int | None], None]

_SEAL = b"\x00gridmap backup, sha256\x00"
_CHUNK_BYTES = 1 << 20
_TABLE_DATA = re.compile(r"^\d+; .* TABLE DATA gridmap ", re.MULTILINE)


def back_up(settings: Settings, actor: Actor, file: Path, progress: Progress) -> int:
    """Write the whole schema to `file` (PostgreSQL's custom format); returns its size in bytes.

    The file appears when it is whole; the audit trail, with this act in it, is part of it.

    Raises:
        CallError: the file's folder does not exist.
        Unavailable: the database does not answer, or the disk is full.
    """
    if not file.absolute().parent.is_dir():
        raise CallError(
            f"目录 {file.absolute().parent} 不存在，请先建立",
            f"the folder {file.absolute().parent} does not exist: make it first",
        )
    url = database_url(settings)
    engine = engine_for(url)
    with transaction(engine, actor) as connection:
        record(connection, "backup", SCHEMA, file=file.name)
        total = connection.scalar(
            text("SELECT count(*) FROM pg_tables WHERE schemaname = :s"), {"s": SCHEMA}
        )
    engine.dispose()
    part = file.with_name(file.name + ".part")
    address, environment = _without_password(url)
    command = [find_programs() / "pg_dump", "-d", address, "-n", SCHEMA, "-Fc", "--no-owner"]
    with subprocess.Popen(
        [*map(str, command), "--no-privileges", "--verbose", "-f", str(part)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as dump:
        assert dump.stderr is not None
        said = _follow(dump.stderr, total, progress)
    if dump.returncode:
        part.unlink(missing_ok=True)
        raise Unavailable(f"备份没有完成：{said}", f"the backup was not finished: {said}")
    seal(part)
    part.replace(file)
    return file.stat().st_size


def seal(part: Path) -> None:
    """Write the file's SHA-256 behind its last byte, where pg_restore does not look."""
    with part.open("rb") as whole:
        seal = hashlib.file_digest(whole, "sha256").digest()
    with part.open("ab") as end:
        end.write(_SEAL + seal)
        end.flush()
        os.fsync(end.fileno())


def _is_sealed_right(file: Path) -> bool:
    """Whether every byte is as it was written."""
    size = file.stat().st_size
    if size == 0:
        return False
    with file.open("rb") as whole, mmap.mmap(whole.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = content.rfind(_SEAL)
        if at < 0:
            return False
        digest, begin = hashlib.sha256(), 0
        while begin < at:
            end = min(begin + _CHUNK_BYTES, at)
            digest.update(content[begin:end])
            begin = end
        return content[at + len(_SEAL) :] == digest.digest()


def _without_password(url: str) -> tuple[str, dict[str, str]]:
    """The address for a command line, which everybody on the machine can read, and the secret."""
    parsed = make_url(url)
    environment = dict(os.environ)
    if isinstance(parsed.password, str):
        environment["PGPASSWORD"] = parsed.password
    return parsed._replace(password=None).render_as_string(), environment


def _follow(lines: IO[str], total: int | None, progress: Progress) -> str:
    done, last = 0, ""
    for line in lines:
        last = line.strip()
        if "dumping contents of table" in line:
            progress(done := done + 1, total)
    return last


def restore(settings: Settings, actor: Actor, file: Path) -> None:
    """Replace everything by the content of a backup, in one transaction: all or nothing.

    Raises:
        CallError: there is no such file.
        DataError: the file is damaged, no backup of gridmap, or one of a newer gridmap; the
            database is as it was.
    """
    _examine(file)
    url = database_url(settings)
    _replace(url, file, known_revisions(settings))
    migrate(settings, url)  # a backup of before, and the application's rights: it carries none
    engine = engine_for(url)
    with transaction(engine, actor) as connection:
        # What was ended since must not come alive again.
        logins, tokens = end_access(connection, None)
        record(
            connection, "restore", SCHEMA, file=file.name, logins_ended=logins, tokens_ended=tokens
        )
        # A tile cached after the backup was made must not pass for the restored one.
        connection.execute(
            text("INSERT INTO layer_changes (layer, n) SELECT layer, :jump FROM layer_versions"),
            {"jump": int(datetime.now(UTC).timestamp())},
        )
    engine.dispose()


def _examine(file: Path) -> None:
    if not file.is_file():
        raise CallError(f"没有文件 {file}", f"there is no file {file}")
    if not _is_sealed_right(file):
        raise DataError(
            f"{file} 已损坏，或不是 gridmap 的备份：内容与备份时写下的校验和不符。"
            "没有恢复，数据库未改动",
            f"{file} is damaged, or no backup of gridmap: it does not bear the checksum of what it"
            " holds; nothing was restored or changed",
        )
    listed = subprocess.run(
        [str(find_programs() / "pg_restore"), "--list", str(file)], capture_output=True, text=True
    )
    if listed.returncode or not _TABLE_DATA.search(listed.stdout):
        raise DataError(
            f"{file} 不是完好的 gridmap 备份，没有恢复，数据库未改动",
            f"{file} is no sound backup of gridmap; nothing was restored or changed",
        )


# The names are those of our own files.
_REFUSE_NEWER = """
DO $$ BEGIN
    IF NOT (SELECT count(*) = 1 AND bool_and(version_num IN ({known})) FROM gridmap.alembic_version)
    THEN RAISE 'it was made by a newer gridmap: upgrade gridmap first'; END IF;
END $$;
"""


def _replace(url: str, file: Path, known: Iterable[str]) -> None:
    """Stream the backup into one transaction; COMMIT is sent only after its last byte was good."""
    programs = find_programs()
    address, environment = _without_password(url)
    with subprocess.Popen(
        [str(programs / "psql"), "-d", address, "-qX", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as psql:
        assert psql.stdin is not None
        assert psql.stderr is not None
        psql.stdin.write(
            f"SET client_min_messages = error; BEGIN;"
            f" DROP SCHEMA IF EXISTS {SCHEMA} CASCADE;\n".encode()
        )
        psql.stdin.flush()
        read = subprocess.run(
            [str(programs / "pg_restore"), "--no-owner", "--no-privileges", "-f", "-", str(file)],
            stdout=psql.stdin,
            stderr=subprocess.PIPE,
        )
        if read.returncode:
            psql.kill()
        end = _REFUSE_NEWER.format(known=", ".join(f"'{name}'" for name in known))
        _, complaint = psql.communicate(b"" if read.returncode else f"{end}COMMIT;\n".encode())
    if read.returncode or psql.returncode:
        lines = (read.stderr if read.returncode and not complaint else complaint).decode()
        reason = (lines.strip().splitlines() or ["?"])[0]
        raise DataError(
            f"没有恢复，数据库未改动：{reason}", f"nothing was restored or changed: {reason}"
        )
