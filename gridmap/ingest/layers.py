"""What each layer takes from a file: its fields, geometry, key and links, as one table per layer.

The automatic names below are the documented ones: a column of the file whose name equals one of
them (case, blanks and underscores aside) is taken without being asked for.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gridmap.errors import CallError
from gridmap.ingest.spec import Field, Layer, Link
from gridmap.ingest.spellings import (
    AREA_KINDS,
    BASE_KINDS,
    CODE_NAMES,
    GRID_KINDS,
    LEVELS,
    NAME_NAMES,
)

LINE = frozenset({"LineString", "MultiLineString"})
POINT = frozenset({"Point"})
POLYGON = frozenset({"Polygon", "MultiPolygon"})


def _code(*names: str, required: bool = True) -> Field:
    return Field("code", "code", (*CODE_NAMES, *names), required, limit=64, is_derived=not required)


def _name(*names: str, required: bool = False) -> Field:
    return Field("name", "text", (*NAME_NAMES, *names), required)


_SOURCE = Field("source", "text", ("source", "来源", "数据来源"))
_VALID = (
    Field("valid_from", "day", ("valid_from", "启用日期", "生效日期"), column=None),
    Field("valid_to", "day", ("valid_to", "失效日期", "终止日期"), column=None),
)
_ADDRESS = Field("address", "text", ("address", "地址", "详细地址"), limit=500)
_FLOOR = ("floor", "楼层", "所在楼层")

_ADMIN_FIELDS = (
    _code("adcode", "区划代码", "行政区划代码"),
    _name("区划名称", required=True),
    Field("level", "choice", ("level", "级别", "层级"), choices=LEVELS, is_derived=True),
    Field("kind", "text", ("kind", "类型")),
    Field("parent_code", "code", ("parent_code", "上级代码", "上级编码"), limit=64, column=None),
    *_VALID,
    _SOURCE,
)

_ADMIN_KEY = ("code", "valid_from")


def _of_level(name: str, level: str) -> Layer:
    """The admin units of one level, for files that hold nothing else."""
    fields = tuple(item for item in _ADMIN_FIELDS if item.name != "level")
    return Layer(
        name,
        "admin_units",
        fields,
        POLYGON,
        False,
        True,
        "admin_units",
        _ADMIN_KEY,
        fixed={"level": level},
    )


_ALL = (
    Layer(
        "admin_units", "admin_units", _ADMIN_FIELDS, POLYGON, False, True, "admin_units", _ADMIN_KEY
    ),
    _of_level("townships", "township_level"),
    _of_level("villages", "community_level"),
    Layer(
        "grids",
        "grids",
        (
            _code("网格编码", "网格代码", "grid_code"),
            _name("网格名称", "grid_name", required=True),
            Field(
                "village_code", "code",
                ("village_code", "村代码", "村社区代码", "村（社区）代码", "所属村代码"),
                column=None,
            ),
            Field("parent_code", "code", ("parent_code", "上级网格编码"), column=None),
            Field("kind", "choice", ("kind", "网格类型"), choices=GRID_KINDS, default="general"),
            Field("area_kind", "choice", ("area_kind", "城乡"), choices=AREA_KINDS),
            Field("management_level", "text", ("management_level", "管理级别", "管理等级")),
            Field("responsible_body", "text", ("responsible_body", "责任主体", "责任单位")),
            _SOURCE,
        ),
        POLYGON,
        multi=True,
        merge="grids",
    ),
    Layer(
        "postings",
        "postings",
        (
            Field("grid_code", "code", ("grid_code", "网格编码", "网格代码"), True, limit=64),
            Field("role", "choice", ("role", "岗位", "角色"), True, dictionary="roles"),
            Field("person_name", "text", ("person_name", "姓名", "name"), True, limit=60),
            Field("office_phone", "text", ("office_phone", "办公电话", "电话", "phone"), limit=40),
            *_VALID,
            _SOURCE,
        ),
        merge="postings",
        key=("grid_code", "role", "person_name", "valid_from"),
    ),
    Layer(
        "base_features",
        "base_features",
        (
            _code(),
            Field("kind", "choice", ("kind", "类型"), True, choices=BASE_KINDS),
            Field("class", "text", ("class", "等级", "highway")),
            _name(),
            _SOURCE,
        ),
        LINE | POLYGON,
    ),
    Layer(
        "buildings",
        "buildings",
        (
            _code("building_code", "楼栋编码", "建筑物编码"),
            _name("楼栋名称"),
            _ADDRESS,
            Field("kind", "text", ("kind", "类型", "建筑类型", "用途")),
            Field("floors", "integer", ("floors", "levels", "层数", "楼层数"), low=-9, high=200),
            _SOURCE,
        ),
        POLYGON | POINT,
    ),
    Layer(
        "dwellings",
        "dwellings",
        (
            _code("dwelling_code", "房屋编码", "套编码"),
            Field(
                "building_code", "code", ("building_code", "building_ref", "楼栋编码"),
                limit=64, column="building_ref",
            ),
            Field("unit", "text", ("unit", "单元"), limit=40),
            Field("floor", "integer", _FLOOR, low=-9, high=200),
            Field("room", "text", ("room", "室", "房号", "门牌"), limit=40),
            _SOURCE,
        ),
    ),
    Layer(
        "households",
        "households",
        (
            _code("household_code", "户编码", "户号"),
            Field(
                "dwelling_code", "code", ("dwelling_code", "dwelling_ref", "房屋编码"),
                limit=64, column="dwelling_ref",
            ),
            Field("kind", "text", ("kind", "户别", "户类型")),
            _SOURCE,
        ),
    ),
    Layer(
        "residents",
        "residents",
        (
            _code("resident_code", "人员编码"),
            Field(
                "household_code", "code", ("household_code", "household_ref", "户编码", "户号"),
                limit=64, column="household_ref",
            ),
            Field("name", "text", ("name", "姓名"), True, limit=60),
            Field(
                "birth_year", "integer", ("birth_year", "出生年", "出生年份"), low=1890, high=2100
            ),
            Field("phone", "phone", ("phone", "电话", "手机", "手机号", "联系电话"), limit=40),
            Field(
                "id_number", "id_number",
                ("id_number", "身份证号", "身份证号码", "身份证", "公民身份号码"), limit=40,
            ),
            _SOURCE,
        ),
    ),
    Layer(
        "assets",
        "assets",
        (
            _code("asset_code", "部件编码"),
            _name("部件名称"),
            Field("category", "text", ("category", "类别", "部件类别"), True),
            _SOURCE,
        ),
        POINT,
    ),
    Layer(
        "organisations",
        "organisations",
        (
            _code("organisation_code", "组织编码", "统一社会信用代码"),
            _name("组织名称", "单位名称", required=True),
            Field("category", "text", ("category", "类别", "组织类别"), True),
            _ADDRESS,
            _SOURCE,
        ),
        POINT,
        geometry_required=False,
    ),
    Layer(
        "incidents",
        "incidents",
        (
            _code("incident_code", "事件编号", "事件编码", "案件编号", required=False),
            Field("reported_at", "moment", ("reported_at", "上报时间", "发生时间", "date"), True),
            Field("channel", "choice", ("channel", "渠道", "来源渠道"), dictionary="channels"),
            Field(
                "category", "choice", ("category", "大类", "事件类别"), True,
                dictionary="categories",
            ),
            Field("subcategory", "text", ("subcategory", "小类")),
            Field(
                "status", "choice", ("status", "状态", "办理状态"), dictionary="statuses",
                default="reported",
            ),
            Field("closed_at", "moment", ("closed_at", "结案时间", "办结时间")),
            Field("description", "text", ("description", "描述", "问题描述", "内容"), limit=4000),
            _ADDRESS,
            _SOURCE,
        ),
        POINT,
        geometry_required=False,
        code_optional=True,
    ),
)  # fmt: skip

LAYERS: Mapping[str, Layer] = MappingProxyType({layer.name: layer for layer in _ALL})
"""Every name that `gridmap load` accepts."""

LINKS = (
    Link("dwellings", "building_ref", "building_id", "buildings"),
    Link("households", "dwelling_ref", "dwelling_id", "dwellings"),
    Link("residents", "household_ref", "household_id", "households"),
)
"""The references that may arrive before their targets: resolved after every load of either side."""


def layer_named(name: str) -> Layer:
    """The layer of that name.

    Raises:
        CallError: there is none; lists those there are.
    """
    if name in LAYERS:
        return LAYERS[name]
    known = ", ".join(LAYERS)
    raise CallError(
        f"没有图层 {name!r}；可用的有：{known}", f"no layer {name!r}; there are: {known}"
    )
