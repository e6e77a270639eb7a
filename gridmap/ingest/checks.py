"""Rows of a batch → good rows and refused ones, each refusal with its column and reason. Pure."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.crs import Crs
from gridmap.geo.wkb import read_wkt
from gridmap.ingest import geometry, values
from gridmap.ingest.batch import Batch, Problem
from gridmap.ingest.columns import Mapped
from gridmap.ingest.spec import Field, Layer
from gridmap.ingest.values import Parser, Refused
from gridmap.profiles import Message, Profile, grid_code_problem
from gridmap.sealing import checks as personal

_REQUIRED = Message("必填项是空的", "a required value is missing")
_BAD_WKT = Message("无法读取 WKT 图形", "the WKT geometry cannot be read")
_HALF_A_PLACE = Message("只有一个坐标", "only one of the two coordinates is given")
_DIGITS_OF_LEVEL = {
    "province": 2, "prefecture": 4, "county": 6, "township_level": 9, "community_level": 12,
}  # fmt: skip
_LEVEL_OF_DIGITS = {digits: level for level, digits in _DIGITS_OF_LEVEL.items()}
_ID_DIGITS = 18
_IDENTITY = ("reported_at", "channel", "category", "subcategory", "description", "address")

Problems = dict[int, list[Problem]]
Row = dict[str, object]


@dataclass
class Checked:
    """A batch after the checks, by position in it.

    `rows` are the parsed values by field name; `geometries` lie in EPSG:4490; `invalid` are
    positions without any problem but a broken shape, which may be repaired or refused.
    """

    rows: list[Row]
    geometries: NDArray[np.object_] | None
    problems: Problems
    invalid: list[int] = field(default_factory=list)
    outside: int = 0

    def good(self) -> list[int]:
        """Positions of the rows that go in."""
        return [i for i in range(len(self.rows)) if i not in self.problems]


class Checker:
    """Checks the batches of one file, and remembers the keys it has seen."""

    def __init__(
        self,
        layer: Layer,
        mapped: Mapped,
        profile: Profile,
        crs: Crs | None,
        constants: Mapping[str, str],
        bounds: geometry.Bounds | None,
    ) -> None:
        self._layer, self._mapped, self._profile = layer, mapped, profile
        self._crs, self._bounds = crs, bounds
        zone = ZoneInfo(profile.time_zone)
        self._parsers: list[tuple[Field, Parser]] = [
            (item, values.parser_for(item, _dictionary(item, profile), zone))
            for item in layer.fields
            if item.name in mapped.fields or item.name in constants or item.is_derived
        ]
        self.kept = self._derive_birth_year()
        self._constants = constants
        self._subcategories = {
            category.code: values.folded(
                {s: child.code for child in category.children for s in child_names(child)}
            )
            for category in profile.categories
        }
        self._seen: dict[object, int] = {}
        self._ordinals: dict[str, int] = defaultdict(int)

    def _derive_birth_year(self) -> frozenset[str]:
        """An ID number tells the year of birth; the columns whose silence changes nothing."""
        given = {item.name for item, _ in self._parsers}
        year = self._layer.field("birth_year")
        if year is None or year.name in given or "id_number" not in given:
            return frozenset()
        self._parsers.append((year, lambda value: None))
        return frozenset({year.name})

    @property
    def fields(self) -> list[Field]:
        """The fields that the rows carry."""
        return [item for item, _ in self._parsers]

    def check(self, batch: Batch) -> Checked:
        """The rows of a batch, parsed and judged."""
        problems: Problems = defaultdict(list)
        for index, reason in batch.unreadable.items():
            problems[index].append(
                Problem("geometry" if batch.geometry is not None else "", reason)
            )
        rows = self._parse(batch, problems)
        checked = Checked(rows, None, problems)
        if self._layer.geometry is not None and self._mapped.is_located:
            self._place(batch, checked)
        for index, row in enumerate(rows):
            if index not in problems:
                self._cross_check(row, index, problems)
        self._note_keys(batch, checked)
        checked.problems = dict(problems)
        return checked

    def _parse(self, batch: Batch, problems: Problems) -> list[Row]:
        rows: list[Row] = [{} for _ in range(len(batch))]
        for item, parse in self._parsers:
            column = self._mapped.fields.get(item.name)
            cells: Sequence[object]
            if column is None:
                cells = [self._constants.get(item.name)] * len(batch)
            else:
                cells = batch.columns.get(column) or [None] * len(batch)
            name, default, is_required = item.name, item.default, item.required
            for index, cell in enumerate(cells):
                try:
                    value = parse(cell)
                except Refused as refused:
                    problems[index].append(Problem(column or name, refused.reason))
                    continue
                if value is None:
                    value = default
                    if is_required:
                        problems[index].append(Problem(column or name, _REQUIRED))
                rows[index][name] = value
        return rows

    def _place(self, batch: Batch, checked: Checked) -> None:
        shapes, column = self._shapes(batch, checked.problems)
        assert self._crs is not None and self._layer.geometry is not None
        placed = geometry.check_batch(
            shapes, self._crs, self._layer.geometry, self._layer.geometry_required,
            self._layer.multi, self._bounds,
        )  # fmt: skip
        sources = {column, self._mapped.lon, self._mapped.lat}
        for index, reason in placed.problems.items():
            if not any(problem.column in sources for problem in checked.problems.get(index, ())):
                checked.problems[index].append(Problem(column, reason))
        checked.geometries = placed.geometries
        checked.invalid = placed.invalid
        checked.outside = placed.outside

    def _shapes(self, batch: Batch, problems: Problems) -> tuple[NDArray[np.object_], str]:
        mapped = self._mapped
        if mapped.has_geometry and batch.geometry is not None:
            return batch.geometry, "geometry"
        if mapped.wkt is not None:
            shapes, unread = read_wkt(batch.columns[mapped.wkt])
            for index in unread:
                problems[index].append(Problem(mapped.wkt, _BAD_WKT))
            return shapes, mapped.wkt
        lon, lat = mapped.lon or "", mapped.lat or ""
        x = _decimals(batch.columns[lon], lon, problems)
        y = _decimals(batch.columns[lat], lat, problems)
        for index in [i for i in range(len(x)) if (x[i] is None) != (y[i] is None)]:
            if index not in problems:
                problems[index].append(Problem(f"{lon}, {lat}", _HALF_A_PLACE))
        return geometry.points(x, y), f"{lon}, {lat}"

    def _cross_check(self, row: Row, index: int, problems: Problems) -> None:
        try:
            if self._layer.merge == "grids":
                self._check_grid(row)
            elif self._layer.merge == "admin_units":
                self._check_unit(row)
            elif self._layer.name == "incidents":
                self._check_incident(row)
            elif self._layer.is_personal:
                _check_person(row)
            if "valid_from" in row or "valid_to" in row:
                _check_validity(row)
        except _FieldRefused as refused:
            column = self._mapped.column_of(refused.field)
            problems[index].append(Problem(column, refused.reason))

    def _check_grid(self, row: Row) -> None:
        code, village = str(row["code"]), row.get("village_code")
        problem = grid_code_problem(
            code, self._profile.grid_code.scheme, None if village is None else str(village)
        )
        if problem is not None:
            raise _FieldRefused("code", problem)
        if (row.get("kind") == "micro") != (row.get("parent_code") is not None):
            raise _FieldRefused(
                "parent_code",
                Message(
                    "微网格必须有上级网格编码，其他网格不能有",
                    "a micro grid needs the code of its parent grid, other grids have none",
                ),
            )

    def _check_unit(self, row: Row) -> None:
        code = str(row["code"])
        level = (
            row.get("level") or self._layer.fixed.get("level") or _LEVEL_OF_DIGITS.get(len(code))
        )
        digits = _DIGITS_OF_LEVEL.get(str(level), 0)
        if not (code.isascii() and code.isdecimal() and len(code) == digits):
            raise _FieldRefused(
                "code",
                Message(
                    f"区划代码“{code}”应为 {digits or '2、4、6、9 或 12'} 位数字",
                    f"the code {code!r} must have {digits or '2, 4, 6, 9 or 12'} digits",
                ),
            )
        row["level"] = level
        parent = row.get("parent_code")
        if parent is not None and not (code.startswith(str(parent)) and code != parent):
            raise _FieldRefused(
                "parent_code",
                Message(
                    f"区划代码“{code}”不以上级代码 {parent} 开头",
                    f"the code {code!r} does not begin with its parent's, {parent}",
                ),
            )

    def _check_incident(self, row: Row) -> None:
        reported, closed = row.get("reported_at"), row.get("closed_at")
        if isinstance(reported, datetime) and isinstance(closed, datetime) and closed < reported:
            raise _FieldRefused(
                "closed_at",
                Message("结案时间早于上报时间", "the closing lies before the report"),
            )
        given = row.get("subcategory")
        if given is None:
            return
        children = self._subcategories.get(str(row.get("category")), {})
        stored = children.get(values.fold(str(given)))
        if stored is None:
            raise _FieldRefused(
                "subcategory",
                Message(
                    f"大类 {row.get('category')} 下没有小类“{given}”",
                    f"category {row.get('category')} has no subcategory {given!r}",
                ),
            )
        row["subcategory"] = stored

    def _note_keys(self, batch: Batch, checked: Checked) -> None:
        for index, row in enumerate(checked.rows):
            if index in checked.problems:
                continue
            if self._layer.code_optional and row.get("code") is None:
                row["code"] = self._made_code(row, checked.geometries, index)
            key = tuple(row.get(name) for name in self._layer.key)
            first = self._seen.setdefault(key, batch.numbers[index])
            if first != batch.numbers[index]:
                column = self._mapped.column_of(self._layer.key[0])
                checked.problems[index].append(
                    Problem(column, Message(f"与第 {first} 行重复", f"repeats row {first}"))
                )

    def _made_code(self, row: Row, geometries: NDArray[np.object_] | None, index: int) -> str:
        """A code out of what is reported, so that the same file gives the same codes again."""
        parts = [str(row.get(name)) for name in _IDENTITY]
        if geometries is not None and geometries[index] is not None:
            parts.append(shapely.to_wkt(geometries[index], rounding_precision=7))
        made = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()
        self._ordinals[made] += 1
        return f"X{made}-{self._ordinals[made]}"


def _check_person(row: Row) -> None:
    """The year of birth of the ID number is the one given; no code is an ID number."""
    number, year = row.get("id_number"), row.get("birth_year")
    told = None if number is None else personal.birth_year(str(number))
    if told is not None and year not in (None, told):
        raise _FieldRefused(
            "birth_year",
            Message("出生年与身份证号里的不同", "the year of birth is not that of the ID number"),
        )
    if told is not None:
        row["birth_year"] = year = told
    for name in ("code", "household_code"):
        code = str(row.get(name))
        if len(code) == _ID_DIGITS and (code == number or _tells_birth(code, year)):
            raise _FieldRefused(
                name,
                Message(
                    "编码是身份证号：编码到处可见，请另编", "the code is an ID number, and codes"
                    " are seen everywhere: give another",
                ),
            )  # fmt: skip


def _tells_birth(code: str, year: object) -> bool:
    return personal.is_id_number(code) and personal.birth_year(code) == year


class _FieldRefused(Exception):
    def __init__(self, name: str, reason: Message) -> None:
        super().__init__(name, reason)
        self.field, self.reason = name, reason


def child_names(entry: object) -> tuple[str, ...]:
    """The spellings under which a dictionary entry is known: code, Chinese and English name."""
    return tuple(str(getattr(entry, name)) for name in ("code", "name", "name_en"))


def _dictionary(item: Field, profile: Profile) -> dict[str, str] | None:
    if item.dictionary is None:
        return None
    entries = getattr(profile, item.dictionary)
    return values.folded({name: entry.code for entry in entries for name in child_names(entry)})


def _check_validity(row: Row) -> None:
    start, end = row.get("valid_from"), row.get("valid_to")
    if isinstance(start, date) and isinstance(end, date) and end <= start:
        raise _FieldRefused(
            "valid_to", Message("失效日期不晚于启用日期", "valid_to is not after valid_from")
        )


def _decimals(cells: list[object], column: str, problems: Problems) -> list[float | None]:
    made: list[float | None] = []
    for index, cell in enumerate(cells):
        try:
            made.append(values.decimal(cell))
        except Refused as refused:
            problems[index].append(Problem(column, refused.reason))
            made.append(None)
    return made
