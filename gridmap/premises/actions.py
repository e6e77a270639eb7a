"""What can be done with premises: one function, one intent, one transaction."""

from collections.abc import Callable

from sqlalchemy import Engine

from gridmap.db import Actor, transaction
from gridmap.premises import store


def place(
    engine: Engine, actor: Actor, progress: Callable[[str], None] | None = None
) -> dict[str, int]:
    """Give all buildings, assets and organisations the grid in force today.

    Needed after grids were loaded, or a plan came into force, later than the premises.

    Returns:
        How many rows of each layer changed their grid.
    """
    changed: dict[str, int] = {}
    with transaction(engine, actor) as connection:
        for layer in store.PLACED_LAYERS:
            if progress:
                progress(layer)
            changed[layer] = store.place(connection, layer)
    return changed
