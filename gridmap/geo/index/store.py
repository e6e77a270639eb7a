"""A GridIndex in one file: a line of JSON, then arrays that are mapped, not read.

Processes that load the same file share one copy of it in memory.
"""

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import CallError, DataError, Unavailable
from gridmap.geo.index.raster import ARRAYS, RasterIndex
from gridmap.geo.index.report import Overlap, Report
from gridmap.geo.index.scan import PolygonScan
from gridmap.geo.index.sheets import Part, kernel_is_built
from gridmap.geo.index.territory import Code

Arrays = dict[str, NDArray[Any]]

_MAGIC = b"gridmap index 1\n"
_ALIGNED = 64


@dataclass(frozen=True)
class Contents:
    """What an index consists of: `codes` in order, `positions` (int32) of each in the input."""

    parts: list[Part]
    codes: list[Code]
    positions: NDArray[np.int32]
    report: Report


def write_index(path: Path, contents: Contents) -> None:
    """Writes an index; the file is replaced in one step.

    Raises:
        CallError: the folder cannot be written.
    """
    arrays: Arrays = {"positions": contents.positions}
    parts = [_describe(i, part, arrays) for i, part in enumerate(contents.parts)]
    table, end = {}, 0
    for name, array in arrays.items():
        table[name] = (end, array.dtype.str, len(array))
        end += -(-array.nbytes // _ALIGNED) * _ALIGNED
    head = {"codes": contents.codes, "report": asdict(contents.report), "parts": parts}
    text = json.dumps(head | {"arrays": table, "bytes": end}, ensure_ascii=False).encode()
    start = len(_MAGIC) + 8 + len(text)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / path.name
            with made.open("wb") as file:
                file.write(_MAGIC + len(text).to_bytes(8, "little") + text)
                file.write(bytes(-start % _ALIGNED))
                for array in arrays.values():
                    file.write(np.ascontiguousarray(array).data)
                    file.write(bytes(-array.nbytes % _ALIGNED))
            made.replace(path)
    except OSError as error:
        raise CallError(f"无法写入 {path}：{error}", f"cannot write {path}: {error}") from error


def read_index(path: Path) -> Contents:
    """Maps an index from its file. The file is trusted as far as its size; take only your own.

    Raises:
        CallError: there is no such file.
        DataError: it is no index, is cut short, or is of another version.
        Unavailable: it needs the compiled kernel, which is not built.
    """
    try:
        whole = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise CallError(f"无法读取 {path}：{error}", f"cannot read {path}: {error}") from error
    head, data = _head(path, whole)
    arrays = {
        name: data[start : start + many * np.dtype(kind).itemsize].view(kind)
        for name, (start, kind, many) in head["arrays"].items()
    }
    parts = [_part(i, described, arrays) for i, described in enumerate(head["parts"])]
    return Contents(parts, head["codes"], arrays["positions"], _report(head["report"]))


def _head(path: Path, whole: NDArray[np.uint8]) -> tuple[dict[str, Any], NDArray[np.uint8]]:
    start = len(_MAGIC) + 8
    length = int.from_bytes(whole[len(_MAGIC) : start].tobytes(), "little")
    if whole[: len(_MAGIC)].tobytes() == _MAGIC and start + length <= len(whole):
        head = cast(dict[str, Any], json.loads(whole[start : start + length].tobytes()))
        data = whole[start + length + -(start + length) % _ALIGNED :]
        if len(data) == head["bytes"]:
            return head, data
    raise DataError(
        f"{path} 不是完整的网格索引，请重新生成",
        f"{path} is no complete grid index; make it again",
    )


def _describe(number: int, part: Part, arrays: Arrays) -> dict[str, Any] | None:
    """Puts the arrays of a part beside the others; returns what else it needs: a raster's frame."""
    arrays[f"{number}/ranks"] = part.ranks
    if isinstance(part.engine, RasterIndex):
        arrays |= {f"{number}/{name}": array for name, array in part.engine.arrays.items()}
        return part.engine.frame
    shapes = [np.frombuffer(shape, np.uint8) for shape in shapely.to_wkb(part.engine.polygons)]
    arrays[f"{number}/shapes"] = np.concatenate(shapes)
    arrays[f"{number}/ends"] = np.cumsum([len(shape) for shape in shapes])
    return None


def _part(number: int, frame: dict[str, float] | None, arrays: Arrays) -> Part:
    ranks = arrays[f"{number}/ranks"]
    if frame is None:
        shapes = np.split(arrays[f"{number}/shapes"], arrays[f"{number}/ends"][:-1])
        polygons = shapely.from_wkb([shape.tobytes() for shape in shapes])
        return Part(PolygonScan(polygons.tolist()), ranks)
    if not kernel_is_built():
        raise Unavailable(
            "这个索引需要归格内核：make setup",
            "this index needs the assignment kernel: make setup",
        )
    return Part(RasterIndex(frame, {name: arrays[f"{number}/{name}"] for name in ARRAYS}), ranks)


def _report(told: dict[str, Any]) -> Report:
    overlaps = [(tuple(o["codes"]), o["lon"], o["lat"]) for o in told["overlaps"]]
    lists = {"empty": tuple(told["empty"]), "scanned": tuple(told["scanned"])}
    return Report(**told | lists | {"overlaps": tuple(Overlap(*o) for o in overlaps)})
