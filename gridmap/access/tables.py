"""Who may act, where and how; the audit trail and its seals."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB

from gridmap.db import metadata, recorded

RIGHTS = (
    "territory",
    "premises",
    "residents",
    "incidents",
    "report",
    "edit_plans",
    "load",
    "unmask",
    "export",
    "audit",
    "manage",
)
"""What a role can hold: to read a kind of rows, or to do a kind of act."""

roles = Table(
    "roles",
    metadata,
    Column("code", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    *recorded(),
)

role_rights = Table(
    "role_rights",
    metadata,
    Column("role", Text, ForeignKey("gridmap.roles.code"), primary_key=True),
    Column("right_", Text, primary_key=True),
    *recorded(),
    CheckConstraint(
        "right_ IN ({})".format(", ".join(f"'{right}'" for right in RIGHTS)), name="right_"
    ),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("disabled_at", DateTime(timezone=True)),
    *recorded(),
    CheckConstraint("name ~ '^[^[:cntrl:][:space:]]{1,64}$'", name="name"),
    comment="Accounts are disabled, never deleted: the trail names them.",
)

mandates = Table(
    "mandates",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account_id", BigInteger, ForeignKey("gridmap.accounts.id"), nullable=False, index=True),
    Column("role", Text, ForeignKey("gridmap.roles.code"), nullable=False),
    Column("unit_code", Text),
    Column("grid_code", Text),
    Column("valid", DATERANGE, nullable=False, server_default=text("'[2000-01-01,)'::daterange")),
    *recorded(),
    CheckConstraint("unit_code IS NULL OR grid_code IS NULL", name="scope"),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    comment="A role, where and while: in a grid, below a unit, or everywhere when both are null.",
)

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
