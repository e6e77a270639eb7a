"""Every notebook of the docs runs from top to bottom on a real database."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from gridmap.areas import actions as areas
from gridmap.db import Actor, engine_for, transaction
from gridmap.profiles import Profile
from tests.chromium import links_to_elsewhere
from tests.heatmap.town import build_town, scatter_incidents

FOLDER = Path(__file__).parent.parent.parent / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def address(new_database: Callable[[], str], actor: Actor, kelan: Profile) -> str:
    """The address of a town with incidents."""
    url = new_database()
    engine = engine_for(url)
    areas.found(engine, actor, kelan)
    with transaction(engine, actor) as connection:
        build_town(connection)
        scatter_incidents(connection, 200, 60)
    engine.dispose()
    return url


def test_there_is_a_notebook_to_begin_with() -> None:
    assert "first-steps.ipynb" in [path.name for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_its_maps_link_to_nothing(
    path: Path, address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRIDMAP_DATABASE_URL", address)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [
        output["data"]["text/html"]
        for cell in _code(notebook)
        for output in cell["outputs"]
        if "text/html" in output.get("data", {})
    ]
    maps = [page for page in shown if "leaflet" in page]
    assert len(maps) == 2
    for page in maps:
        assert "http" not in "".join(links_to_elsewhere(page))
        assert "srcdoc" in page


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_its_answers(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in _code(notebook):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


def _code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
