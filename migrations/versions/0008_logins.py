"""Log-ins: passwords, one-time codes, open log-ins, tokens, failed attempts.

Revision ID: 0008
Revises: 0007
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
FUNCTIONS = (
    "credentials(text)",
    "read_login(bytea)",
    "read_token(bytea)",
    "demo_accounts()",
    "begin_attempt(text, bytea, integer)",
    "take_back_attempt(text, bytea, boolean)",
    "open_login(bytea, text)",
    "end_login(bigint)",
    "end_other_logins(bigint)",
    "set_password(text)",
    "offer_code(bytea)",
    "offered_code()",
    "confirm_code(bigint, bytea[])",
    "use_code(bigint)",
    "use_recovery_code(bytea)",
    "remove_code()",
    "make_token(bytea, text, text[], integer)",
    "revoke_token(bigint)",
)


def moment(name: str, now: bool = False) -> sa.Column:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=not now)


def account(**options: object) -> sa.Column:
    return sa.Column("account_id", sa.BigInteger(), nullable=False, **options)


def of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["gridmap.accounts.id"], name=op.f(f"{table}_account_id_fkey")
    )


def upgrade() -> None:
    op.create_table(
        "passwords",
        account(autoincrement=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        moment("changed_at", now=True),
        of_account("passwords"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("passwords_pkey")),
        schema="gridmap",
        comment="argon2id; demo: a password that the log-in page itself tells.",
    )
    op.create_table(
        "one_time_codes",
        account(autoincrement=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        moment("offered_at", now=True),
        moment("confirmed_at"),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        of_account("one_time_codes"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("one_time_codes_pkey")),
        schema="gridmap",
        comment="Secrets of the authenticator, sealed with the key file; in use once confirmed.",
    )
    op.create_table(
        "recovery_codes",
        account(),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        moment("used_at"),
        of_account("recovery_codes"),
        sa.PrimaryKeyConstraint("account_id", "hash", name=op.f("recovery_codes_pkey")),
        schema="gridmap",
        comment="SHA-256 of codes of 80 random bits, each good once.",
    )
    op.create_table(
        "logins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        account(),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        moment("created_at", now=True),
        moment("last_seen_at", now=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        moment("ended_at"),
        sa.CheckConstraint("via IN ('password', 'oidc')", name=op.f("logins_via_check")),
        of_account("logins"),
        sa.PrimaryKeyConstraint("id", name=op.f("logins_pkey")),
        sa.UniqueConstraint("hash", name=op.f("logins_hash_key")),
        schema="gridmap",
        comment="hash: SHA-256 of the cookie's value, which only the browser has.",
    )
    op.create_index(op.f("logins_account_id_idx"), "logins", ["account_id"], schema="gridmap")
    op.create_table(
        "tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        account(),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rights", postgresql.ARRAY(sa.Text()), nullable=False),
        moment("created_at", now=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        moment("last_used_at"),
        moment("revoked_at"),
        of_account("tokens"),
        sa.PrimaryKeyConstraint("id", name=op.f("tokens_pkey")),
        sa.UniqueConstraint("hash", name=op.f("tokens_hash_key")),
        schema="gridmap",
        comment="hash: SHA-256 of the token; rights: the most it may of what its account may.",
    )
    op.create_index(op.f("tokens_account_id_idx"), "tokens", ["account_id"], schema="gridmap")
    op.create_table(
        "failed_attempts",
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        moment("locked_until"),
        sa.CheckConstraint(
            "about IN ('account', 'origin')", name=op.f("failed_attempts_about_check")
        ),
        sa.PrimaryKeyConstraint("about", "key", name=op.f("failed_attempts_pkey")),
        schema="gridmap",
        comment="key: SHA-256 of an account's name, whether there is one or not, or of an address.",
    )
    op.execute((SQL / "0008_logins.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP FUNCTION gridmap.end_demo() CASCADE")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION gridmap.{function}")
    for table in (
        "failed_attempts",
        "tokens",
        "logins",
        "recovery_codes",
        "one_time_codes",
        "passwords",
    ):
        op.drop_table(table, schema="gridmap")
    op.execute("DROP FUNCTION gridmap.actor_id()")
