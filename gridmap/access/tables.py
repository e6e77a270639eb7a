"""The audit trail."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Table, Text, text
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
    comment="Append-only: who did what to which layer, when. Triggers write it with the act.",
)
