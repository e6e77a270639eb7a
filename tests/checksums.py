"""A checksum of every table, so that two states of a database can be compared whole."""

from sqlalchemy import Engine, text


def checksums(engine: Engine) -> dict[str, str]:
    """The number of rows and an order-free MD5 of each table of the schema."""
    with engine.connect() as connection:
        tables = connection.scalars(
            text(
                "SELECT c.relname FROM pg_class c"
                " WHERE c.relnamespace = 'gridmap'::regnamespace AND c.relkind IN ('r', 'p')"
                " ORDER BY 1"
            )
        ).all()
        statement = (
            "SELECT count(*) || ' ' || md5(string_agg(md5(t::text), '' ORDER BY md5(t::text)))"
            ' FROM gridmap."{}" t'
        )
        return {name: str(connection.scalar(text(statement.format(name)))) for name in tables}
