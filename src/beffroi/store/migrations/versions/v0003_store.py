"""Which store this is: the numbers of events are those of one store only."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """From 0002."""
    table = op.create_table("store", sa.Column("id", sa.Text, nullable=False))
    op.bulk_insert(table, [{"id": secrets.token_hex(8)}])
