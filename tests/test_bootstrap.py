"""Setting a machine up: what is asked of it, and that nothing is done twice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gridmap import bootstrap

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("version", "serves"),
    [
        ((18, 20, 4), False),
        ((20, 18, 3), False),
        ((20, 19, 0), True),
        ((21, 7, 3), False),
        ((22, 11, 0), False),
        ((22, 12, 0), True),
        ((24, 0, 0), True),
        ((0,), False),
    ],
)
def test_only_a_node_that_vite_runs_on_is_taken(version: tuple[int, ...], serves: bool) -> None:
    assert bootstrap.node_serves(version) is serves


def test_the_version_of_a_program_that_is_no_node_is_none() -> None:
    assert bootstrap.node_version("/bin/false") == (0,)


def test_a_digest_changes_with_a_source_and_not_with_what_a_build_writes() -> None:
    web = bootstrap.WEB
    before = bootstrap.digest(web)
    built = web / "coverage" / "left-by-a-build.txt"
    source = web / "src" / "left-by-a-test.txt"
    try:
        built.parent.mkdir(exist_ok=True)
        built.write_text("anything")
        assert bootstrap.digest(web) == before
        source.write_text("anything")
        assert bootstrap.digest(web) != before
    finally:
        shutil.rmtree(built.parent, ignore_errors=True)
        source.unlink(missing_ok=True)
    assert bootstrap.digest(web) == before


def test_without_the_right_to_install_the_message_names_one_line_in_both_languages() -> None:
    message = str(bootstrap.refusal(list(bootstrap.POSTGIS_PACKAGES)))
    line = "apt-get install --no-install-recommends postgresql-15 postgresql-15-postgis-3"
    assert message.count(line) == 2
    assert "管理员" in message and "administrator" in message


def test_it_runs_before_any_package_is_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-S", "-E", "gridmap/bootstrap.py", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath},
    )
    assert done.returncode == 0, done.stderr
