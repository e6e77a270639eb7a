"""A village of four grids with homes, a coordinator who draws, a commander who activates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from gridmap.db import Actor, transaction
from gridmap.plans.keeping import NetworkFile, keep
from gridmap.plans.unifying import Proposal, propose
from tests.access.counties import give
from tests.drawing import Town, add_home, draw, settle
from tests.entering import client_of

GROUND = """
    AABB
    AABB
    CCDD
    CCDD
"""


@pytest.fixture
def town(county: Engine, actor: Actor) -> Town:
    """Four grids of four cells each, in one village, with 3, 2, 1 and 0 homes."""
    with transaction(county, actor) as connection:
        town = settle(connection, GROUND)
        places = [(0.5, 3.5), (0.5, 2.5), (1.5, 2.5), (2.5, 3.5), (3.4, 3.3), (0.5, 0.5)]
        for number, place in enumerate(places):
            add_home(connection, f"H{number}", *place)
        give(connection, "drawer", "coordinator", "140929", None)
        give(connection, "second", "coordinator", "140929", None)
        give(connection, "chief", "commander", "140929", None)
        give(connection, "elsewhere", "coordinator", "140930", None)
    return town


@dataclass
class Editor:
    """Somebody at a draft of the town's village, through the web service."""

    client: TestClient
    village: str
    plan: str = ""

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> Any:
        return self.client.post(f"/api/plans{path}", json=dict(body), headers=headers)

    def open(self) -> str:
        answer = self.post("", {"unit": self.village, "name": "试改"})
        assert answer.status_code == 201, answer.text
        self.plan = answer.json()["code"]
        return self.plan

    def division(self) -> dict[str, Any]:
        answer = self.client.get(f"/api/plans/{self.plan}/division?village={self.village}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def grids(self) -> dict[str, dict[str, Any]]:
        return {grid["code"]: grid for grid in self.division()["grids"]}

    def shapes(self) -> dict[str, bytes]:
        return {
            code: shapely.to_wkb(shapely.geometry.shape(grid["geometry"]))
            for code, grid in self.grids().items()
        }

    def versions(self, *codes: str) -> str:
        grids = self.grids()
        return ", ".join(f'"{code}/{grids[code]["version"]}"' for code in codes or grids)

    def operate(
        self, body: Mapping[str, Any], versions: str | None = None, key: str | None = None
    ) -> Any:
        headers = {"If-Match": versions or self.versions()}
        headers["Idempotency-Key"] = key or str(uuid4())
        return self.post(f"/{self.plan}/operations", {"village": self.village, **body}, **headers)

    def done(self, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.operate(body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def back(self, which: str = "undo") -> Any:
        headers = {"Idempotency-Key": str(uuid4())}
        return self.post(f"/{self.plan}/{which}", {"village": self.village}, **headers)


@pytest.fixture
def sit_down(county: Engine, town: Town) -> Callable[[str], Editor]:
    """An editor for an account."""
    return lambda account: Editor(client_of(county, account), town.villages["1"])


@pytest.fixture
def editor(sit_down: Callable[[str], Editor]) -> Editor:
    """The coordinator at a fresh draft."""
    editor = sit_down("drawer")
    editor.open()
    return editor


Department = Callable[..., NetworkFile]
"""Writes a department's grids into a file; see the fixture."""


@pytest.fixture
def department(tmp_path: Path) -> Department:
    """Writes a department's grids, drawn as text, into a file."""

    def write(name: str, drawing: str, **columns: Any) -> NetworkFile:
        shapes = draw(drawing)
        table = gpd.GeoDataFrame(
            {"code": list(shapes), **columns}, geometry=list(shapes.values()), crs=4490
        )
        file = tmp_path / f"{name}.gpkg"
        table.to_file(file, driver="GPKG")
        return NetworkFile(name, str(file))

    return write


def merge(
    engine: Engine, actor: Actor, unit: str, files: Sequence[NetworkFile], **options: Any
) -> Proposal:
    """The files kept as networks of the unit, and merged, as `merge-networks` does."""
    plans = [one.plan for one in keep(engine, actor, unit, files)]
    return propose(engine, actor, unit, plans, **options)
