"""Reads of whole layers. The connection comes first; nothing here commits."""

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection

from gridmap.db import sql


def rows(connection: Connection, layer: str, unmasked: bool) -> pd.DataFrame:
    """Every row of a layer by code, as Python values; `geometry` holds shapely shapes or None.

    Of residents nobody who may be under 14, names masked unless `unmasked`; phones and ID numbers
    sealed.
    """
    values = {"unmasked": unmasked} if layer == "residents" else {}
    found = connection.execute(sql(f"export/sql/{layer}.sql"), values)
    names = list(found.keys())
    table = pd.DataFrame([tuple(row) for row in found], columns=names, dtype=object)
    if "geometry" in names:
        shapes = np.array(table["geometry"], dtype=object)
        table["geometry"] = shapely.from_wkb(shapes)
    return table
