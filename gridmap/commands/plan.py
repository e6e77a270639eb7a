"""`gridmap plan`: grid plans from the shell, and drafts as files for QGIS."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gridmap import schema
from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas import store as areas
from gridmap.db import transaction
from gridmap.plans import drafts, exchange
from gridmap.plans.drafts import PlanCard
from gridmap.plans.exchange import VillageImport
from gridmap.plans.keeping import Kept, NetworkFile, keep
from gridmap.settings import read_settings

plan = typer.Typer(no_args_is_help=True, help="划分方案 · grid plans: drafts, files, into force")

Code = Annotated[str, typer.Argument(help="方案代码 · the code of the plan")]
Text = str | None
Note = Annotated[Text, typer.Option(help="说明 · a note")]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读 · for machines")]

_STATES = {
    "draft": "草案 · draft",
    "submitted": "待审核 · submitted",
    "active": "启用 · active",
    "retired": "停用 · retired",
    "network": "部门网格 · network",
}
_MOST_TOLD = 5
_FATES = {
    "created": "新建 created",
    "ended": "撤销 ended",
    "changed": "调整 changed",
}
_FLAWS = {
    "gap": "缝隙 gap",
    "overlap": "重叠 overlap",
    "outside": "越出村界 outside the village",
    "lost": "没有剩下土地 nothing left of it",
}


@plan.command("list")
def list_plans(as_json: AsJson = False) -> None:
    """全部划分方案 · every grid plan."""
    with schema.opened(read_settings()) as engine, transaction(engine, ADMINISTRATOR) as connection:
        rows = [dict(row) for row in areas.plans(connection)]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    for row in sorted(rows, key=lambda row: row["network"] is not None):
        waits = row["state"] == "draft" and row["submitted"]
        state = "network" if row["network"] else "submitted" if waits else row["state"]
        loaded = f"  {row['recorded_on']}" if row["network"] else ""
        typer.echo(f"{row['code']:24} {row['grids']:>6,}  {_STATES[state]}  {row['name']}{loaded}")


@plan.command()
def new(
    unit: Annotated[str, typer.Argument(help="村、乡镇或县代码 · village, township or county")],
    name: Annotated[Text, typer.Option(help="名称 · a name")] = None,
) -> None:
    """按现行网格新建草案 · a draft of what is in force below a unit; prints its code."""
    with schema.opened(read_settings()) as engine:
        typer.echo(drafts.open_draft(engine, ADMINISTRATOR, unit, name).plan["code"])


@plan.command()
def export(
    code: Code,
    out: Annotated[Path, typer.Option("-o", "--out", help="输出 · .gpkg, .geojson")],
) -> None:
    """把方案的网格导出，供 QGIS 编辑 · the grids of a plan into a file that QGIS edits."""
    with schema.opened(read_settings()) as engine:
        count = exchange.export_draft(engine, ADMINISTRATOR, code, out)
    typer.echo(f"{out}：{count:,} 个网格 · {count:,} grids")


@plan.command("import")
def import_file(
    code: Code,
    file: Annotated[str, typer.Argument(help="编辑过的文件 · the edited file")],
    crs: Annotated[Text, typer.Option(help="坐标系 · EPSG:xxxx, gcj02, bd09")] = None,
    sheet: Annotated[Text, typer.Option(help="文件内图层 · the layer in the file")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看差异 · only tell")] = False,
    as_json: AsJson = False,
) -> None:
    """把编辑过的网格装回草案：全部，或一个也不装 · edited grids into a draft, all or none."""
    with schema.opened(read_settings()) as engine:
        told = exchange.import_draft(
            engine, ADMINISTRATOR, code, file, crs=crs, layer=sheet, dry_run=dry_run
        )
    clean = all(one.is_clean for one in told)
    if as_json:
        villages = [_as_json(one) for one in told]
        written = {"written": clean and not dry_run, "villages": villages}
        typer.echo(json.dumps(written, ensure_ascii=False))
    for line in () if as_json else _as_text(told, clean, dry_run):
        typer.echo(line)
    if not clean:
        raise typer.Exit(1)


@plan.command()
def network(
    unit: Annotated[str, typer.Argument(help="村、乡镇或县代码 · village, township or county")],
    department: Annotated[str, typer.Argument(help="部门 · the department, e.g. 公安")],
    file: Annotated[str, typer.Argument(help="它的网格 · its grids: .gpkg, .geojson, .zip")],
    code_column: Annotated[str, typer.Option(help="编码列 · column of the codes")] = "code",
    crs: Annotated[Text, typer.Option(help="坐标系 · EPSG:xxxx, gcj02, bd09")] = None,
    sheet: Annotated[Text, typer.Option(help="文件内图层 · the layer in the file")] = None,
    as_json: AsJson = False,
) -> None:
    """保存一个部门的网格，供查看与合并 · keep a department's grids, to look at and to merge."""
    files = [NetworkFile(department, file)]
    with schema.opened(read_settings()) as engine:
        (told,) = keep(engine, ADMINISTRATOR, unit, files, crs=crs, code=code_column, layer=sheet)
    if as_json:
        typer.echo(json.dumps(asdict(told), ensure_ascii=False))
    for line in () if as_json else network_told(told):
        typer.echo(line)


@plan.command()
def discard(code: Code) -> None:
    """放弃草案或部门网格 · take a draft, or a department's network, away."""
    with schema.opened(read_settings()) as engine:
        drafts.discard(engine, ADMINISTRATOR, code)


@plan.command()
def submit(code: Code, note: Note = None) -> None:
    """提交审核 · hand a draft to those who publish."""
    with schema.opened(read_settings()) as engine:
        _tell(drafts.submit(engine, ADMINISTRATOR, code, note))


@plan.command()
def activate(
    code: Code,
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="生效日期 · first day, else today")
    ] = None,
) -> None:
    """启用已提交的方案 · bring a submitted plan into force."""
    with schema.opened(read_settings()) as engine:
        day = valid_from and valid_from.date()
        _tell(drafts.activate(engine, ADMINISTRATOR, code, day))


def network_told(told: Kept) -> Iterator[str]:
    """A network that was kept, and what speaks against its grids, as lines."""
    how = "已存为 · kept as" if told.is_new else "没有变化，仍为 · the same as before:"
    found = told.survey
    yield (
        f"{told.network}：{told.grids:,} 个网格 grids，覆盖 covers {found.covered:.1%}"
        f"  {how} {told.plan}"
    )
    notes = {
        "行图形无效，已修复 · rows were not valid and are mended": [
            str(row) for row in told.mended
        ],
        "个网格部分在辖区外 · grids are partly outside of the territory": [
            f"{code} {share:.0%}" for code, share in found.outside
        ],
        "处重叠 · overlaps": [
            f"{one.codes[0]}×{one.codes[1]} {one.area_m2:,.0f} m²"
            f" ({one.place[0]:.6f},{one.place[1]:.6f})"
            for one in found.overlaps
        ],
    }
    for title, places in notes.items():
        if places:
            more = " …" if len(places) > _MOST_TOLD else ""
            yield f"  ? {len(places):,} {title}: {', '.join(places[:_MOST_TOLD])}{more}"


def _tell(card: PlanCard) -> None:
    row = card.plan
    waits = row["state"] == "draft" and row["submitted_at"] is not None
    typer.echo(f"{row['code']}  {_STATES['submitted' if waits else row['state']]}")


def _as_text(told: Sequence[VillageImport], clean: bool, dry_run: bool) -> Iterator[str]:
    for one in told:
        mended = "；已修补边界 · borders mended" if one.mended and one.is_clean else ""
        yield f"{one.village} {one.name}{mended}"
        for flaw in one.flaws:
            lon, lat = flaw.place
            grids = " ".join(flaw.grids)
            yield f"  ! {_FLAWS[flaw.kind]}  {flaw.area_m2:,.0f} m²  {lon:.6f},{lat:.6f}  {grids}"
        if one.refusal is not None:
            yield f"  ! {one.refusal.zh} · {one.refusal.en}"
        for row in one.differences:
            if row.fate != "same":
                yield (
                    f"  {row.code}  {_FATES[row.fate]}"
                    f"  +{row.gained_m2:,.0f} -{row.lost_m2:,.0f} m²"
                    f"  +{row.gained} -{row.lost} 栋 buildings"
                    f"  {row.households_before}→{row.households_after} 户 households"
                )
        for notice in one.notices:
            yield f"  ? {notice.zh} · {notice.en}"
    if not clean:
        yield "有不能修补的问题，没有导入 · faults that cannot be mended: nothing was taken"
    elif dry_run:
        yield "只看差异，没有导入 · only told, nothing was taken"
    else:
        yield "已装入草案 · taken into the draft"


def _as_json(one: VillageImport) -> dict[str, Any]:
    return {
        "village": one.village,
        "mended": one.mended,
        "flaws": [
            {"kind": f.kind, "grids": f.grids, "area_m2": f.area_m2, "place": f.place}
            for f in one.flaws
        ],
        "refusal": one.refusal and {"rule": one.refusal.rule, "en": one.refusal.en},
        "grids": [vars(row) for row in one.differences if row.fate != "same"],
        "warnings": [{"rule": notice.rule, "en": notice.en} for notice in one.notices],
    }
