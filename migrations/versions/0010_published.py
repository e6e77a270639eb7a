"""What one may know of the villages one does not work in: sums, the small ones hidden.

Revision ID: 0010
Revises: 0009
"""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
FUNCTIONS = (
    "published_figures()",
    "hide_small(int[], bigint[], int)",
    "hidden_room(int[], bigint[], boolean[])",
)


def upgrade() -> None:
    op.execute((SQL / "0010_published.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION gridmap.{function}")
