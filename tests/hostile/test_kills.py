"""kill -9 at any moment under load: what was acknowledged is there, nothing is half there.

`GRIDMAP_KILLS` is how many times; `make torture` kills two hundred times.
"""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridmap.access.actions import verify_trail
from gridmap.access.actors import ADMINISTRATOR
from gridmap.db import engine_for
from gridmap.profiles import Profile
from tests.hostile.service import BACK_WITHIN_S, Service, Writers, answers_within, nothing_lost

KILLS = int(os.environ.get("GRIDMAP_KILLS", "6"))


@pytest.fixture
def service(kelan: Profile) -> Iterator[Service]:
    """A town of two grids, served."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-kill-"))
    folder.chmod(0o755)
    service = Service(folder / "home").settled(kelan)
    yield service
    service.kill()
    service.cluster.down()
    shutil.rmtree(folder, ignore_errors=True)


def test_whatever_is_killed_nothing_acknowledged_is_lost_and_the_service_comes_back(
    service: Service,
) -> None:
    rng = random.Random(20261)
    kinds = ["postmaster", "backend", "application", "postgres", "everything"]
    waits = []
    with Writers(service) as writers:
        for number in range(KILLS):
            time.sleep(rng.uniform(0.2, 1.2))
            what = kinds[number % len(kinds)]
            service.fell(what, rng)
            waits.append((answers_within(service, f"back{number}"), what))
            assert waits[-1][0] <= BACK_WITHIN_S, waits
    engine = engine_for(service.cluster.url())
    try:
        nothing_lost(engine, writers)
        verdict = verify_trail(engine, ADMINISTRATOR)
        assert verdict.ok, verdict.faults[:5]
    finally:
        engine.dispose()
    assert len(writers.acknowledged) > KILLS
    print(
        f"{KILLS} kills, {len(writers.tried):,} reports,"
        f" {len(writers.acknowledged):,} acknowledged,"
        f" back after {max(waits)[0]:.1f} s at most ({max(waits)[1]})"
    )
