"""`make torture`: every hostile test at full size, and what came of it as a page of the docs.

python -m tests.torture [PAGE]: runs the tests, prints the summary and writes it to PAGE.
"""

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

FULL_SIZE = {"GRIDMAP_CALLS": "90", "GRIDMAP_KILLS": "200", "GRIDMAP_FLIPS": "300",
             "GRIDMAP_EDITS": "2000", "GRIDMAP_SEQUENCES": "2000"}  # fmt: skip
TESTS = ["tests/hostile", "tests/ingest/test_hostile.py", "tests/ingest/test_hostile_shapes.py",
         "tests/plans/test_many_editors.py", "tests/plans/editing/test_sequences.py",
         "tests/test_backup.py", "tests/test_cluster.py", "tests/test_upgrade.py"]  # fmt: skip
ROOT = Path(__file__).parent.parent


def main() -> int:
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-n", os.environ.get("WORKERS", "2"), "--dist", "load",
             f"--junit-xml={report}", "-o", "junit_logging=system-out", *TESTS],
            cwd=ROOT, env={**FULL_SIZE, **os.environ},
        )  # fmt: skip
        page = summary(report, time.monotonic() - began)
    print(page)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(page, encoding="utf-8")
    return done.returncode


def summary(report: Path, seconds: float) -> str:
    """The page: how many calls, files, kills and falls, and how each ended."""
    cases = list(ET.parse(report).iter("testcase"))  # pytest wrote it a moment ago
    ends = Counter(end(case) for case in cases)
    said = "\n".join(out.text or "" for case in cases for out in case.iter("system-out"))
    calls: Counter[str] = Counter()
    for number, role in re.findall(r"^calls (\d+) (\w+) ", said, re.MULTILINE):
        calls[role] += int(number)
    kills = re.findall(r"^\d[\d,]* kills, .*$", said, re.MULTILINE)
    edits = re.findall(r"^\d+ editors, .*$", said, re.MULTILINE)
    falls = re.findall(r"^fall: (.*)$", said, re.MULTILINE)
    skipped = [
        f"- {case.get('name')}: {mark.get('message')}"
        for case in cases
        for mark in case.iter("skipped")
    ]
    lines = [
        "# The last torture",
        "",
        f"`make torture` on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores,"
        f" {memory_gib()} GiB of memory, {seconds / 60:.0f} minutes.",
        "",
        "| what | result |",
        "|---|---|",
        f"| tests | {', '.join(f'{n:,} {name}' for name, n in sorted(ends.items()))} |",
        *(f"| made-up calls as {role} | {n:,} |" for role, n in sorted(calls.items())),
        *(f"| kill -9 under load | {line} |" for line in kills),
        *(f"| many editors of one draft, kill -9 | {line} |" for line in edits),
        *(f"| a part fails under load | {line} |" for line in falls),
        "",
        *(["Not tried, and why:", "", *skipped, ""] if skipped else []),
    ]
    return "\n".join(lines)


def end(case: ET.Element) -> str:
    for name in ("failure", "error", "skipped"):
        if case.find(name) is not None:
            return name
    return "passed"


def memory_gib() -> int:
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)


if __name__ == "__main__":
    sys.exit(main())
