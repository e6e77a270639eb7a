"""The demo county, built once for all its tests; a second build runs beside it to compare."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest

from gridmap.demo.actions import build_town
from gridmap.demo.territory import Territory, read_territory
from gridmap.demo.town import Town, write_town
from gridmap.profiles import Profile, load_profile

ROOT = Path(__file__).parent.parent.parent
DATA_DIR = ROOT / "data"

_BUILD_AGAIN = """
import sys
from pathlib import Path
from gridmap.demo.actions import build_town
from gridmap.demo.town import write_town
from gridmap.profiles import load_profile
data, folder = Path(sys.argv[1]), Path(sys.argv[2])
write_town(build_town(load_profile("kelan", data), data), folder)
"""


@pytest.fixture(scope="session")
def profile() -> Profile:
    return load_profile("kelan", DATA_DIR)


@pytest.fixture(scope="session")
def territory() -> Territory:
    return read_territory("kelan", DATA_DIR)


@pytest.fixture(scope="session")
def second_build(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Another process, with another hash seed, building the same county into a folder."""
    folder = tmp_path_factory.mktemp("again")
    command = [sys.executable, "-c", _BUILD_AGAIN, str(DATA_DIR), str(folder)]
    environment = os.environ | {"PYTHONHASHSEED": "4242", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    yield process, folder
    process.kill()
    process.communicate()


@pytest.fixture(scope="session")
def steps() -> list[tuple[str, int, int]]:
    """What the build told of its progress."""
    return []


@pytest.fixture(scope="session")
def town(
    profile: Profile,
    steps: list[tuple[str, int, int]],
    second_build: tuple[subprocess.Popen[bytes], Path],
) -> Town:
    return build_town(profile, DATA_DIR, progress=lambda *step: steps.append(step))


@pytest.fixture(scope="session")
def files(town: Town, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_town(town, tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def grids(town: Town) -> gpd.GeoDataFrame:
    """The grids with the number of households in each."""
    grids = gpd.GeoDataFrame(town["grids"].copy())
    buildings = gpd.GeoDataFrame(town["buildings"])
    inside = buildings.sjoin(
        grids[["code", "geometry"]], predicate="within", lsuffix="b", rsuffix="g"
    )
    homes = town["households"].merge(town["dwellings"], left_on="dwelling_code", right_on="code")
    homes = homes.merge(inside[["code_b", "code_g"]], left_on="building_code", right_on="code_b")
    counts = homes.groupby("code_g").size()
    grids["households"] = grids["code"].map(counts).fillna(0).astype(int)
    return grids
