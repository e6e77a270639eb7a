"""The audit trail and its seals."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from gridmap.db import metadata

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("actor", Text, nullable=False, server_default=text("gridmap.actor()")),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("reason", Text),
    Column(
        "origin",
        Text,
        server_default=text(
            "coalesce(nullif(current_setting('gridmap.origin', true), ''),"
            " host(inet_client_addr()), 'socket')"
        ),
    ),
    comment="Append-only: who did what to which layer, when. Triggers write it with the act.",
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", BigInteger, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False),
    comment="The audit trail's lines in the order of their commits, each sealed with the last.",
)
