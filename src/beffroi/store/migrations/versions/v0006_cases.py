"""Cases, the aerodrome, handovers: what befell them, entry by entry; and the keys under which it lies."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """From 0005."""
    op.create_table(
        "about",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("closed_s", sa.Double),
    )
    op.create_index("about_closed", "about", ["closed_s"])
    op.create_table(
        "entry",
        sa.Column("about", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at_s", sa.Double, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("exercise", sa.Boolean, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("entry", sa.BigInteger, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
    )
    op.create_index("entry_holder", "entry", ["holder"])
    op.create_index("entry_entry", "entry", ["entry"], unique=True)
    op.create_table(
        "vault_key",
        sa.Column("holder", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
