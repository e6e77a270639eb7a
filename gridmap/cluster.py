"""The embedded PostGIS: a private cluster in the data folder, on a Unix socket only.

It starts again by itself after a crash, or says in one line what to do.
"""

import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import quote

import psycopg
from psycopg import sql

from gridmap.bootstrap import POSTGIS_PACKAGES, apt_line
from gridmap.errors import ClusterError
from gridmap.settings import Settings

DATABASE = "gridmap"
OWNER = "gridmap"
APP = "gridmap_app"
"""The application's login: it owns nothing, and may do what `access/grants.sql` names."""
READER = "gridmap_reader"
"""What logins of one's own are granted: they read what the account of their name may see."""
SUPERUSER = "postgres"
APT_LINE = apt_line(list(POSTGIS_PACKAGES))

EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")
LEAKPROOF = (
    "ALTER FUNCTION public.geometry_overlaps(public.geometry, public.geometry) LEAKPROOF",
    "ALTER FUNCTION pg_catalog.texticlike(text, text) LEAKPROOF",
)
"""Lets the row policies use the indexes on shapes and on parts of names.

Neither operator tells anything of a row it is not shown: the first compares two boxes and fails
on other CRSs only, which the columns' types exclude; the second fails on a pattern that ends in
an escape, whatever the row.
"""
_SOCKET_PATH_LIMIT = 100
_LEAST_FREE_BYTES = 64 << 20
_CONFIGURATION = """\
# Written by gridmap when the cluster was made. Durability is left as PostgreSQL ships it: on.
listen_addresses = ''
unix_socket_directories = '{socket}'
max_connections = 60
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
"""


class Cluster:
    """The private cluster of one data folder."""

    def __init__(self, settings: Settings) -> None:
        self.home = settings.home
        self.data = self.home / "postgres"
        self.log = self.home / "postgres.log"
        self.socket = _socket_folder(self.home)
        # initdb refuses root: then the cluster belongs to the system's postgres user.
        self._owner = pwd.getpwnam(SUPERUSER) if os.geteuid() == 0 and _has_postgres() else None

    def url(self, role: str = OWNER, database: str = DATABASE) -> str:
        """The libpq address of a database in this cluster."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket), safe='/')}"

    def state(self) -> str:
        """running, stopped or absent, seen from outside; starts nothing."""
        if not self._has(self.data / "PG_VERSION"):
            return "absent"
        return "running" if self._postmaster() and self._answers() else "stopped"

    def has_fallen(self) -> bool:
        """Whether it died without being stopped: its lock file is there, its postmaster is not."""
        return (self.data / "postmaster.pid").exists() and self._postmaster() is None

    def up(self) -> None:
        """Make the cluster where there is none, start it where it is down.

        Raises:
            ClusterError: PostGIS is not installed, the folder cannot be used, the disk is full,
                or PostgreSQL refused to start (with its reason and the log's place).
        """
        programs = find_programs(self._read_version())
        self._prepare_folders()
        with self._lock():
            if not self._has(self.data / "PG_VERSION"):
                self._make(programs)
            if not self._postmaster():
                self._clear_wreckage()
                self._write_logins(self.data)
                self._start(programs)
            elif self._write_logins(self.data):
                self._run(programs / "pg_ctl", "-D", self.data, "reload")
            self._make_database()

    def down(self) -> None:
        """Stop the cluster, if it runs; open transactions are rolled back."""
        if not self._postmaster():
            return
        programs = find_programs(self._read_version())
        done = self._run(programs / "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")
        if done.returncode and self._postmaster():
            raise self._refused("停止", "stop", done.stderr)

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        owner = self._owner
        return subprocess.run(
            [str(part) for part in command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(self.home)},
        )

    def _prepare_folders(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self.socket.mkdir(mode=0o755, exist_ok=True)
            if self._owner:
                for place in (self.home, self.socket):
                    os.chown(place, self._owner.pw_uid, self._owner.pw_gid)
            free = shutil.disk_usage(self.home).free
        except OSError as error:
            raise ClusterError(
                f"数据目录 {self.home} 不能使用（{error.strerror}），请用 GRIDMAP_HOME 另选",
                f"the data folder {self.home} cannot be used ({error.strerror}): "
                "choose another with GRIDMAP_HOME",
            ) from error
        if free < _LEAST_FREE_BYTES:
            raise _disk_full(self.home)
        if self._run("/usr/bin/test", "-w", self.home).returncode:
            raise ClusterError(
                f"用户 {SUPERUSER} 进不了 {self.home}，请用 GRIDMAP_HOME 选一个它能到达的目录",
                f"the user {SUPERUSER} cannot reach {self.home}: choose another GRIDMAP_HOME",
            )

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Two starts at once would both find no cluster and both make one."""
        with open(self.home / "cluster.lock", "w", encoding="ascii") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _make(self, programs: Path) -> None:
        # Into a folder of its own, renamed when whole: an interrupted start begins anew.
        fresh = self.home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        done = self._run(
            programs / "initdb", "-D", fresh, "-U", SUPERUSER, "--auth=peer",
            "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions",
        )  # fmt: skip
        if done.returncode:
            raise self._refused("创建", "be made", done.stderr)
        _write(fresh / "postgresql.conf", "\n" + _CONFIGURATION.format(socket=self.socket), "a")
        _write(fresh / "pg_hba.conf", "local all all peer map=gridmap\n")
        self._write_logins(fresh)
        fresh.rename(self.data)
        _to_disk(self.home)

    def _write_logins(self, folder: Path) -> bool:
        """Which accounts of the machine may log in as whom; whether that is new.

        Clusters made by an older gridmap know no login of the application.
        """
        accounts = {pwd.getpwuid(os.geteuid()).pw_name, (self._owner or _me()).pw_name}
        file = folder / "pg_ident.conf"
        known = set(file.read_text("utf-8").splitlines())
        wanted = {
            f"gridmap {account} {role}" for account in accounts for role in (SUPERUSER, OWNER, APP)
        }
        if wanted <= known:
            return False
        kept = {line for line in known if line.startswith("gridmap ")}
        _write(file, "".join(f"{line}\n" for line in sorted(kept | wanted)))
        return True

    def _start(self, programs: Path) -> None:
        done = self._run(
            programs / "pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "120", "start"
        )
        if done.returncode:
            raise self._refused("启动", "start", done.stderr)

    def _make_database(self) -> None:
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            if not _exists(connection, "pg_roles", "rolname", OWNER):
                connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
            if not _exists(connection, "pg_roles", "rolname", APP):
                connection.execute(f"CREATE ROLE {APP} LOGIN")
            if not _exists(connection, "pg_roles", "rolname", READER):
                connection.execute(f"CREATE ROLE {READER} NOLOGIN")
            connection.execute(f"GRANT {APP} TO {OWNER}")
            for role in (OWNER, APP):
                # The detail of an error repeats the row: a log must not tell who lives where.
                connection.execute(f"ALTER ROLE {role} SET log_error_verbosity = terse")
            if not _exists(connection, "pg_database", "datname", DATABASE):
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        with psycopg.connect(self.url(SUPERUSER), autocommit=True) as connection:
            for extension in EXTENSIONS:
                if not _exists(connection, "pg_extension", "extname", extension):
                    connection.execute(f"CREATE EXTENSION {extension} SCHEMA public")
            for statement in LEAKPROOF:
                connection.execute(statement)

    def _postmaster(self) -> int | None:
        """The pid of the living postmaster of this folder, told from a reused number."""
        with suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_bytes().split(b"\n")[0])
            if Path(f"/proc/{pid}/cwd").resolve(strict=True) == self.data.resolve():
                return pid
        return None

    def _clear_wreckage(self) -> None:
        """After a kill -9: end orphaned backends, then drop lock files that name the dead.

        PostgreSQL keeps a lock whose pid still answers, though it be a stranger's or a zombie's.
        """
        here = self.data.resolve()
        orphans = [pid for pid in _pids() if _folder_of(pid) == here]
        for kill in (signal.SIGQUIT, signal.SIGKILL):
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, kill)
            deadline = time.monotonic() + 5
            while orphans and time.monotonic() < deadline:
                time.sleep(0.05)
                orphans = [pid for pid in orphans if _folder_of(pid) == here]
        for left in (self.data / "postmaster.pid", *self.socket.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url(), connect_timeout=3):
                return True
        except psycopg.OperationalError:
            return False

    def _has(self, path: Path) -> bool:
        try:
            return path.exists()
        except PermissionError as error:
            raise ClusterError(
                f"没有权限查看 {path.parent}，请用建立它的账号（或 root）运行",
                f"{path.parent} cannot be read: run as the user who made it, or as root",
            ) from error

    def _read_version(self) -> str | None:
        file = self.data / "PG_VERSION"
        return file.read_text(encoding="ascii").strip() if self._has(file) else None

    def _refused(self, zh: str, en: str, stderr: str) -> ClusterError:
        tail = ""
        with suppress(OSError):
            tail = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-40:])
        if "No space left on device" in tail + stderr:
            return _disk_full(self.home)
        reasons = re.findall(r"(?:FATAL|PANIC|error): +(.+)", tail + "\n" + stderr)
        reason = reasons[-1] if reasons else stderr.strip() or "?"
        return ClusterError(
            f"内嵌数据库无法{zh}：{reason}。日志在 {self.log}",
            f"the embedded PostGIS cannot {en}: {reason}. Its log is {self.log}",
        )


def find_programs(version: str | None = None) -> Path:
    """The folder of PostgreSQL's programs that also have PostGIS.

    Args:
        version: the major version a cluster was made with; the newest installed if None.

    Raises:
        ClusterError: none is installed; names the one line an administrator has to run.
    """
    root = Path("/usr/lib/postgresql")
    for folder in sorted(root.glob("*/bin"), key=lambda f: int(f.parent.name), reverse=True):
        major = folder.parent.name
        control = Path(f"/usr/share/postgresql/{major}/extension/postgis.control")
        if version in (None, major) and control.exists() and (folder / "initdb").exists():
            return folder
    wanted = f" {version}" if version else ""
    raise ClusterError(
        f"没有找到 PostgreSQL{wanted} 和 PostGIS。请管理员运行：{APT_LINE}",
        f"PostgreSQL{wanted} with PostGIS is not installed. Ask an administrator to run: "
        f"{APT_LINE}",
    )


def _socket_folder(home: Path) -> Path:
    """A Unix socket's path may have 107 bytes: a long home gets a short folder beside /tmp."""
    folder = home / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) <= _SOCKET_PATH_LIMIT:
        return folder
    return Path(gettempdir()) / f"gridmap-{sha256(os.fsencode(home)).hexdigest()[:12]}"


def _write(file: Path, text: str, mode: str = "w") -> None:
    """Write and wait for the disk: PostgreSQL does so with its own files, and ours go with them."""
    with open(file, mode, encoding="utf-8") as handle:
        handle.write(text)
    _to_disk(file)


def _to_disk(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _has_postgres() -> bool:
    return any(entry.pw_name == SUPERUSER for entry in pwd.getpwall())


def _me() -> pwd.struct_passwd:
    return pwd.getpwuid(os.geteuid())


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _folder_of(pid: int) -> Path | None:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cwd").resolve(strict=True)
    return None


def _exists(
    connection: psycopg.Connection[tuple[object, ...]], catalogue: str, column: str, name: str
) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s")
    filled = query.format(sql.Identifier(catalogue), sql.Identifier(column))
    return connection.execute(filled, (name,)).fetchone() is not None


def _disk_full(home: Path) -> ClusterError:
    return ClusterError(
        f"{home} 所在的磁盘已满：请腾出空间后再运行 gridmap up，数据没有丢失",
        f"the disk that holds {home} is full: free some space, then run `gridmap up`; "
        "nothing is lost",
    )


def database_url(settings: Settings) -> str:
    """The address of the database in use: the user's own server, or the embedded one."""
    return settings.database_url or Cluster(settings).url()


def app_database_url(settings: Settings) -> str:
    """As `database_url`, for the application: in the embedded PostGIS it logs in as itself."""
    return settings.database_url or Cluster(settings).url(APP)
