"""People: accounts, their roles, second factors, sessions, one-time links, failed logins."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """From 0004."""
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("issued", sa.Text),
        sa.Column("made_at_s", sa.Double, nullable=False),
        sa.Column("closed_at_s", sa.Double),
        sqlite_autoincrement=True,
    )
    op.create_index("person_login", "person", ["login"], unique=True)
    op.create_index("person_issued", "person", ["issued"], unique=True)
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at_s", sa.Double, nullable=False),
        sa.Column("agreed_by", sa.Text),
        sa.Column("from_s", sa.Double),
        sa.Column("ended_by", sa.Text),
        sa.Column("ended_at_s", sa.Double),
        sqlite_autoincrement=True,
    )
    op.create_index("grant_person", "role_grant", ["person"])
    op.create_table(
        "factor",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("counter", sa.BigInteger, nullable=False),
        sa.Column("made_at_s", sa.Double, nullable=False),
        sa.Column("used_at_s", sa.Double),
        sqlite_autoincrement=True,
    )
    op.create_index("factor_person", "factor", ["person"])
    op.create_table(
        "session",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made_at_s", sa.Double, nullable=False),
        sa.Column("seen_at_s", sa.Double, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("session_token", "session", ["token"], unique=True)
    op.create_table(
        "link",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("person", sa.Integer),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at_s", sa.Double, nullable=False),
        sa.Column("until_s", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("link_secret", "link", ["secret"], unique=True)
    op.create_table(
        "login_try",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("at_s", sa.Double, nullable=False),
    )
