"""The demo county, built once for all its tests; a second build runs beside it to compare."""

import os
import pickle
import subprocess
import sys
import time
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
Step = tuple[str, int, int]

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
def built(
    profile: Profile, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Town, dict[str, Path], list[Step]]:
    """The town, its files and the steps told; one worker builds, the others wait for its pickle."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo-county"
    result = folder / "built.pickle"
    try:
        folder.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + 300.0
        while not result.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
    else:
        steps: list[Step] = []
        town = build_town(profile, DATA_DIR, progress=lambda *step: steps.append(step))
        files = write_town(town, folder / "files")
        (folder / "unfinished").write_bytes(pickle.dumps((town, files, steps)))
        (folder / "unfinished").rename(result)
    content: tuple[Town, dict[str, Path], list[Step]] = pickle.loads(result.read_bytes())
    return content


@pytest.fixture(scope="session")
def town(built: tuple[Town, dict[str, Path], list[Step]]) -> Town:
    return built[0]


@pytest.fixture(scope="session")
def files(built: tuple[Town, dict[str, Path], list[Step]]) -> dict[str, Path]:
    return built[1]


@pytest.fixture(scope="session")
def steps(built: tuple[Town, dict[str, Path], list[Step]]) -> list[Step]:
    """What the build told of its progress."""
    return built[2]


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
