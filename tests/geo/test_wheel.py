"""A wheel built from the checkout brings the compiled kernel along."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gridmap.native import compiler

ROOT = Path(__file__).parent.parent.parent
ASK = (
    "import gridmap, shapely;"
    "index = gridmap.GridIndex([shapely.box(0, 0, 1, 1)], ['a'], compiled=True);"
    "print(gridmap.__file__, index.locate(0.5, 0.5))"
)


@pytest.mark.slow
def test_what_is_unpacked_from_a_wheel_answers_by_the_compiled_kernel(tmp_path: Path) -> None:
    if compiler() is None:
        pytest.skip("there is no C compiler")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", str(tmp_path), str(ROOT)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert "-py3-none-linux_" in wheel.name
    with zipfile.ZipFile(wheel) as packed:
        assert not [name for name in packed.namelist() if name.endswith("index/wheel.py")]
        packed.extractall(tmp_path / "there")
    told = subprocess.run(
        [sys.executable, "-P", "-c", ASK],
        env={"PYTHONPATH": str(tmp_path / "there")},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    file, answer = told.stdout.split()
    assert Path(file).is_relative_to(tmp_path)
    assert answer == "a"
