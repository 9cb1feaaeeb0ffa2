"""The audit log. Acts that were there before get their entries, which say that they were written later."""

import secrets
from hashlib import sha256
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from beffroi.kernels import merkle

revision = "0004"
down_revision = "0003"

_ACT = (
    "number",
    "opened_at_s",
    "id",
    "code",
    "by",
    "at_s",
    "priority",
    "until_s",
    "reason",
    "outcome",
    "undo",
)
_COLUMNS: list[sa.Column[Any]] = [sa.Column(name) for name in (*_ACT, "entry", "salt")]


def upgrade() -> None:
    """From 0003."""
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("audit_subject", "audit_entry", ["subject", "number"])
    op.create_table(
        "audit_head",
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.add_column("act", sa.Column("entry", sa.BigInteger))
    op.add_column("act", sa.Column("salt", sa.LargeBinary))
    op.create_index("act_entry", "act", ["entry"], unique=True)
    _log(op.get_bind())


def _log(db: sa.Connection) -> None:
    """Give each act its entry, and the log its head."""
    act = sa.table("act", *_COLUMNS)
    entry = sa.table("audit_entry", *map(sa.column, ("number", "subject", "body")))
    frontier: merkle.Frontier = ()
    rows = db.execute(sa.select(*(act.c[name] for name in _ACT)).order_by(act.c.number)).all()
    for number, row in enumerate(rows):
        salt = secrets.token_bytes(16)
        act_body = {name: value for name, value in row._mapping.items() if value is not None}
        said = _entry(row, sha256(salt + msgspec.msgpack.encode(act_body)).digest())
        body = msgspec.msgpack.encode(said)
        db.execute(sa.insert(entry), {"number": number, "subject": said["subject"], "body": body})
        db.execute(sa.update(act).where(act.c.number == row.number).values(entry=number, salt=salt))
        frontier = merkle.grown(number, frontier, merkle.leaf_hash(body))
    head = sa.table("audit_head", sa.column("size"), sa.column("frontier"))
    db.execute(sa.insert(head), {"size": len(rows), "frontier": b"".join(frontier)})


def _entry(row: Any, digest: bytes) -> dict[str, Any]:
    return {
        "at_s": row.at_s,
        "by": row.by,
        "action": f"sign.{row.code}",
        "subject": f"sign:{row.id}-{round(row.opened_at_s * 1000)}",
        "purpose": "written when the log began",
        "digest": digest,
    }
