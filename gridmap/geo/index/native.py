"""The compiled kernel `gridmap/geo/_assign.c`: built by the C compiler, called through ctypes.

`python -m gridmap.geo.index` builds it. Why C and not numba: the kernel takes half the time
of numba's, is there at the first call instead of after 40 s of compiling, releases the GIL the same
and adds no dependency. Where there is no compiler, `gridmap.geo.index.scan` gives the same answers.
"""

import ctypes
import os
import shutil
import subprocess
import sysconfig
import tempfile
import zlib
from pathlib import Path

from gridmap.errors import Unavailable

SOURCE = Path(__file__).parent.parent / "_assign.c"
LIBRARY = SOURCE.with_name(f"_assign.{sysconfig.get_platform()}.so")
# Contracting a * b + c would break the error bounds; the rest is plain, portable C.
FLAGS = ("-std=c11", "-O3", "-ffp-contract=off", "-shared", "-fPIC")
_Address = ctypes.c_void_p
_Long = ctypes.c_int64


class Header(ctypes.Structure):
    """`index_t` of the C file: the frame of the raster and where its arrays lie."""

    _fields_ = (
        *((name, ctypes.c_double) for name in ("west", "south", "east", "north", "magic")),
        *((name, _Long) for name in ("column_0", "row_0", "columns", "rows")),
        *((name, _Long) for name in ("shift_x", "shift_y")),
        *((name, _Long) for name in ("blocks_n", "records_n", "edges_n", "conflicts_n")),
        *((name, _Address) for name in ("root", "blocks", "records")),
        *((name, _Address) for name in ("edges", "owners", "conflicts")),
    )


class Kernel:
    """The functions of the library; every call releases the GIL."""

    def __init__(self, library: Path) -> None:
        loaded = ctypes.CDLL(str(library))
        loaded.gm_source.restype = ctypes.c_int32
        if loaded.gm_source() != _source_number():
            raise OSError(f"{library} was built from another source")
        index = ctypes.POINTER(Header)
        self.build = loaded.gm_build
        self.build.argtypes = (
            *(index, _Address, _Address, _Address),
            *(_Long, ctypes.c_double, _Long),
        )
        self.build.restype = ctypes.c_int32
        self.free = loaded.gm_free
        self.free.argtypes, self.free.restype = (index,), None
        self.assign = loaded.gm_assign
        self.assign.argtypes = (_Address, _Address, _Address, _Address, _Long)
        self.assign.restype = None
        self.locate = loaded.gm_locate
        self.locate.argtypes = (_Address, ctypes.c_double, ctypes.c_double)
        self.locate.restype = ctypes.c_int32
        self.covering = loaded.gm_covering
        self.covering.argtypes = (_Address, ctypes.c_double, ctypes.c_double, _Address, _Long)
        self.covering.restype = _Long


def _source_number() -> int:
    return zlib.crc32(SOURCE.read_bytes()) >> 1


def compiler() -> str | None:
    """The system's C compiler, if there is one: `$CC`, cc, gcc or clang."""
    names = (os.environ.get("CC", ""), "cc", "gcc", "clang")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def build(target: Path = LIBRARY) -> Path:
    """Compiles the kernel; `target` is replaced in one step: running programs keep their own.

    Raises:
        Unavailable: there is no C compiler, it refuses the file, or the folder cannot be written.
    """
    command = compiler()
    if command is None:
        raise Unavailable(
            "没有 C 编译器：apt-get install gcc libc6-dev",
            "there is no C compiler: apt-get install gcc libc6-dev",
        )
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            made = Path(folder) / target.name
            subprocess.run(
                [
                    command,
                    *FLAGS,
                    f"-DSOURCE={_source_number()}",
                    "-o",
                    str(made),
                    str(SOURCE),
                    "-lm",
                ],
                check=True,
                capture_output=True,
                text=True,
            )
            made.replace(target)
    except subprocess.CalledProcessError as error:
        raise Unavailable(
            f"编译归格内核失败：{error.stderr.strip()}",
            f"the assignment kernel does not compile: {error.stderr.strip()}",
        ) from error
    except OSError as error:
        raise Unavailable(
            f"无法写入 {target.parent}：{error}", f"cannot write to {target.parent}: {error}"
        ) from error
    return target


def load(library: Path = LIBRARY) -> Kernel | None:
    """The kernel, or None where it has not been built for this machine from this source."""
    try:
        return Kernel(library)
    except (OSError, AttributeError):
        return None
