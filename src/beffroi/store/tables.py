"""Tables: what the records consist of; the migrations make the same.

sign ─┬─ sign_change     what the machine said
      ├─ act             what people did; rows are only added
      ├─ event           both in one order: where the sign stood after each
      └─ evidence        the observations that it cites
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
    sa.Column("undo", sa.BigInteger))  # fmt: skip
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
