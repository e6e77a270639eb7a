"""What a machine lacks to run gridmap, and how to mend it. Looks only; changes nothing."""

import os
import shutil
import socket
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alembic.script import ScriptDirectory

from gridmap import bootstrap, schema
from gridmap.errors import GridmapError
from gridmap.profiles import load_profile
from gridmap.settings import Settings

LEAST_FREE_BYTES = 2 << 30
"""A county with its heat tiles and a backup beside it fits into this."""

Need = Literal["run", "build", "test"]


@dataclass(frozen=True)
class Finding:
    """One check and what came of it.

    `need` says what fails without it: `run` the platform itself, `build` the making of the web
    app, `test` the test suite. `mend` is what to do when not `ok`.
    """

    name: str
    name_en: str
    need: Need
    ok: bool
    detail: str
    detail_en: str
    mend: str = ""
    mend_en: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order in which to mend. Never raises for what it finds."""
    return [check(settings) for check in CHECKS]


def told(finding: Finding) -> str:
    """The finding for a terminal: one line when all is well, else how to mend it below."""
    mark = "✓" if finding.ok else "✗" if finding.need == "run" else "·"
    name = " · ".join(dict.fromkeys((finding.name, finding.name_en)))
    detail = " · ".join(dict.fromkeys((finding.detail, finding.detail_en)))
    lines = [f"{mark} {name}  {detail}"]
    if not finding.ok:
        only = {"run": "", "build": "（只在构建网页时需要）", "test": "（只在测试时需要）"}[
            finding.need
        ]
        only_en = {"run": "", "build": " (to build the web app)", "test": " (for the tests)"}
        lines += [f"    → {finding.mend}{only}", f"    → {finding.mend_en}{only_en[finding.need]}"]
    return "\n".join(lines)


def check_python(settings: Settings) -> Finding:
    """Python is 3.11 or later."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding(
        "Python",
        "Python",
        "run",
        sys.version_info >= (3, 11),
        f"版本 {version}",
        f"version {version}",
        "安装 Python 3.11 后运行 make setup",
        "install Python 3.11, then run `make setup`",
    )


def check_packages(settings: Settings) -> Finding:
    """The Python packages are those of the locked file (a checkout only)."""
    lock = bootstrap.ROOT / "requirements.lock"
    in_checkout = lock.exists() and bootstrap.STAMPS.exists()
    same = not in_checkout or bootstrap.stamps().get("python") == bootstrap.digest(lock)
    return Finding(
        "Python 软件包",
        "Python packages",
        "run",
        same,
        "与锁定文件一致" if same else "与锁定文件不一致",
        "as locked" if same else "not those of requirements.lock",
        "运行 make setup",
        "run `make setup`",
    )


def check_postgis(settings: Settings) -> Finding:
    """PostgreSQL and PostGIS are installed, unless a server of one's own is used."""
    if settings.database_url:
        return Finding("PostGIS", "PostGIS", "run", True, "使用自备数据库", "a server of your own")
    versions = bootstrap.postgis_versions()
    line = bootstrap.apt_line(list(bootstrap.POSTGIS_PACKAGES))
    newest = versions[0] if versions else None
    return Finding(
        "PostGIS",
        "PostGIS",
        "run",
        newest is not None,
        f"PostgreSQL {newest} + PostGIS" if newest else "没有安装",
        f"PostgreSQL {newest} with PostGIS" if newest else "not installed",
        f"请管理员运行：{line}",
        f"ask an administrator to run: {line}",
    )


def check_home(settings: Settings) -> Finding:
    """The data folder can be written and its disk has room."""
    place = settings.home
    while not place.exists() and place != place.parent:
        place = place.parent
    writable = os.access(place, os.W_OK | os.X_OK)
    free = shutil.disk_usage(place).free
    gigabytes = f"{free / 2**30:.1f} GiB"
    return Finding(
        "数据目录",
        "data folder",
        "run",
        writable and free >= LEAST_FREE_BYTES,
        f"{settings.home}，{'可写' if writable else '不可写'}，剩余 {gigabytes}",
        f"{settings.home}, {'writable' if writable else 'not writable'}, {gigabytes} free",
        "用 GRIDMAP_HOME 选一个可写、至少有 2 GiB 空间的目录",
        "choose a writable folder with 2 GiB of room: GRIDMAP_HOME",
    )


def check_database(settings: Settings) -> Finding:
    """The database answers and has the newest schema."""
    zh, en, ok = "应答正常，结构为最新", "answers, schema up to date", True
    try:
        state = schema.look(settings)
    except GridmapError as error:
        zh, en, ok = error.zh, error.en, False
    else:
        newest = ScriptDirectory(str(settings.migrations_dir)).get_current_head()
        if state.state != "running":
            zh, en, ok = f"没有应答（{state.state}）", f"does not answer ({state.state})", False
        elif state.revision != newest:
            zh, en, ok = "结构不是最新", f"schema is at {state.revision}, not {newest}", False
    mend = "运行 gridmap up"
    mend_en = "run `gridmap up`"
    if settings.database_url:
        mend += "，并核对 GRIDMAP_DATABASE_URL 的地址、账号与网络"
        mend_en += ", and look at address, account and network in GRIDMAP_DATABASE_URL"
    return Finding("数据库", "database", "run", ok, zh, en, mend, mend_en)


def check_profile(settings: Settings) -> Finding:
    """The profile can be read."""
    try:
        profile = load_profile(settings.profile, settings.data_dir)
    except GridmapError as error:
        zh, en, ok = error.zh, error.en, False
    else:
        zh, en, ok = f"{profile.title}（{profile.name}）", profile.name, True
    return Finding(
        "县域配置",
        "profile",
        "run",
        ok,
        zh,
        en,
        "改正该文件，或用 GRIDMAP_PROFILE 选另一个",
        "correct that file, or choose another with GRIDMAP_PROFILE",
    )


def check_web(settings: Settings) -> Finding:
    """The web app is built."""
    built = (settings.web_dir / "index.html").is_file()
    return Finding(
        "网页",
        "web app",
        "run",
        built,
        f"{settings.web_dir} {'已构建' if built else '尚未构建'}",
        f"{settings.web_dir} {'is built' if built else 'is not built'}",
        "运行 make setup",
        "run `make setup`",
    )


def check_port(settings: Settings) -> Finding:
    """The port is free, or gridmap itself answers on it."""
    where = f"{settings.host}:{settings.port}"
    zh, en, ok = f"{where} 空闲", f"{where} is free", True
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        ok = _serves(where)
        zh = f"{where} 由本平台使用" if ok else f"{where} 不能使用（{error.strerror}）"
        en = f"{where} is gridmap's" if ok else f"{where} cannot be used ({error.strerror})"
    return Finding(
        "端口",
        "port",
        "run",
        ok,
        zh,
        en,
        "用 GRIDMAP_PORT 或 GRIDMAP_HOST 另选",
        "choose another with GRIDMAP_PORT or GRIDMAP_HOST",
    )


def _serves(where: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{where}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def check_node(settings: Settings) -> Finding:
    """Node is new enough to build the web app."""
    own = bootstrap.VENV / "bin/node"
    node = bootstrap.machine_node() or (str(own) if own.exists() else None)
    return Finding(
        "Node",
        "Node",
        "build",
        node is not None,
        node or "没有 20.19 或更新版本",
        node or "no version 20.19 or later",
        "运行 make setup，会自动取得",
        "run `make setup`: it fetches one",
    )


def check_chromium(settings: Settings) -> Finding:
    """A browser for the browser tests is installed."""
    return _for_tests("浏览器", "browser", "chromium", bootstrap.chromium())


def check_chinese_font(settings: Settings) -> Finding:
    """A font with Chinese characters is installed for the browser tests."""
    return _for_tests("中文字体", "Chinese font", "fonts-noto-cjk", bootstrap.chinese_font())


def check_atomic_library(settings: Settings) -> Finding:
    """The library that the browser's driver is linked against is installed."""
    found = bootstrap.atomic_library()
    return _for_tests("浏览器驱动的库", "library of the browser's driver", "libatomic1", found)


def check_compiler(settings: Settings) -> Finding:
    """A C compiler for the kernel that assigns points to grids, which else runs in Python."""
    return _for_tests("C 编译器", "C compiler", "gcc libc6-dev", shutil.which("cc"))


def _for_tests(name: str, name_en: str, package: str, found: str | Path | None) -> Finding:
    line = bootstrap.apt_line([package])
    return Finding(
        name,
        name_en,
        "test",
        found is not None,
        str(found or "没有安装"),
        str(found or "not installed"),
        f"请管理员运行：{line}",
        f"ask an administrator to run: {line}",
    )


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    check_python,
    check_packages,
    check_postgis,
    check_home,
    check_database,
    check_profile,
    check_web,
    check_port,
    check_node,
    check_chromium,
    check_chinese_font,
    check_atomic_library,
    check_compiler,
)
