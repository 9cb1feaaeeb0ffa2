"""Tables: what the records consist of; the migrations make the same.

sign ─┬─ sign_change     what the machine said
      ├─ act             what people did; rows are only added
      ├─ event           both in one order: where the sign stood after each
      └─ evidence        the observations that it cites

audit_head ── audit_entry ── audit_checkpoint     the log of what people did and read: see `ledger`
                  ├─ act.entry, with the salt of its digest
                  └─ entry.entry ── about      what befell cases, the aerodrome, handovers: see `cases`
"""

import sqlalchemy as sa

TABLES = sa.MetaData()
# The key of a sign is its number and when it was opened: a watch that lost its state counts from 1 again.
SIGN = sa.Table("sign", TABLES, sa.Column("opened_at_s", sa.Double, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("rule", sa.Text),
    sa.Column("subject", sa.Text), sa.Column("priority", sa.Text), sa.Column("updated_at_s", sa.Double),
    sa.Column("over_at_s", sa.Double), sa.Column("body", sa.LargeBinary),
    sa.Column("event", sa.BigInteger), sa.Column("ended_at_s", sa.Double))  # fmt: skip
CHANGE = sa.Table("sign_change", TABLES, sa.Column("opened_at_s", sa.Double, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("updates", sa.Integer, primary_key=True),
    sa.Column("change", sa.Text, primary_key=True), sa.Column("time_s", sa.Double),
    sa.Column("body", sa.LargeBinary))  # fmt: skip
EVIDENCE = sa.Table("evidence", TABLES, sa.Column("opened_at_s", sa.Double, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("frame", sa.LargeBinary, primary_key=True),
    sa.Column("body", sa.LargeBinary))  # fmt: skip
EVENT = sa.Table("event", TABLES, sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("at_s", sa.Double), sa.Column("opened_at_s", sa.Double), sa.Column("id", sa.BigInteger),
    sa.Column("updates", sa.Integer), sa.Column("change", sa.Text), sa.Column("priority", sa.Text),
    sa.Column("state", sa.Text), sa.Column("act", sa.BigInteger), sa.Column("rings", sa.Boolean))  # fmt: skip
ACT = sa.Table("act", TABLES, sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("opened_at_s", sa.Double), sa.Column("id", sa.BigInteger), sa.Column("code", sa.Text),
    sa.Column("by", sa.Text), sa.Column("at_s", sa.Double), sa.Column("priority", sa.Text),
    sa.Column("until_s", sa.Double), sa.Column("reason", sa.Text), sa.Column("outcome", sa.Text),
    sa.Column("undo", sa.BigInteger), sa.Column("entry", sa.BigInteger),
    sa.Column("salt", sa.LargeBinary))  # fmt: skip
# The last number that was given to an event, and its time. Numbers outlive their events.
NUMBER = sa.Table("event_number", TABLES, sa.Column("last", sa.BigInteger), sa.Column("at_s", sa.Double))
# One row: made at random with the records.
STORE = sa.Table("store", TABLES, sa.Column("id", sa.Text))
COUNTER = sa.Table("counter", TABLES, sa.Column("hour", sa.BigInteger, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True), sa.Column("name", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger))  # fmt: skip
QUARANTINE = sa.Table("quarantine", TABLES, sa.Column("hour", sa.BigInteger, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True), sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("place", sa.Text), sa.Column("count", sa.BigInteger))  # fmt: skip
COUNTED = sa.Table("counted", TABLES, sa.Column("place", sa.BigInteger))
# Numbers from 0 are the leaves of a Merkle tree. The subject is in the body, too; here it can be looked for.
AUDIT_ENTRY = sa.Table("audit_entry", TABLES, sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("subject", sa.Text), sa.Column("body", sa.LargeBinary))  # fmt: skip
# One row: how many entries, and the frontier of the tree over them.
AUDIT_HEAD = sa.Table("audit_head", TABLES, sa.Column("size", sa.BigInteger),
    sa.Column("frontier", sa.LargeBinary))  # fmt: skip
AUDIT_CHECKPOINT = sa.Table("audit_checkpoint", TABLES, sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("note", sa.Text))  # fmt: skip
# What people work on, as far as entries befall it: `case:7`, `aerodrome`, `handover:3`. The version counts
# them; 0: what befell it has died.
ABOUT = sa.Table("about", TABLES, sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger), sa.Column("closed_s", sa.Double))  # fmt: skip
# The body lies sealed under the key of its holder; the digest in the log is of the row as it lies.
ENTRY = sa.Table("entry", TABLES, sa.Column("about", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True), sa.Column("at_s", sa.Double),
    sa.Column("by", sa.Text), sa.Column("role", sa.Text), sa.Column("code", sa.Text),
    sa.Column("subject", sa.Text), sa.Column("exercise", sa.Boolean), sa.Column("holder", sa.Text),
    sa.Column("body", sa.LargeBinary), sa.Column("entry", sa.BigInteger),
    sa.Column("salt", sa.LargeBinary))  # fmt: skip
# Who may come in, see `people`. Numbers of persons are never given again.
PERSON = sa.Table("person", TABLES, sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("login", sa.Text), sa.Column("name", sa.Text),
    sa.Column("password", sa.Text), sa.Column("issued", sa.Text), sa.Column("made_at_s", sa.Double),
    sa.Column("closed_at_s", sa.Double),
    sqlite_autoincrement=True)  # fmt: skip
GRANT = sa.Table("role_grant", TABLES, sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("person", sa.Integer), sa.Column("role", sa.Text), sa.Column("asked_by", sa.Text),
    sa.Column("asked_at_s", sa.Double), sa.Column("agreed_by", sa.Text), sa.Column("from_s", sa.Double),
    sa.Column("ended_by", sa.Text), sa.Column("ended_at_s", sa.Double),
    sqlite_autoincrement=True)  # fmt: skip
FACTOR = sa.Table("factor", TABLES, sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("person", sa.Integer), sa.Column("kind", sa.Text), sa.Column("label", sa.Text),
    sa.Column("secret", sa.LargeBinary), sa.Column("counter", sa.BigInteger),
    sa.Column("made_at_s", sa.Double), sa.Column("used_at_s", sa.Double),
    sqlite_autoincrement=True)  # fmt: skip
SESSION = sa.Table("session", TABLES, sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("token", sa.LargeBinary), sa.Column("person", sa.Integer), sa.Column("state", sa.Text),
    sa.Column("made_at_s", sa.Double), sa.Column("seen_at_s", sa.Double), sa.Column("address", sa.Text),
    sqlite_autoincrement=True)  # fmt: skip
LINK = sa.Table("link", TABLES, sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("secret", sa.LargeBinary), sa.Column("person", sa.Integer), sa.Column("name", sa.Text),
    sa.Column("roles", sa.Text), sa.Column("made_by", sa.Text), sa.Column("made_at_s", sa.Double),
    sa.Column("until_s", sa.Double), sqlite_autoincrement=True)  # fmt: skip
# Failed logins in a row, of an account or of an address; the key is a digest.
TRY = sa.Table("login_try", TABLES, sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("failures", sa.Integer), sa.Column("at_s", sa.Double))  # fmt: skip
