"""One file on its way into one layer, inside one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import Connection

from gridmap.db import CRS
from gridmap.errors import CallError
from gridmap.ingest import store
from gridmap.ingest.batch import Batch, Problem, Source
from gridmap.ingest.checks import Checked, Checker, Row
from gridmap.ingest.columns import Mapped
from gridmap.ingest.geometry import bad_shape
from gridmap.ingest.plans import PlanChoice, merge_grids
from gridmap.ingest.rejects import RejectBook, guarded, guarded_problem
from gridmap.ingest.report import LoadReport
from gridmap.ingest.sandbox import repair
from gridmap.ingest.spec import Layer
from gridmap.premises import store as premises
from gridmap.profiles import Message
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.keyring import Key

_ROWS_NAMED = 20

Progress = Callable[[int, int | None], None]
"""Called with the rows done so far, and all of them where the file says how many."""


@dataclass(frozen=True)
class LoadOptions:
    """How a file is to be read.

    `crs` as `parse_crs` takes it; without it the file's own counts. `columns` is ours → theirs,
    `constants` ours → one value for every row. `sheet` names a sheet or an inner layer. `rejects`
    is where the workbook of refused rows goes (default: FILE.rejects.xlsx in the working folder).
    `keys` is needed where phones or ID numbers are loaded: nothing of them goes in unsealed.
    """

    crs: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    lon: str | None = None
    lat: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    plan: PlanChoice = field(default_factory=PlanChoice)
    source: str | None = None
    rejects: Path | None = None
    keys: KeyFile | None = None


@dataclass
class Run:
    """One file on its way into one layer, inside one transaction."""

    connection: Connection
    layer: Layer
    checker: Checker
    mapped: Mapped
    book: RejectBook
    report: LoadReport
    options: LoadOptions
    ids: list[int] = field(default_factory=list)
    since: date | None = None
    _originals: dict[int, list[object]] = field(default_factory=dict)
    _outside: int = 0
    _repaired: list[int] = field(default_factory=list)
    _key: Key | None = None

    @property
    def _fields(self) -> list[str]:
        taken = (item for item in self.checker.fields if item.name != "source")
        return [name for item in taken for name in item.staged_as]

    @property
    def is_located(self) -> bool:
        """Whether the rows bring their place."""
        return self.layer.geometry is not None and self.mapped.is_located

    def stage(self, source: Source, progress: Progress | None) -> None:
        """Read, check and copy every batch."""
        store.prepare(self.connection, self.layer)
        store.create_staging(self.connection, self.layer)
        if any(item.is_sealed for item in self.checker.fields):
            self._key = self._sealing_key()
        columns = ["row_number", *self._fields, "source", *self.layer.fixed]
        columns += ["geom"] if self.is_located else []
        for batch in source.batches():
            checked = self.checker.check(batch)
            self._repair_or_refuse(batch, checked)
            self._refuse(batch, checked)
            store.copy_rows(self.connection, columns, self._staged(batch, checked))
            self.report.read += len(batch)
            self.report.warnings += batch.notes
            self._outside += checked.outside
            if progress is not None:
                progress(self.report.read, source.total)
        self.report.repaired = len(self._repaired)
        self._warn()

    def _sealing_key(self) -> Key:
        """Asked for once the layer is locked: no rotation can end before this load does."""
        if self.options.keys is None:
            raise CallError(
                "没有指明密钥文件，电话和身份证号不能装入",
                "no key file is named, and phones and ID numbers are not loaded without",
            )
        return self.options.keys.sealing(premises.keys_in_use(self.connection)).current

    def _repair_or_refuse(self, batch: Batch, checked: Checked) -> None:
        shapes = checked.geometries
        broken = [index for index in checked.invalid if index not in checked.problems]
        if shapes is None or not broken:
            return
        for index, mended in zip(broken, repair([shapes[i] for i in broken]), strict=True):
            if mended is None:
                checked.problems[index] = [Problem("geometry", bad_shape(shapes[index]))]
            else:
                shapes[index] = mended
                self._repaired.append(batch.numbers[index])

    def _refuse(self, batch: Batch, checked: Checked) -> None:
        for index in sorted(checked.problems):
            number, problems = batch.numbers[index], checked.problems[index]
            cells = _original(batch, index)
            if self.layer.is_personal:
                columns = list(batch.columns)
                said = dict(zip(columns, cells, strict=True))
                problems = [guarded_problem(one, said.get(one.column, "")) for one in problems]
                cells = guarded(self.layer, self.mapped.fields, columns, cells)
            self.book.add(number, problems, cells)
        if self.layer.merge != "code":
            for index in checked.good():
                self._originals[batch.numbers[index]] = _original(batch, index)

    def _staged(self, batch: Batch, checked: Checked) -> Iterator[Sequence[object]]:
        """Rows for COPY: number, fields, source, fixed values, geometry as hexadecimal EWKB."""
        taken = (item for item in self.checker.fields if item.name != "source")
        fields = [(item.name, item.is_sealed) for item in taken]
        fixed = list(self.layer.fixed.values())
        good = checked.good()
        shapes: Sequence[object] = ()
        if self.is_located and checked.geometries is not None:
            srid = shapely.set_srid(checked.geometries[np.array(good, dtype=int)], CRS)
            shapes = shapely.to_wkb(srid, hex=True, include_srid=True).tolist()
        for position, index in enumerate(good):
            row = checked.rows[index]
            line: list[object] = [batch.numbers[index]]
            for name, is_sealed in fields:
                value = row.get(name)
                if is_sealed:
                    line += self._sealed(row, name, value)
                else:
                    line.append(value)
            line += [row.get("source") or self.report.source, *fixed]
            if self.is_located:
                line.append(shapes[position])
            yield line

    def _sealed(self, row: Row, name: str, value: object) -> tuple[bytes | None, bytes | None]:
        """What the two columns of a sealed field take."""
        if value is None:
            return None, None
        assert self._key is not None
        code, plain = str(row["code"]), str(value)
        return self._key.seal(name, code, plain), self._key.index(name, plain)

    def merge(self) -> None:
        """The staged rows into the layer, by its rule."""
        merged = self._merged()
        for number, (name, reason) in sorted(merged.refused.items()):
            column = self.mapped.column_of(name)
            self.book.add(number, [Problem(column, reason)], self._originals[number])
        self.report.inserted += merged.inserted
        self.report.updated += merged.updated
        self.report.unchanged += merged.unchanged
        self.ids, self.since = merged.ids, merged.since
        if self.layer.name == "incidents" and merged.ids:
            store.append_entries(self.connection, merged.ids)

    def _merged(self) -> store.Merged:
        if self.layer.merge == "grids":
            return merge_grids(self.connection, self.options.plan, self.report.source)
        if self.layer.merge == "admin_units":
            has_kind = any(item.name == "kind" for item in self.checker.fields)
            return store.merge_admin_units(self.connection, self.is_located, has_kind)
        if self.layer.merge == "postings":
            return store.merge_postings(self.connection)
        columns = [*self._fields, "source", *self.layer.fixed]
        columns += ["geom"] if self.is_located else []
        if self.layer.name == "buildings":
            self._warn_of_offset()
        merged = store.merge_by_code(self.connection, self.layer, columns, self.checker.kept)
        store.resolve_links(self.connection, self.layer)
        return merged

    def _warn(self) -> None:
        warnings = self.report.warnings
        if self.report.read == 0:
            warnings.append(Message("文件里没有数据行", "the file has no rows"))
        if self._outside:
            warnings.append(
                Message(
                    f"{self._outside:,} 行在本县范围之外，已照常导入：请核对坐标系",
                    f"{self._outside:,} rows lie outside the county and were loaded as they are:"
                    " check the CRS",
                )
            )
        if self._repaired:
            rows = ", ".join(str(number) for number in self._repaired[:_ROWS_NAMED])
            more = " …" if len(self._repaired) > _ROWS_NAMED else ""
            warnings.append(
                Message(f"已修复图形的行：{rows}{more}", f"rows with repaired shapes: {rows}{more}")
            )

    def _warn_of_offset(self) -> None:
        offset_m = store.offset_from_buildings(self.connection)
        if offset_m is not None:
            self.report.warnings.append(
                Message(
                    f"与已导入的同编码建筑整体相差约 {offset_m:.0f} 米："
                    "坐标可能被纠偏两次或未纠偏，请核对 --crs",
                    f"all lie about {offset_m:.0f} m off the buildings of the same codes loaded"
                    " before: perhaps a shift was undone twice or never, check --crs",
                )
            )


def _original(batch: Batch, index: int) -> list[object]:
    return [cells[index] for cells in batch.columns.values()]
