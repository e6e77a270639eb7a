"""What can be done with territory: one function, one intent, one transaction."""

from sqlalchemy import Engine

from gridmap.areas import store
from gridmap.db import Actor, transaction
from gridmap.errors import Conflict
from gridmap.profiles import Profile


def found(engine: Engine, actor: Actor, profile: Profile) -> bool:
    """Give a new database its county. True if it had none.

    Raises:
        Conflict: the database belongs to another county.
    """
    with transaction(engine, actor) as connection:
        present = store.read_deployment(connection)
        if present is None:
            store.add_deployment(
                connection,
                {
                    "profile_name": profile.name,
                    "profile": profile.model_dump(mode="json"),
                    "county_code": profile.county_code,
                    "area_srid": profile.area_srid,
                    "grid_code_scheme": profile.grid_code.scheme,
                    "time_zone": profile.time_zone,
                },
            )
            return True
    if present["profile_name"] != profile.name:
        raise Conflict(
            f"这个数据库属于配置 {present['profile_name']}，不能当作 {profile.name} 使用；"
            "请换一个 GRIDMAP_HOME，或设置 GRIDMAP_PROFILE",
            f"this database belongs to the profile {present['profile_name']}, not "
            f"{profile.name}: choose another GRIDMAP_HOME, or set GRIDMAP_PROFILE",
        )
    return False
