"""Whole flows through the public commands, each story in a data folder of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gridmap.cluster import Cluster
from gridmap.db import engine_for
from gridmap.settings import Settings

PROGRAM = Path(sys.executable).with_name("gridmap")


class Station:
    """A machine's worth of gridmap: a data folder, a profile, and the command."""

    def __init__(self, home: Path, profile: str = "kelan") -> None:
        self.home = home
        self.profile = profile
        self.settings = Settings(home=home, profile=profile, database_url=None)

    def run(self, *words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Type the command; it must end with that exit code."""
        kept = {name: value for name, value in os.environ.items() if "GRIDMAP" not in name}
        done = subprocess.run(
            [str(PROGRAM), *map(str, words)],
            env={**kept, "GRIDMAP_HOME": str(self.home), "GRIDMAP_PROFILE": self.profile},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def engine(self) -> Engine:
        """An engine on the station's database, which must be up."""
        return engine_for(Cluster(self.settings).url(), statement_timeout_s=0)


@pytest.fixture
def station() -> Iterator[Station]:
    """A fresh station; its database is made by the first command that needs it."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-story-"))
    folder.chmod(0o755)
    station = Station(folder / "home")
    station.home.mkdir()
    yield station
    Cluster(station.settings).down()
    shutil.rmtree(folder, ignore_errors=True)
