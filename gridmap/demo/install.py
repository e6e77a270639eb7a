"""Putting the demo county into the database, through the same load as anybody's files."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from gridmap.access.granting import add_demo_accounts
from gridmap.access.store import record
from gridmap.areas.actions import found
from gridmap.db import Actor, transaction
from gridmap.demo import store
from gridmap.demo.actions import build_town
from gridmap.demo.town import LAYERS, write_town
from gridmap.errors import Conflict, DataError
from gridmap.geo.crs import STORED
from gridmap.ingest.actions import LoadOptions, load
from gridmap.ingest.plans import PlanChoice
from gridmap.profiles import Profile
from gridmap.sealing.key_file import KeyFile

Progress = Callable[[str, int, int | None], None]

PLAN = "initial"


def is_wanted(engine: Engine, actor: Actor) -> bool:
    """Whether a demo would be welcome: nothing of anybody's is here, and none is complete."""
    with transaction(engine, actor) as connection:
        return not store.holds_other_data(connection) and not store.was_finished(connection)


def install(
    engine: Engine,
    actor: Actor,
    profile: Profile,
    data_dir: Path,
    seed: int,
    keys: KeyFile,
    progress: Progress,
) -> dict[str, int]:
    """Build the county of `profile` and load it; returns layer → rows. Again: changes nothing.

    Raises:
        CallError: the profile has no demo inputs.
        Conflict: the database holds another county, or data that no demo wrote.
        DataError: a row was refused, which a whole demo never is.
    """
    found(engine, actor, profile)
    with transaction(engine, actor) as connection:
        if store.holds_other_data(connection):
            raise Conflict(
                "数据库里已有不是示范的数据，没有装入示范县；请用 GRIDMAP_HOME 另选数据目录",
                "the database holds data that is no demo's, so none was loaded: "
                "choose another GRIDMAP_HOME",
            )
    town = build_town(profile, data_dir, seed, progress)
    with tempfile.TemporaryDirectory(prefix="gridmap-demo-") as folder:
        files = write_town(town, Path(folder))
        with transaction(engine, actor) as connection:
            record(connection, "start", "demo", profile=profile.name, seed=seed)
        for number, layer in enumerate(LAYERS):
            progress(f"装入 {layer}", number, len(LAYERS))
            _load_layer(engine, actor, profile, layer, files[layer], keys)
    with transaction(engine, actor) as connection:
        if not store.holds_other_data(connection):
            add_demo_accounts(connection, store.scopes(connection))
        record(connection, "finish", "demo", profile=profile.name, seed=seed)
    progress("完成", len(LAYERS), len(LAYERS))
    return {layer: len(town[layer]) for layer in LAYERS}


def _load_layer(
    engine: Engine, actor: Actor, profile: Profile, layer: str, file: Path, keys: KeyFile
) -> None:
    options = LoadOptions(
        crs=f"EPSG:{STORED}",
        plan=PlanChoice(PLAN),
        source=store.SOURCE,
        rejects=file.with_suffix(".rejects.xlsx"),
        keys=keys,
    )
    report = load(engine, actor, profile, layer, file, options)
    if not report.is_clean:
        reason = next(iter(report.reasons))
        raise DataError(
            f"示范数据 {layer} 有 {report.rejected} 行被拒：{reason.zh}",
            f"{report.rejected} rows of the demo's {layer} were refused: {reason.en}",
        )
