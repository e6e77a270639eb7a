"""Child processes for what may bite: GDAL, spreadsheets and the repair of shapes.

Each runs behind `confined/walls.py` with a clean environment: limited memory and processor time,
no network, no writing. What comes back is data to be checked, never objects.
"""

import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import DataError

_PROGRAMS = Path(__file__).parent / "confined"
_MEMORY_BYTES = 2 << 30
_CPU_S = 300
_SILENCE_S = 120.0
_REPAIR_S = 1
_REPAIRS_ABANDONED = 3
_HEAD_BYTES = 4 << 20
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "PYTHONUTF8": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "PROJ_NETWORK": "OFF",
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_NUM_THREADS": "1",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "OGR_SQLITE_STATIC_VIRTUAL_OGR": "NO",
    "SHAPE_RESTORE_SHX": "NO",
}


class Confined:
    """A program of `confined` at work; killed when it is silent for two minutes, or left."""

    def __init__(
        self, program: str, *arguments: str, memory_bytes: int = _MEMORY_BYTES, cpu_s: int = _CPU_S
    ) -> None:
        walls = [sys.executable, "-I", str(_PROGRAMS / "walls.py")]
        self._process = subprocess.Popen(
            [*walls, str(memory_bytes), str(cpu_s), str(_PROGRAMS / program), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self.stdin: IO[bytes] = self._process.stdin
        self.stdout: IO[bytes] = self._process.stdout
        self._watch: threading.Timer | None = None
        self.touch()

    def touch(self) -> None:
        """It gave a sign of life: wait another two minutes."""
        if self._watch is not None:
            self._watch.cancel()
        self._watch = threading.Timer(_SILENCE_S, self._process.kill)
        self._watch.daemon = True
        self._watch.start()

    def line(self, limit: int = _HEAD_BYTES) -> bytes:
        """The next line of its output; empty when it has ended.

        Raises:
            DataError: the line is longer than `limit`.
        """
        line = self.stdout.readline(limit)
        self.touch()
        if len(line) >= limit:
            raise DataError("子进程的应答过长", "the answer of the child process is too long")
        return line

    def has_died(self) -> bool:
        """Whether it ended otherwise than well; waits for the end."""
        return self._process.wait(timeout=_SILENCE_S) != 0

    def close(self) -> None:
        """End it, whatever it is doing."""
        if self._watch is not None:
            self._watch.cancel()
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):
            self.stdin.close()
        self.stdout.close()


def died(file: str) -> DataError:
    """What to say of a file whose reader did not live."""
    return DataError(
        f"读取 {file} 时超出了内存或时间限制，或文件已损坏：已中止，没有导入任何数据",
        f"reading {file} went beyond the limits of memory or time, or the file is broken:"
        " stopped, nothing was loaded",
    )


def repair(shapes: Sequence[shapely.Geometry]) -> NDArray[np.object_]:
    """Each shape repaired, or None where that is ambiguous or takes too long.

    A shape has one second; after three that took longer the rest are not tried.
    """
    mended = np.full(len(shapes), None, dtype=object)
    at = abandoned = 0
    while at < len(shapes) and abandoned < _REPAIRS_ABANDONED:
        with closing(Confined("repair.py", str(_REPAIR_S))) as child:
            while at < len(shapes):
                try:
                    child.stdin.write(shapely.to_wkb(shapes[at], hex=True).encode() + b"\n")
                    child.stdin.flush()
                    answer = child.line(64 << 20)
                except BrokenPipeError:
                    answer = b""
                at += 1
                if not answer.endswith(b"\n"):
                    abandoned += 1
                    break
                if answer.strip():
                    mended[at - 1] = shapely.from_wkb(answer.strip())
    return mended
