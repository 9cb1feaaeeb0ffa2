"""What people do with signs: acts, and the numbered events of both.

A sign that was there before gets one event: new, or acknowledged if it was over already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From 0001."""
    op.add_column("sign", sa.Column("event", sa.BigInteger))
    op.add_column("sign", sa.Column("ended_at_s", sa.Double))
    op.create_index("sign_ended", "sign", ["ended_at_s"])
    op.create_table(
        "event",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at_s", sa.Double, nullable=False),
        sa.Column("opened_at_s", sa.Double, nullable=False),
        sa.Column("id", sa.BigInteger, nullable=False),
        sa.Column("updates", sa.Integer, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("act", sa.BigInteger),
        sa.Column("rings", sa.Boolean, nullable=False),
    )
    op.create_index("event_sign", "event", ["opened_at_s", "id", "number"])
    op.create_index("event_at", "event", ["at_s"])
    op.create_table(
        "act",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("opened_at_s", sa.Double, nullable=False),
        sa.Column("id", sa.BigInteger, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at_s", sa.Double, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("until_s", sa.Double),
        sa.Column("reason", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("undo", sa.BigInteger),
    )
    op.create_index("act_sign", "act", ["opened_at_s", "id"])
    op.create_table(
        "event_number",
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("at_s", sa.Double, nullable=False),
    )
    op.execute(_EVENTS)
    op.execute(
        "UPDATE sign SET event = (SELECT number FROM event e WHERE e.opened_at_s = sign.opened_at_s"
        " AND e.id = sign.id), ended_at_s = over_at_s"
    )
    op.execute(
        "INSERT INTO event_number SELECT coalesce(max(number), 0), coalesce(max(at_s), 0.0) FROM event"
    )


_EVENTS = """
    INSERT INTO event (number, at_s, opened_at_s, id, updates, change, priority, state, act, rings)
    SELECT row_number() OVER (ORDER BY s.updated_at_s, s.opened_at_s, s.id), s.updated_at_s, s.opened_at_s,
           s.id, c.updates, c.change, s.priority,
           CASE WHEN s.over_at_s IS NULL THEN 'new' ELSE 'acknowledged' END, NULL, s.updated_at_s < 0
    FROM sign s JOIN sign_change c ON c.opened_at_s = s.opened_at_s AND c.id = s.id
    WHERE c.updates = (SELECT max(d.updates) FROM sign_change d
                       WHERE d.opened_at_s = s.opened_at_s AND d.id = s.id)
"""
"""`updates` is new with each change. The comparison at the end of the columns is false on every engine."""
