"""What can be done with territory: one function, one intent, one transaction."""

from sqlalchemy import Engine

from gridmap.areas import store
from gridmap.db import Actor, transaction
from gridmap.errors import Conflict
from gridmap.profiles import Profile


def profile_in_force(engine: Engine, actor: Actor, wanted: Profile) -> Profile:
    """The profile the database was made with; a new database takes `wanted` and keeps it."""
    with transaction(engine, actor) as connection:
        present = store.read_deployment(connection)
        if present is not None:
            return Profile.model_validate(present["profile"])
        store.add_deployment(
            connection,
            {
                "profile_name": wanted.name,
                "profile": wanted.model_dump(mode="json"),
                "county_code": wanted.county_code,
                "area_srid": wanted.area_srid,
                "grid_code_scheme": wanted.grid_code.scheme,
                "time_zone": wanted.time_zone,
            },
        )
        return wanted


def found(engine: Engine, actor: Actor, profile: Profile) -> None:
    """Give a new database its county.

    Raises:
        Conflict: the database belongs to another county.
    """
    present = profile_in_force(engine, actor, profile)
    if present.name != profile.name:
        raise Conflict(
            f"这个数据库属于配置 {present.name}，不能当作 {profile.name} 使用；"
            "请用 GRIDMAP_HOME 另选数据目录",
            f"this database belongs to the profile {present.name}, not {profile.name}: "
            "choose another GRIDMAP_HOME",
        )
