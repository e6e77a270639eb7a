"""Who may act, where and how; the audit trail and its seals."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB

from gridmap.db import metadata, recorded

RIGHTS = (
    "territory",
    "premises",
    "residents",
    "incidents",
    "report",
    "edit_plans",
    "publish_plans",
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
    Index(None, "at"),
    Index(None, "actor", "id"),
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


def _account(**options: Any) -> Column[int]:
    return Column(
        "account_id", BigInteger, ForeignKey("gridmap.accounts.id"), nullable=False, **options
    )


def _moment(name: str, default: str | None = None, **options: Any) -> Column[Any]:
    told = None if default is None else text(default)
    return Column(name, DateTime(timezone=True), server_default=told, **options)


passwords = Table(
    "passwords",
    metadata,
    _account(primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("must_change", Boolean, nullable=False, server_default=text("false")),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    _moment("changed_at", "now()", nullable=False),
    comment="argon2id; demo: a password that the log-in page itself tells.",
)

one_time_codes = Table(
    "one_time_codes",
    metadata,
    _account(primary_key=True, autoincrement=False),
    Column("secret", LargeBinary, nullable=False),
    _moment("offered_at", "now()", nullable=False),
    _moment("confirmed_at"),
    Column("last_step", BigInteger, nullable=False, server_default=text("0")),
    comment="Secrets of the authenticator, sealed with the key file; in use once confirmed.",
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    _account(primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    _moment("used_at"),
    comment="SHA-256 of codes of 80 random bits, each good once.",
)

logins = Table(
    "logins",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _account(index=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("via", Text, nullable=False),
    Column("origin", Text),
    _moment("created_at", "now()", nullable=False),
    _moment("last_seen_at", "now()", nullable=False),
    _moment("expires_at", nullable=False),
    _moment("ended_at"),
    CheckConstraint("via IN ('password', 'oidc')", name="via"),
    comment="hash: SHA-256 of the cookie's value, which only the browser has.",
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _account(index=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("rights", ARRAY(Text), nullable=False),
    _moment("created_at", "now()", nullable=False),
    _moment("expires_at", nullable=False),
    _moment("last_used_at"),
    _moment("revoked_at"),
    comment="hash: SHA-256 of the token; rights: the most it may of what its account may.",
)

failed_attempts = Table(
    "failed_attempts",
    metadata,
    Column("about", Text, primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("n", Integer, nullable=False),
    _moment("last_at", nullable=False),
    _moment("locked_until"),
    CheckConstraint("about IN ('account', 'origin')", name="about"),
    comment="key: SHA-256 of an account's name, whether there is one or not, or of an address.",
)
