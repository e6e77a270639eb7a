"""A village of a draft on the desk: its grids as they are now, held until the transaction ends."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Connection, RowMapping

from gridmap.errors import Conflict, Forbidden, NotFound
from gridmap.plans import store
from gridmap.plans.editing import Division
from gridmap.plans.figures import Homes, Load, loads

Grid = dict[str, Any]
"""A grid as the editor shows it: its row, shape (`geometry`, shapely) and load."""


_KEPT = tuple(name for name in store.GRID_FIELDS if name != "lead_name")
_SHOWN = (*_KEPT, "version", "area_m2", "lead")


@dataclass(frozen=True)
class Desk:
    """A village of a draft that is open for changes, locked until the transaction ends."""

    connection: Connection
    plan: RowMapping
    village: RowMapping
    rows: Mapping[str, RowMapping]
    division: Division

    @classmethod
    def open(cls, connection: Connection, plan_code: str, village_code: str) -> "Desk":
        """Lock a village of a draft and read its grids.

        Raises:
            NotFound: no such plan, or no such village in it.
            Forbidden: the actor does not edit plans there.
            Conflict: the plan is no draft any more, or is submitted.
        """
        plan = store.plan(connection, plan_code)
        village = village_of(connection, plan, village_code)
        refuse_unless_open(plan)
        store.lock_village(connection, village["id"])
        return cls.read(connection, plan, village)

    @classmethod
    def read(cls, connection: Connection, plan: RowMapping, village: RowMapping) -> "Desk":
        """A village of a plan as it is now, held by nobody.

        Raises:
            Conflict: the village is not drawn.
        """
        found = store.draft_grids(connection, plan["id"], village["id"])
        rows = {row["code"]: row for row in found}
        return cls(connection, plan, village, rows, _division(connection, village, rows))

    def homes(self) -> Homes:
        """The buildings of the village."""
        return Homes.of(store.homes(self.connection, self.village["id"]))

    def lines(self, kinds: Collection[str] | None = None) -> list[Any]:
        """The lines of the base map in the village, all or those of some kinds."""
        found = store.lines(self.connection, self.village["id"])
        return [
            shapely.from_wkb(bytes(row["wkb"]))
            for row in found
            if kinds is None or row["kind"] in kinds
        ]

    def as_kept(self, code: str) -> store.Row | None:
        """A grid as an operation keeps it."""
        row = self.rows.get(code)
        if row is None:
            return None
        kept = {name: row[name] for name in (*store.GRID_FIELDS, "source", "version")}
        return {**kept, "geom": bytes(row["wkb"]).hex()}

    def new_row(self, code: str, ancestors: Sequence[str]) -> store.Row:
        """A grid that comes new, without its shape: it takes after the one it was cut from."""
        sources = [row for one in ancestors if (row := self.as_kept(one))]
        source = sources[0] if sources else self._bare_row()
        name = f"{self.village['name']}{code[-3:].lstrip('0')}网格"
        return {**source, "lead_name": None, "name": name}

    def _bare_row(self) -> store.Row:
        area_kind = next((row["area_kind"] for row in self.rows.values()), "rural")
        nothing = dict.fromkeys(store.GRID_FIELDS)
        return {
            **nothing, "kind": "general", "area_kind": area_kind, "source": self.plan["source"]
        }  # fmt: skip


def village_of(connection: Connection, plan: RowMapping, code: str) -> RowMapping:
    """A village of a plan by its code.

    Raises:
        NotFound: the plan does not divide it.
    """
    found = [one for one in store.villages(connection, plan["id"]) if one["code"] == code]
    if not found:
        raise NotFound(
            f"方案 {plan['code']} 里没有村（社区）{code}",
            f"the plan {plan['code']} has no village {code}",
        )
    return found[0]


def refuse_unless_editor(plan: RowMapping) -> None:
    """Let only those pass who edit plans in the plan's unit.

    Raises:
        Forbidden: the actor does not.
    """
    if not plan["edits"]:
        where = plan["unit_name"] or "—"
        raise Forbidden(
            f"您的账号不能编辑 {where} 的划分方案",
            f"your account may not edit grid plans of {plan['unit_code'] or 'this unit'}",
        )


def refuse_network(plan: RowMapping) -> None:
    """Let no plan pass that is the network of a department.

    Raises:
        Conflict: it is one.
    """
    if plan["network"] is not None:
        raise Conflict(
            f"方案 {plan['code']} 是{plan['network']}的部门网格，按原样保存，不能修改或启用："
            f"请用 gridmap merge-networks {plan['unit_code']} 合并成草案",
            f"the plan {plan['code']} is the network of {plan['network']}, kept as it was drawn and"
            " never changed or activated: make a draft of it by"
            f" `gridmap merge-networks {plan['unit_code']}`",
        )


def refuse_unless_open(plan: RowMapping) -> None:
    """Let only those pass who edit plans in the plan's unit, and only while it is open.

    Raises:
        Forbidden: the actor does not edit plans there.
        Conflict: it is no draft any more, or is submitted, or the network of a department.
    """
    refuse_unless_editor(plan)
    refuse_network(plan)
    if plan["state"] != "draft":
        raise Conflict(
            f"方案 {plan['code']} 不是草案，不能再改：请新建草案",
            f"the plan {plan['code']} is no draft any more: open a new draft",
        )
    if plan["submitted_at"] is not None:
        raise Conflict(
            f"方案 {plan['code']} 已提交：要再改，请先撤回",
            f"the plan {plan['code']} is submitted: withdraw it to change it",
        )


def _division(
    connection: Connection, village: RowMapping, rows: Mapping[str, RowMapping]
) -> Division:
    """The outline of a village and the shapes of its grids.

    Raises:
        Conflict: the village is not drawn.
    """
    outline = store.outline(connection, village["id"])
    if outline is None:
        raise Conflict(
            f"{village['name']} 还没有边界：请先用 gridmap load villages 载入",
            f"{village['code']} has no outline: load it with `gridmap load villages`",
        )
    shapes = {code: shapely.from_wkb(bytes(row["wkb"])) for code, row in rows.items()}
    return Division(shapely.from_wkb(outline), shapes)


def grids_shown(desk: Desk, homes: Homes, codes: Sequence[str] | None = None) -> list[Grid]:
    """The grids of a desk, all or those of some codes, with their loads."""
    found = loads(homes, homes.grids(desk.division.shapes))
    return [
        {
            **{name: row[name] for name in _SHOWN},
            "code": code,
            "geometry": desk.division.shapes[code],
            **vars(found.get(code, Load())),
        }
        for code, row in desk.rows.items()
        if codes is None or code in codes
    ]


def as_json(grid: Grid) -> dict[str, Any]:
    """A grid with its shape as GeoJSON, every double as it is."""
    return {**grid, "geometry": as_geojson(grid["geometry"])}


def as_geojson(shape: Any) -> dict[str, Any]:
    """A shape as GeoJSON, every double as it is."""
    return dict(shapely.geometry.mapping(shape))


def with_shape(row: RowMapping) -> dict[str, Any]:
    """A row whose `wkb` became a `geometry`, ready to be JSON."""
    known = {name: value for name, value in row.items() if name != "wkb"}
    return {**known, "geometry": as_geojson(shapely.from_wkb(bytes(row["wkb"])))}
