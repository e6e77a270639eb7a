"""The rules of the house, kept by machine: who imports whom, how long things are, what ships."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_MODULE, LONGEST_FUNCTION = 400, 50
DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "base"}
# Pieced together, so that this file does not hold what it forbids.
REGISTRIES = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry" + ".npmjs",
    "npmjs" + ".org",
    "deb.debian" + ".org",
    "npmmirror" + ".com",
    "tuna.tsinghua" + ".edu",
    "mirrors" + ".aliyun",
]
WORKPLACE = re.compile("(?<![a-zA-Z.])/wor" + r"k/(main|shared|plan|\.)")
# Names of XML vocabularies: compared as text, never fetched.
VOCABULARIES = ("http://www.w3.org/",)


@cache
def tracked() -> list[Path]:
    """Every file git carries, as it lies in the work tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@cache
def text_of(path: Path) -> str | None:
    """A tracked file's text; None for a picture or another binary."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def python_files(*folders: str) -> Iterator[tuple[str, str]]:
    """(name, text) of the Python files in these folders."""
    for path in tracked():
        name = str(path.relative_to(ROOT))
        if path.suffix == ".py" and name.startswith(folders):
            yield name, path.read_text(encoding="utf-8")


def test_every_module_imports_only_what_its_layer_may() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    long = {
        name: lines
        for name, text in python_files("gridmap/", "tests/", "migrations/env.py")
        if (lines := len(text.splitlines())) > LONGEST_MODULE
    }
    assert not long, f"split these (more than {LONGEST_MODULE} lines): {long}"


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{name}:{node.lineno} {node.name}": lines
        for name, text in python_files("gridmap/")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := length_of(node)) > LONGEST_FUNCTION
    }
    assert not long, f"split these (more than {LONGEST_FUNCTION} lines): {long}"


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of its code: a public docstring may tell of as many arguments as there are."""
    lines = (node.end_lineno or 0) - node.lineno + 1
    first = node.body[0]
    told = ast.get_docstring(node) is not None
    return lines - ((first.end_lineno or 0) - first.lineno + 1 if told else 0)


def test_no_import_hides_inside_a_function() -> None:
    hidden = [
        f"{name}:{inner.lineno}"
        for name, text in python_files("gridmap/", "tests/")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not hidden


def test_there_is_no_drawer_for_odds_and_ends() -> None:
    drawers = [
        path
        for path in tracked()
        if {part.split(".")[0] for part in path.relative_to(ROOT).parts} & DRAWERS
        and path.suffix in {".py", ".ts", ".vue"}
    ]
    assert not drawers


def test_routes_app_and_command_line_write_no_sql() -> None:
    statement = re.compile(
        r"(?i)\b(select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from)\b"
    )
    found = [
        f"{name}: {match.group(0)}"
        for name, text in python_files("gridmap/")
        if name.endswith("/routes.py") or name in {"gridmap/app.py", "gridmap/cli.py"}
        for match in statement.finditer(text)
    ]
    assert not found


def test_no_tracked_file_names_a_package_registry_or_a_private_path() -> None:
    found = []
    for path in tracked():
        text = text_of(path) or ""
        names = [name for name in REGISTRIES if name in text]
        names += [match.group(0) for match in WORKPLACE.finditer(text)]
        if names:
            found.append(f"{path.relative_to(ROOT)}: {sorted(set(names))}")
    assert not found


def test_nothing_is_left_to_be_done_later() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    code = {".py", ".ts", ".vue", ".sql", ".css", ".toml", ".md"}
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path in tracked()
        if path.suffix in code
        for match in marks.finditer(text_of(path) or "")
    ]
    assert not found


@pytest.mark.parametrize("lock", ["requirements.lock", "web/node.lock"])
def test_every_locked_python_package_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[a-z0-9,._-]+\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text


def test_every_locked_web_package_has_a_hash_and_no_address() -> None:
    text = (ROOT / "web/package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    packages = text.count('"node_modules/')
    assert packages and text.count('"integrity"') >= packages


def test_the_built_web_app_fetches_nothing_from_elsewhere() -> None:
    dist = ROOT / "web/dist"
    assert (dist / "index.html").is_file(), "the web app is not built: run `make setup`"
    # What a browser fetches by itself; a link somebody has to click is not among it.
    fetched = re.compile(
        r"""(?:\b(?:src|srcset|poster)\s*[=:]\s*|<link[^>]*\bhref\s*=\s*|url\(\s*|@import\s+"""
        r"""|\bfrom\s*|\bimport\(\s*|\bfetch\(\s*|\bimportScripts\(\s*"""
        r"""|new\s+(?:Worker|EventSource|WebSocket)\(\s*)["'`]?((?:https?:|wss?:)?//[^\s"'`)]+)"""
    )
    found = [
        f"{path.relative_to(dist)}: {match.group(1)[:80]}"
        for path in sorted(dist.rglob("*"))
        if path.suffix in {".html", ".js", ".css", ".json", ".svg", ".webmanifest"}
        for match in fetched.finditer(path.read_text(encoding="utf-8"))
        if not match.group(1).startswith(VOCABULARIES)
    ]
    assert not found
