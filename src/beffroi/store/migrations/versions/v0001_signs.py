"""Signs, their changes and evidence; counters and quarantine by the hour."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From an empty database."""
    op.create_table(
        "sign",
        sa.Column("opened_at_s", sa.Double, primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("updated_at_s", sa.Double, nullable=False),
        sa.Column("over_at_s", sa.Double),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("sign_over", "sign", ["over_at_s"])
    op.create_table(
        "sign_change",
        sa.Column("opened_at_s", sa.Double, primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("updates", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change", sa.Text, primary_key=True),
        sa.Column("time_s", sa.Double, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "evidence",
        sa.Column("opened_at_s", sa.Double, primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("frame", sa.LargeBinary, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "counter",
        sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "quarantine",
        sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, primary_key=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_table("counted", sa.Column("place", sa.BigInteger, nullable=False))
