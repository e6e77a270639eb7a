"""GridIndex against an exact reference, on territories of every kind, by both of its engines."""

import itertools
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import box

from gridmap.errors import CallError, DataError, Unavailable
from gridmap.geo.index import GridIndex, native, raster
from gridmap.native import compiler
from tests.geo.coverages import COVERAGES, TANGLES, fishnet, organic
from tests.geo.reference import Reference, anywhere, awkward_points, random_codes

ENGINES = ["compiled", "plain"]
KINDS = [*COVERAGES, *TANGLES]


@pytest.fixture(scope="module")
def kernel() -> None:
    """The compiled kernel; built now where `make setup` has not."""
    if raster.KERNEL is None and compiler() is not None:
        native.build()
        raster.KERNEL = native.load()
    if raster.KERNEL is None:
        pytest.skip("there is no C compiler, so the compiled kernel is not tested")


@pytest.fixture(params=ENGINES)
def compiled(request: pytest.FixtureRequest) -> bool:
    """Each test runs with the compiled kernel and without."""
    if request.param == "compiled":
        request.getfixturevalue("kernel")
    return bool(request.param == "compiled")


def cell_corners(index: GridIndex, n: int) -> np.ndarray:
    """Corners of raster cells and of their parts, where the index goes from cell to cell."""
    frame = index._parts[0].engine.frame
    unit = frame["magic"] / 1.5 / 2**52
    found = []
    for axis, shift, many in (("column_0", "shift_x", "columns"), ("row_0", "shift_y", "rows")):
        step = 2 ** (np.random.default_rng(n).integers(5, frame[shift] + 1, n))
        whole = np.random.default_rng(n + 1).random(n) * (frame[many] * 2.0 ** frame[shift])
        found.append((whole // step * step + frame[axis] - 0.5) * unit)
    corners = np.stack(found, -1)
    return np.vstack([corners, np.nextafter(corners, -np.inf)])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_point_gets_the_grid_that_exact_arithmetic_gives(kind, compiled: bool) -> None:
    rng = np.random.default_rng(20260)
    polygons = kind(rng)
    codes = random_codes(rng, len(polygons))
    index, reference = GridIndex(polygons, codes, compiled=compiled), Reference(polygons, codes)

    lon, lat = awkward_points(rng, polygons, 900 if compiled else 200)
    if compiled:
        corners = cell_corners(index, 200)
        lon, lat = np.append(lon, corners[:, 0]), np.append(lat, corners[:, 1])
    expected = reference.assign_exactly(lon, lat)
    wrong = np.flatnonzero(index.assign(lon, lat) != expected)
    assert not len(wrong), [(lon[i].hex(), lat[i].hex(), expected[i]) for i in wrong[:5]]

    for _ in range(5 if compiled else 1):  # 11 million points over all kinds
        lon, lat = anywhere(rng, polygons, 60_000 if compiled else 1_000)
        answer = index.assign(lon, lat)
        doubtful = np.flatnonzero(answer != reference.assign(lon, lat))
        assert len(doubtful) < 1_000  # GEOS runs out of exponents on the smallest territories
        exactly = reference.assign_exactly(lon[doubtful], lat[doubtful])
        assert (answer[doubtful] == exactly).all()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_one_point_gets_the_same_answer_as_many_and_ties_are_told(kind, compiled: bool) -> None:
    rng = np.random.default_rng(7)
    polygons = kind(rng)
    codes = random_codes(rng, len(polygons))
    index, reference = GridIndex(polygons, codes, compiled=compiled), Reference(polygons, codes)
    lon, lat = awkward_points(rng, polygons, 60)
    few = rng.permutation(len(lon))[:100]
    lon, lat = lon[few], lat[few]
    assigned = index.assign(lon, lat)
    for x, y, position in zip(lon.tolist(), lat.tolist(), assigned.tolist(), strict=True):
        covering = [codes[i] for i in reference.covering(x, y)]
        assert index.covers_all(x, y) == covering
        assert index.locate(x, y) == (covering[0] if covering else None)
        assert position == (codes.index(covering[0]) if covering else -1)


def test_territories_without_overlaps_need_one_sheet(kernel: None) -> None:
    for kind in COVERAGES:
        polygons = kind(np.random.default_rng(3))
        report = GridIndex(polygons, list(range(len(polygons)))).report
        assert (report.sheets, report.scanned, report.is_coverage) == (1, (), True), kind


@pytest.mark.parametrize("kind", TANGLES, ids=lambda kind: kind.__name__)
def test_the_report_names_the_grids_that_overlap_and_where(kind, compiled: bool) -> None:
    polygons = kind(np.random.default_rng(3))
    codes = [f"{i:04}" for i in range(len(polygons))]
    report = GridIndex(polygons, codes, compiled=compiled).report
    assert not report.is_coverage
    true = {
        (codes[i], codes[j])
        for i in range(len(polygons))
        for j in range(i + 1, len(polygons))
        if shapely.relate_pattern(polygons[i], polygons[j], "T********")
    }
    assert {overlap.codes for overlap in report.overlaps} == true
    for overlap in report.overlaps:
        place = shapely.Point(overlap.lon, overlap.lat)
        assert all(polygons[codes.index(c)].distance(place) < 1e-9 for c in overlap.codes)
        assert overlap.codes[0] in str(overlap)


def test_no_overlap_goes_unnoticed(kernel: None) -> None:
    """On a small lattice vertices, edges and T-junctions coincide in every way there is."""
    rng = np.random.default_rng(8)
    clean = 0
    for _ in range(300):
        drawn = [shapely.Polygon(rng.integers(0, 5, (rng.integers(3, 7), 2))) for _ in range(6)]
        polygons = [p for p in drawn if p.is_valid and p.area > 0][:4]
        if rng.random() < 0.5:  # cut the later ones back: T-junctions and slivers
            polygons = [
                p.difference(shapely.union_all(polygons[:i])) for i, p in enumerate(polygons)
            ]
            polygons = [p for p in polygons if p.geom_type in ("Polygon", "MultiPolygon")]
        codes = random_codes(rng, len(polygons))
        index, reference = GridIndex(polygons, codes), Reference(polygons, codes)
        clean += index.report.is_coverage and len(polygons) > 1
        meet = [
            shapely.relate_pattern(p, q, "T********")
            for p, q in itertools.combinations(polygons, 2)
        ]
        assert len(index.report.overlaps) == sum(meet)
        lon, lat = (np.arange(-1, 11) / 2).repeat(12), np.tile(np.arange(-1, 11) / 2, 12)
        assert (index.assign(lon, lat) == reference.assign_exactly(lon, lat)).all()
    assert clean > 50


def test_what_eight_sheets_cannot_hold_is_scanned(kernel: None) -> None:
    polygons = [box(-i, -i, i, i) for i in range(1, 13)]
    index = GridIndex(polygons, [f"{i:02}" for i in range(12)])
    assert index.report.sheets == 8
    assert len(index.report.scanned) == 4
    assert index.covers_all(0.5, 0.5) == [f"{i:02}" for i in range(12)]
    assert index.locate(11.5, 0) == "11"


def test_a_ring_that_crosses_itself_is_filled_by_the_even_odd_rule(compiled: bool) -> None:
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    index = GridIndex([bow_tie, box(5, 5, 6, 6)], ["a", "b"], compiled=compiled)
    assert index.assign([0.1, 1.9, 1, 1, 1], [1, 1, 0.1, 1.9, 1]).tolist() == [0, 0, -1, -1, 0]


def test_a_border_belongs_to_the_smallest_code_in_byte_order(compiled: bool) -> None:
    codes = ["村1", "a", "B", "_"]
    index = GridIndex([box(i, 0, i + 1, 1) for i in range(4)], codes, compiled=compiled)
    assert [index.locate(x, 0.5) for x in (1, 2, 3)] == ["a", "B", "B"]
    assert index.covers_all(1, 0) == ["a", "村1"]
    numbers = GridIndex([box(i, 0, i + 1, 1) for i in range(2)], [9, 10], compiled=compiled)
    assert numbers.locate(1, 0.5) == 10  # codes are text: "10" comes before "9"


def test_a_frame_a_series_a_scalar_and_any_shape_are_taken(compiled: bool) -> None:
    frame = gpd.GeoDataFrame(
        {"grid_code": ["b", "a", "c"]},
        geometry=[box(1, 0, 2, 1), box(0, 0, 1, 1), None],
        index=[9, 9, 3],
        crs=4490,
    )
    index = GridIndex(frame, code="grid_code", compiled=compiled)
    assert index.codes == ["b", "a", "c"]
    assert len(index) == 3
    assert index.report.empty == ("c",)
    assert index.assign(0.5, 0.5).shape == ()
    assert index.assign(pd.Series([0.5, None]), pd.Series([0.5, 0.5])).tolist() == [1, -1]
    assert index.assign([[0.5], [1.5]], [0.5, 9]).tolist() == [[1, -1], [0, -1]]
    assert index.assign([], []).dtype == np.int32
    wide = np.linspace(-1, 3, 4_000, dtype=np.float32)[::2]
    assert (index.assign(wide, 0.5) == [index.assign(x, 0.5) for x in wide]).all()


def test_no_grids_at_all_cover_nothing(compiled: bool) -> None:
    index = GridIndex([], [], compiled=compiled)
    assert index.assign([0.0, np.nan], [0.0, 1.0]).tolist() == [-1, -1]
    assert index.locate(0, 0) is None
    assert index.covers_all(0, 0) == []


@pytest.mark.parametrize(
    ("grids", "codes", "error", "words"),
    [
        ([box(0, 0, 1, 1)], ["a", "b"], CallError, "2 codes"),
        ([box(0, 0, 1, 1)], "code", CallError, "codes"),
        ([box(0, 0, 1, 1)], [None], DataError, "grid 1"),
        ([shapely.Point(0, 0)], ["a"], DataError, "Point"),
        ([shapely.Polygon([(0, 0), (1, np.nan), (1, 0)])], ["a"], DataError, "grid a"),
        ([box(0, 0, np.inf, 1)], ["a"], DataError, "grid a"),
    ],
)
def test_what_cannot_be_grids_is_refused_by_name(grids, codes, error, words: str) -> None:
    with pytest.raises(error, match=words):
        GridIndex(grids, codes)


def test_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    frame = gpd.GeoDataFrame({"grid_code": ["a"]}, geometry=[box(0, 0, 1, 1)])
    with pytest.raises(CallError, match="grid_code"):
        GridIndex(frame)
    with pytest.raises(CallError, match="shape"):
        GridIndex(frame, "grid_code").assign([1, 2], [1, 2, 3])


def test_it_survives_pickling(compiled: bool) -> None:
    polygons = [*organic(np.random.default_rng(5)), box(0, 0, 3, 3)]
    index = GridIndex(polygons, list(range(len(polygons))), compiled=compiled)
    again = pickle.loads(pickle.dumps(index))
    x, y = anywhere(np.random.default_rng(1), polygons, 5_000)
    assert (again.assign(x, y) == index.assign(x, y)).all()
    assert again.report == index.report
    assert again.locate(1.5, 1.5) == index.locate(1.5, 1.5)


@pytest.mark.parametrize("tangled", [False, True])
def test_it_comes_back_from_its_file(tangled: bool, compiled: bool, tmp_path: Path) -> None:
    polygons = [box(-i, -i, i, i) for i in range(1, 13)] if tangled else [None, box(0, 0, 1, 1)]
    codes = [f"网格{i}" for i in range(len(polygons))]
    index = GridIndex(polygons, codes, compiled=compiled)
    index.save(tmp_path / "grids.index")
    again = GridIndex.load(tmp_path / "grids.index")
    x, y = np.random.default_rng(1).uniform(-13, 13, (2, 3_000))
    assert (again.assign(x, y) == index.assign(x, y)).all()
    assert again.report == index.report
    assert again.codes == codes
    assert again.covers_all(1, 1) == index.covers_all(1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["grids.index"]


def test_a_loaded_index_lies_in_its_file_not_in_memory(kernel: None, tmp_path: Path) -> None:
    GridIndex([box(0, 0, 1, 1)], ["a"]).save(tmp_path / "grids.index")
    array = GridIndex.load(tmp_path / "grids.index")._parts[0].engine.arrays["edges"]
    assert not array.flags.owndata
    assert not array.flags.writeable
    while not isinstance(array, np.memmap):
        array = array.base
    assert Path(array.filename).name == "grids.index"


def test_what_is_no_index_or_is_cut_short_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "grids.index"
    GridIndex([box(0, 0, 1, 1)], ["a"]).save(file)
    whole = file.read_bytes()
    for broken in (whole[:-64], whole[:100], b"x" * 500, b"", b"gridmap index 1\n"):
        file.write_bytes(broken)
        with pytest.raises((DataError, CallError), match=r"grids\.index"):
            GridIndex.load(file)
    with pytest.raises(CallError, match="none"):
        GridIndex.load(tmp_path / "none")
    with pytest.raises(CallError, match="cannot write"):
        GridIndex([], []).save(tmp_path / "none" / "index")


def test_many_threads_share_one_index(compiled: bool) -> None:
    polygons = fishnet(np.random.default_rng(5))
    index = GridIndex(polygons, list(range(len(polygons))), compiled=compiled)
    x, y = anywhere(np.random.default_rng(1), polygons, 20_000)
    expected = index.assign(x, y)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: index.assign(x, y), range(16)))
    assert all((answer == expected).all() for answer in answers)


def test_threads_share_the_points_of_one_call(kernel: None) -> None:
    polygons = fishnet(np.random.default_rng(5))
    index = GridIndex(polygons, list(range(len(polygons))))
    x, y = anywhere(np.random.default_rng(1), polygons, 2_300_000)
    assert (index.assign(x, y, threads=3) == index.assign(x, y)).all()


def test_the_kernel_is_built_where_it_is_told(tmp_path: Path) -> None:
    if compiler() is None:
        pytest.skip("there is no C compiler")
    library = native.build(tmp_path / "kernel.so")
    assert native.load(library) is not None
    assert native.load(tmp_path / "none.so") is None


def test_a_kernel_of_another_source_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if compiler() is None:
        pytest.skip("there is no C compiler")
    library = native.build(tmp_path / "kernel.so")
    changed = tmp_path / "_assign.c"
    changed.write_bytes(native.SOURCE.read_bytes() + b"\n")
    monkeypatch.setattr(native, "SOURCE", changed)
    assert native.load(library) is None


def test_where_no_kernel_can_be_built_the_reason_and_the_way_out_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(Unavailable, match="apt-get install gcc"):
        native.build(tmp_path / "kernel.so")
    monkeypatch.setattr(raster, "KERNEL", None)
    with pytest.raises(CallError, match="make setup"):
        GridIndex([box(0, 0, 1, 1)], ["a"], compiled=True)
    assert GridIndex([box(0, 0, 1, 1)], ["a"]).locate(0, 0) == "a"
