"""What the demo asks of the database before it fills it. The connection comes first."""

from sqlalchemy import Connection, text

from gridmap.access.granting import DemoScopes

SOURCE = "synthetic"
"""The mark on every row of a demo county."""

_FOREIGN = text(
    "SELECT EXISTS (SELECT FROM admin_units WHERE source IS DISTINCT FROM :source)"
    " OR EXISTS (SELECT FROM buildings WHERE source IS DISTINCT FROM :source)"
    " OR EXISTS (SELECT FROM incidents WHERE source IS DISTINCT FROM :source)"
)
_SCOPES = text(
    "SELECT g.code AS grid, left(v.code, 9) AS township, d.county_code AS county"
    " FROM grids g JOIN admin_units v ON v.id = g.village_id CROSS JOIN deployment d"
    " WHERE g.kind <> 'micro' AND upper_inf(g.valid)"
    " ORDER BY (SELECT count(*) FROM incidents i WHERE i.grid_id = g.id) DESC, g.code LIMIT 1"
)
_LAST_ACT = text("SELECT action FROM audit_entries WHERE subject = 'demo' ORDER BY id DESC LIMIT 1")


def holds_other_data(connection: Connection) -> bool:
    """Whether the database holds rows that no demo wrote."""
    return bool(connection.scalar(_FOREIGN, {"source": SOURCE}))


def scopes(connection: Connection) -> DemoScopes:
    """Where its accounts work: the grid of the most incidents, its township, the county."""
    row = connection.execute(_SCOPES).one()
    return DemoScopes(row.grid, row.township, row.county)


def was_finished(connection: Connection) -> bool:
    """Whether a demo has been loaded to its end; an interrupted one is taken up again."""
    return bool(connection.scalar(_LAST_ACT) == "finish")
