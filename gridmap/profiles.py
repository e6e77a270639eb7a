"""County profiles: what differs between two counties, read from data/profiles/*.toml and checked.

A profile is configuration, never code: names and depth of the hierarchy, dictionaries of channels,
categories, statuses and roles, the grid-code scheme, the Gauss-Krueger zone and the size limits per
kind of area.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from gridmap.errors import CallError, DataError

AreaKind: TypeAlias = Literal["urban", "rural"]
GridCodeScheme: TypeAlias = Literal["db11_2157", "cjt349", "text"]
LevelCode: TypeAlias = Literal[
    "province",
    "prefecture",
    "county",
    "township_level",
    "community_level",
    "grid",
    "micro_grid",
    "group",
    "building",
    "contact_household",
]
STATUS_CODES = ("reported", "accepted", "dispatched", "resolved", "closed", "rejected")
_REQUIRED_LEVELS = ("county", "township_level", "community_level", "grid")
_VILLAGE_DIGITS = 12
_TEXT_LIMIT = 32


class Message(NamedTuple):
    """What is wrong, in both languages."""

    zh: str
    en: str


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(_Part):
    """One step of the hierarchy, from the county down; `area_kind`: only in towns, or villages."""

    level: LevelCode
    label: str = Field(min_length=1)
    label_en: str = Field(min_length=1)
    area_kind: AreaKind | None = None


class Entry(_Part):
    """One row of a dictionary (a channel, a status, a role, a 小类)."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str = Field(min_length=1)
    name_en: str = Field(min_length=1)


class Category(Entry):
    """A 大类 with its 小类."""

    children: tuple[Entry, ...] = Field(min_length=1)


class GridCode(_Part):
    """How grid codes are written in this county."""

    scheme: GridCodeScheme


class SizeLimits(_Part):
    """Households per grid, (lowest, highest), for each kind of area."""

    urban: tuple[int, int]
    rural: tuple[int, int]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for low, high in (self.urban, self.rural):
            if not 0 < low < high:
                raise ValueError(f"[{low}, {high}]: lowest must be above 0 and below highest")
        return self


Setting = Literal["block", "warn", "off"]


class DrawingRules(_Part):
    """What a rule of good drawing does to an operation that breaks it: refuse it, warn, nothing.

    building_cut: a border through a building. sliver: a part of a grid narrower than a metre.
    """

    building_cut: Setting = "warn"
    sliver: Setting = "block"


def _existing_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is not a time zone of the tz database") from error
    return name


class Profile(_Part):
    """A county as configuration.

    Attributes:
        area_srid: EPSG code of its 3-degree Gauss-Krueger zone (m).
        small_counts_below: who does not work in a village is not told counts of 1 to below this.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1)
    title_en: str = Field(min_length=1)
    county_code: str = Field(min_length=1, max_length=12)
    time_zone: Annotated[str, AfterValidator(_existing_zone)] = "Asia/Shanghai"
    area_srid: int = Field(ge=1024, le=998999)
    levels: tuple[Level, ...]
    grid_code: GridCode
    size_limits: SizeLimits
    drawing_rules: DrawingRules = DrawingRules()
    small_counts_below: int = Field(default=5, ge=2, le=100)
    statuses: tuple[Entry, ...]
    channels: tuple[Entry, ...] = Field(min_length=1)
    categories: tuple[Category, ...] = Field(min_length=1)
    roles: tuple[Entry, ...]
    columns: dict[str, dict[str, str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for what in ("statuses", "channels", "categories", "roles"):
            _refuse_repeats(what, [entry.code for entry in getattr(self, what)])
        for category in self.categories:
            _refuse_repeats(
                f"categories.{category.code}",
                [child.code for child in category.children],
            )
        if sorted(entry.code for entry in self.statuses) != sorted(STATUS_CODES):
            raise ValueError(f"statuses must be exactly {', '.join(STATUS_CODES)}")
        order = [level.level for level in self.levels if level.level in _REQUIRED_LEVELS]
        if order != list(_REQUIRED_LEVELS):
            raise ValueError(f"levels must contain, in this order, {', '.join(_REQUIRED_LEVELS)}")
        if not {"grid_lead", "grid_officer"} <= {role.code for role in self.roles}:
            raise ValueError("roles must contain grid_lead and grid_officer")
        return self

    @property
    def below_community(self) -> tuple[Level, ...]:
        """The levels below the village or community, from the grid down."""
        start = [level.level for level in self.levels].index("grid")
        return self.levels[start:]


def _refuse_repeats(what: str, codes: list[str]) -> None:
    repeated = sorted({code for code in codes if codes.count(code) > 1})
    if repeated:
        raise ValueError(f"{what}: code {', '.join(repeated)} occurs twice")


def profile_names(data_dir: Path) -> list[str]:
    """The names of the profiles shipped in `data_dir`/profiles, sorted."""
    return sorted(path.stem for path in (data_dir / "profiles").glob("*.toml"))


def load_profile(name_or_path: str, data_dir: Path) -> Profile:
    """The profile of that name in `data_dir`/profiles, or of that .toml file.

    Raises:
        CallError: no such profile or file; lists the names there are.
        DataError: the file is no valid profile; names the file, the field and the reason.
    """
    path = _profile_path(name_or_path, data_dir)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CallError(
            f"读不了县域配置文件 {path}：{error.strerror}",
            f"cannot read the profile file {path}: {error.strerror}",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(
            f"县域配置 {path} 不是 UTF-8 编码的 TOML 文件：{error}；请改正后重试",
            f"profile {path} is not a UTF-8 TOML file: {error}; correct it and try again",
        ) from error
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        reasons = "; ".join(f"{_where(item['loc'])}: {item['msg']}" for item in error.errors())
        raise DataError(
            f"县域配置 {path} 有错，请改正这些字段：{reasons}",
            f"profile {path} is wrong, correct these fields: {reasons}",
        ) from error


def _profile_path(name_or_path: str, data_dir: Path) -> Path:
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
    else:
        path = data_dir / "profiles" / f"{name_or_path}.toml"
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name_or_path):
            path = Path()
    if path.is_file():
        return path
    known = ", ".join(profile_names(data_dir)) or "-"
    raise CallError(
        f"没有名为 {name_or_path} 的县域配置；可用的有：{known}，也可给出 .toml 文件的路径",
        f"there is no profile {name_or_path}; known: {known}; a path to a .toml file works too",
    )


def _where(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc) or "profile"


def grid_code_problem(
    code: str, scheme: GridCodeScheme, village_code: str | None = None
) -> Message | None:
    """Why `code` is no grid code under `scheme`, or None when it is one.

    `db11_2157`: 15 digits, the 12 of the village then a sequence from 001 (DB11/T 2157); with
    `village_code` given, the first 12 must be that village. `cjt349`: 20 digits (CJ/T 349). `text`:
    1 to 32 characters without blanks at the ends.
    """
    if scheme == "text":
        return _text_code_problem(code)
    digits = 15 if scheme == "db11_2157" else 20
    if not re.fullmatch(rf"[0-9]{{{digits}}}", code):
        return Message(
            f"网格编码“{code}”应为 {digits} 位数字",
            f"grid code {code!r} must have {digits} digits",
        )
    if scheme == "cjt349":
        return None
    if code.endswith("000"):
        return Message(
            f"网格编码“{code}”的顺序号应从 001 起",
            f"the sequence of grid code {code!r} starts at 001",
        )
    if village_code is not None and code[:_VILLAGE_DIGITS] != village_code:
        return Message(
            f"网格编码“{code}”的前 12 位应为所属村（社区）代码 {village_code}",
            f"grid code {code!r} must begin with the code of its village, {village_code}",
        )
    return None


def _text_code_problem(code: str) -> Message | None:
    if code.strip() == code and 0 < len(code) <= _TEXT_LIMIT:
        return None
    return Message(
        f"网格编码“{code}”应为 1 至 {_TEXT_LIMIT} 个字符，首尾无空白",
        f"grid code {code!r} must have 1 to {_TEXT_LIMIT} characters and no blank at either end",
    )
