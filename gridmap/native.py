"""Our C files as libraries: where each lies, how it is built, whether it is of this source.

`python -m gridmap.native` builds all of them. Why C and not numba: the code takes half the time of
numba's, is there at the first call instead of after 40 s of compiling, releases the GIL the same
and adds no dependency.
"""

import ctypes
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zlib
from pathlib import Path

from gridmap.errors import Unavailable

SOURCES = tuple(Path(__file__).parent / name for name in ("geo/_assign.c", "balancing/_search.c"))

# Contracting a * b + c would break error bounds, and make one machine's result another's.
FLAGS = ("-std=c11", "-O3", "-ffp-contract=off", "-shared", "-fPIC")


def library_of(source: Path) -> Path:
    """Where the library of a C file lies, for this kind of machine."""
    return source.with_name(f"{source.stem}.{sysconfig.get_platform()}.so")


def number_of(source: Path) -> int:
    """What a library answers that was built from this file as it is now."""
    return zlib.crc32(source.read_bytes()) >> 1


def compiler() -> str | None:
    """The system's C compiler, if there is one: `$CC`, cc, gcc or clang."""
    names = (os.environ.get("CC", ""), "cc", "gcc", "clang")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def build(source: Path, target: Path | None = None) -> Path:
    """Compiles a C file; `target` is replaced in one step: running programs keep their own.

    Raises:
        Unavailable: there is no C compiler, it refuses the file, or the folder cannot be written.
    """
    target = target or library_of(source)
    command = compiler()
    if command is None:
        raise Unavailable(
            "没有 C 编译器：apt-get install gcc libc6-dev",
            "there is no C compiler: apt-get install gcc libc6-dev",
        )
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            made = Path(folder) / target.name
            number = f"-DSOURCE={number_of(source)}"
            subprocess.run(
                [command, *FLAGS, number, "-o", str(made), str(source), "-lm"],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            made.replace(target)
    except subprocess.CalledProcessError as error:
        raise Unavailable(
            f"编译 {source.name} 失败：{error.stderr.strip()}",
            f"{source.name} does not compile: {error.stderr.strip()}",
        ) from error
    except OSError as error:
        raise Unavailable(
            f"无法写入 {target.parent}：{error}", f"cannot write to {target.parent}: {error}"
        ) from error
    return target


def opened(source: Path, asks: str, library: Path | None = None) -> ctypes.CDLL:
    """The library of a C file.

    Args:
        asks: the function that tells from which source the library was built.

    Raises:
        OSError: there is none for this machine, or it was built from another source.
    """
    library = library or library_of(source)
    loaded = ctypes.CDLL(str(library))
    told = getattr(loaded, asks)
    told.restype = ctypes.c_int32
    if told() != number_of(source):
        raise OSError(f"{library} was built from another source")
    return loaded


def main() -> None:
    """Builds every library, and prints where it lies."""
    for source in SOURCES:
        sys.stdout.write(f"{build(source)}\n")


if __name__ == "__main__":
    main()
