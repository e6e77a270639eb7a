"""Hostile shapes: a million vertices, scribbles, NaN, swapped axes. Each row has its reason."""

import time
from pathlib import Path

import numpy as np
import shapely

from gridmap.ingest.sandbox import repair
from tests.ingest.conftest import Load, buildings, shapes


def test_a_ring_of_a_million_vertices_is_one_refused_row(town: Load, folder: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 1_000_001)
    ring = np.column_stack([111.2 + 0.1 * np.cos(angle), 38.2 + 0.1 * np.sin(angle)])
    ring[-1] = ring[0]
    big = shapely.Polygon(ring)
    good = buildings(1).geometry[0]
    table = shapes({"code": ["B1", "B2"]}, [big, good])
    table.to_parquet(folder / "x.parquet")
    report = town("buildings", folder / "x.parquet")
    assert (report.inserted, report.rejected) == (1, 1)
    assert "100,000 vertices" in next(iter(report.reasons)).en
    (folder / "x.geojson").write_text(table.to_json())
    report = town("buildings", folder / "x.geojson")
    assert (report.unchanged, report.rejected) == (1, 1)


def test_a_scribble_that_no_repair_ever_ends_is_refused_in_seconds(town: Load) -> None:
    scribble = shapely.Polygon(np.random.default_rng(0).uniform(0, 1, (800, 2)) * 0.1 + [111, 38])
    before = time.monotonic()
    report = town("buildings", shapes({"code": ["B1"]}, [scribble]))
    assert report.rejected == 1
    assert time.monotonic() - before < 15


def test_many_scribbles_do_not_add_up(folder: Path) -> None:
    rng = np.random.default_rng(1)
    scribbles = [shapely.Polygon(rng.uniform(0, 1, (800, 2))) for _ in range(50)]
    before = time.monotonic()
    assert all(made is None for made in repair(scribbles))
    assert time.monotonic() - before < 60


def test_nan_inside_a_ring_is_found(town: Load) -> None:
    ring = [(111.1, 38.1), (111.2, 38.1), (float("nan"), 38.2), (111.1, 38.2), (111.1, 38.1)]
    report = town("buildings", shapes({"code": ["B1"]}, [shapely.Polygon(ring)]))
    assert "NaN" in next(iter(report.reasons)).en


def test_swapped_axes_are_recognised_by_the_county(town: Load) -> None:
    swapped = buildings(3)
    swapped.geometry = shapely.transform(swapped.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    report = town("buildings", swapped)
    assert report.rejected == 3
    ((reason, count),) = report.reasons.items()
    assert count == 3 and "写反" in reason.zh and "swapped" in reason.en
