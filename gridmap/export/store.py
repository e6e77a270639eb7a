"""Reads of whole layers. The connection comes first; nothing here commits."""

from datetime import date

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection

from gridmap.db import sql
from gridmap.export.layers import Layer


def rows(
    connection: Connection, layer: Layer, unmasked: bool, as_of: date | None = None
) -> pd.DataFrame:
    """Every row of a layer by code, as Python values; `geometry` holds shapely shapes or None.

    Of residents nobody who may be under 14, names masked unless `unmasked`; phones and ID numbers
    sealed. `as_of` is the day whose rows are meant, of a dated layer; None is today.
    """
    values: dict[str, object] = {"unmasked": unmasked} if layer.name == "residents" else {}
    if layer.dated:
        values["as_of"] = as_of
    found = connection.execute(sql(f"export/sql/{layer.name}.sql"), values)
    names = list(found.keys())
    table = pd.DataFrame([tuple(row) for row in found], columns=names, dtype=object)
    if "geometry" in names:
        shapes = np.array(table["geometry"], dtype=object)
        table["geometry"] = shapely.from_wkb(shapes)
    return table
