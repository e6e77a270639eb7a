"""The compiled kernel `gridmap/geo/_assign.c`, called through ctypes.

Where it is not built, `gridmap.geo.index.scan` gives the same answers.
"""

import ctypes
from pathlib import Path

from gridmap import native

SOURCE = Path(__file__).parent.parent / "_assign.c"
LIBRARY = native.library_of(SOURCE)
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
        loaded = native.opened(SOURCE, "gm_source", library)
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


def build(target: Path = LIBRARY) -> Path:
    """Compiles the kernel.

    Raises:
        Unavailable: as `gridmap.native.build`.
    """
    return native.build(SOURCE, target)


def load(library: Path = LIBRARY) -> Kernel | None:
    """The kernel, or None where it has not been built for this machine from this source."""
    try:
        return Kernel(library)
    except (OSError, AttributeError):
        return None
