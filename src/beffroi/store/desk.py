"""Desk: the numbered events of signs, inside the transactions of the records.

A number is taken by an update of the one row of `event_number`. That takes the write lock (of the database or
of the row): whoever reads a sign after it reads how it stands for good, numbers are committed in their order,
and one that is rolled back is given again, so none is ever skipped. Times of events never go back.
An act and its entry in the audit log are written together.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from beffroi.errors import DeskError
from beffroi.life import CLOCK, Act, DeskSign, Event, Life, acted, key_of, parts, rings, said, undone
from beffroi.sign import Sign
from beffroi.store.ledger import Entry, append, extend, sealed
from beffroi.store.tables import ACT, CHANGE, EVENT, NUMBER, SIGN

_LIFE = ("number", "code", "by", "at_s", "priority", "until_s", "reason", "outcome", "undo")
_SAME_CHANGE = sa.and_(
    *(CHANGE.c[name] == EVENT.c[name] for name in ("opened_at_s", "id", "updates", "change"))
)
_EVENTS = (
    sa.select(EVENT.c.number, EVENT.c.at_s, EVENT.c.state, EVENT.c.rings, CHANGE.c.body)
    .add_columns(*(ACT.c[name].label(f"act_{name}") for name in _LIFE))
    .select_from(EVENT.join(CHANGE, _SAME_CHANGE).outerjoin(ACT, ACT.c.number == EVENT.c.act))
)
_BODY = msgspec.msgpack.Decoder(Sign)


def changed(db: sa.Connection, sign: Sign) -> None:
    """The machine said something of a sign, and its rows are written: this is the next event."""
    number, at_s = _next(db, sign.time_s)
    before = _latest(db, sign.opened_at_s, sign.id)
    after = DeskSign(sign=sign, state=said(before, sign), life=before.life if before else None,
                     changed_s=at_s, event=number)  # fmt: skip
    _put(db, after, rings(before, after))


def act(db: sa.Connection, key: str, wish: Act) -> int:
    """Somebody did something with a sign: the number of the event. Raises DeskError."""
    number, at_s = _next(db, wish.at_s)
    wish = msgspec.structs.replace(wish, at_s=at_s)
    opened_at_s, sign = _named(db, key)
    stood = _latest(db, opened_at_s, sign)
    if stood is None:
        raise DeskError("unknown", key, "key", "there is no such sign")
    after = _undone(db, stood, wish, number) if wish.code == "undo" else acted(stood, wish, number)
    _put(db, after, rings(stood, after))
    row = msgspec.to_builtins(after.life) | {"number": number, "opened_at_s": opened_at_s, "id": sign}
    _write_down(db, {name: row.get(name) for name in ACT.columns.keys()}, stood.sign.exercise)  # noqa: SIM118
    return number


def told(row: Mapping[str, Any]) -> tuple[str, str, bytes]:
    """What the entry of a row of `act` must say: action and subject; and the body under its digest."""
    body = {name: value for name, value in row.items() if value is not None and name not in ("entry", "salt")}
    return f"sign.{row['code']}", _subject(row["opened_at_s"], row["id"]), msgspec.msgpack.encode(body)


def purged(db: sa.Connection, opened: sa.Select[Any], now_s: float) -> None:
    """Say in the audit log of which signs the acts are deleted now, all at once."""
    query = sa.select(ACT.c.opened_at_s, ACT.c.id).distinct().order_by(ACT.c.opened_at_s, ACT.c.id)
    rows = db.execute(query.where(sa.tuple_(ACT.c.opened_at_s, ACT.c.id).in_(opened))).all()
    if rows:
        extend(db, [Entry(at_s=now_s, by=CLOCK, action="purge.sign", subject=_subject(*row)) for row in rows])


def _write_down(db: sa.Connection, row: dict[str, Any], exercise: bool) -> None:
    """Write an act and its entry, which holds its digest alone."""
    if row["until_s"] is not None:
        row["until_s"] = float(row["until_s"])  # as it will be read
    action, subject, body = told(row)
    row["salt"], digest = sealed(body)
    entry = Entry(
        at_s=row["at_s"], by=row["by"], action=action, subject=subject, digest=digest, exercise=exercise
    )
    row["entry"] = append(db, entry)
    db.execute(sa.insert(ACT), row)


def _subject(opened_at_s: float, sign: int) -> str:
    return f"sign:{key_of(sign, opened_at_s)}"


def _undone(db: sa.Connection, stood: DeskSign, wish: Act, number: int) -> DeskSign:
    place, back = (stood.sign.opened_at_s, stood.sign.id), wish.undo or 0
    led, earlier = _latest(db, *place, upto=back), _latest(db, *place, upto=back - 1)
    if led is None or earlier is None:
        raise DeskError("refused", stood.key, "undo", f"{wish.undo} is no act on this sign")
    return undone(stood, led, earlier, wish, number)


def _next(db: sa.Connection, at_s: float) -> tuple[int, float]:
    """The next number, and the time of its event."""
    later = sa.case((NUMBER.c.at_s > at_s, NUMBER.c.at_s), else_=at_s)
    db.execute(sa.update(NUMBER).values(last=NUMBER.c.last + 1, at_s=later))
    number, time_s = db.execute(sa.select(NUMBER.c.last, NUMBER.c.at_s)).one()
    return int(number), float(time_s)


def _named(db: sa.Connection, key: str) -> tuple[float, int]:
    """The key in the tables of the sign that is called so."""
    sign, opened_at_s = parts(key)
    near = SIGN.c.opened_at_s.between(opened_at_s - 0.0006, opened_at_s + 0.0006)
    row = db.execute(sa.select(SIGN.c.opened_at_s, SIGN.c.id).where(near, SIGN.c.id == sign)).first()
    if row is None:
        raise DeskError("unknown", key, "key", "there is no such sign")
    return float(row[0]), int(row[1])


def _latest(db: sa.Connection, opened_at_s: float, sign: int, upto: int | None = None) -> DeskSign | None:
    """How a sign stood after the event `upto`; None: after the last one."""
    query = _EVENTS.where(EVENT.c.opened_at_s == opened_at_s, EVENT.c.id == sign)
    if upto is not None:
        query = query.where(EVENT.c.number <= upto)
    row = db.execute(query.order_by(EVENT.c.number.desc()).limit(1)).first()
    return None if row is None else _event(row).sign


def _put(db: sa.Connection, after: DeskSign, rang: bool) -> None:
    sign = after.sign
    row = {
        "number": after.event, "at_s": after.changed_s, "opened_at_s": sign.opened_at_s, "id": sign.id,
        "updates": sign.updates, "change": sign.change, "priority": sign.priority, "state": after.state,
        "act": after.life.act if after.life else None, "rings": rang,
    }  # fmt: skip
    db.execute(sa.insert(EVENT), row)
    now = {"event": after.event, "ended_at_s": after.changed_s if after.ended else None}
    db.execute(sa.update(SIGN).where(SIGN.c.opened_at_s == sign.opened_at_s, SIGN.c.id == sign.id), now)


# What is asked


def last() -> sa.Select[Any]:
    """The number of the last event."""
    return sa.select(NUMBER.c.last)


def last_by(at_s: float) -> sa.Select[Any]:
    """The number of the last event that was by then; one row, which may be NULL."""
    return sa.select(sa.func.max(EVENT.c.number)).where(EVENT.c.at_s <= at_s)


def after(number: int, limit: int) -> sa.Select[Any]:
    """The events after a number, in their order."""
    return _EVENTS.where(EVENT.c.number > number).order_by(EVENT.c.number).limit(limit)


def rang_after(at_s: float) -> sa.Select[Any]:
    """The events after a time that raised an alarm."""
    return _EVENTS.where(EVENT.c.at_s > at_s, EVENT.c.rings).order_by(EVENT.c.number)


def standing() -> sa.Select[Any]:
    """The last event of each sign that has not ended."""
    there = sa.select(SIGN.c.event).where(SIGN.c.ended_at_s.is_(None))
    return _EVENTS.where(EVENT.c.number.in_(there)).order_by(EVENT.c.number)


def ended(limit: int, rule: str | None = None) -> sa.Select[Any]:
    """The last event of the signs that ended last, newest first; of one rule, or of all."""
    query = sa.select(SIGN.c.event).where(SIGN.c.ended_at_s.is_not(None))
    if rule is not None:
        query = query.where(SIGN.c.rule == rule)
    query = query.order_by(SIGN.c.ended_at_s.desc()).limit(limit)
    return _EVENTS.where(EVENT.c.number.in_(query)).order_by(EVENT.c.number.desc())


def of(key: str) -> sa.Select[Any]:
    """All events of one sign, in their order. Raises DeskError."""
    sign, opened_at_s = parts(key)
    near = EVENT.c.opened_at_s.between(opened_at_s - 0.0006, opened_at_s + 0.0006)
    return _EVENTS.where(near, EVENT.c.id == sign).order_by(EVENT.c.number)


def stood(number: int, at_s: float) -> sa.Select[Any]:
    """The last event up to a number, and its time, of each sign that may not have ended by then."""
    newest = sa.select(sa.func.max(EVENT.c.number)).where(
        EVENT.c.opened_at_s == SIGN.c.opened_at_s, EVENT.c.id == SIGN.c.id, EVENT.c.number <= number
    )
    alive = sa.or_(SIGN.c.ended_at_s.is_(None), SIGN.c.ended_at_s > at_s)
    there = sa.select(newest.scalar_subquery()).where(SIGN.c.opened_at_s <= at_s, alive)
    return _EVENTS.where(EVENT.c.number.in_(there)).order_by(EVENT.c.number)


def marks(from_s: float, to_s: float) -> sa.Select[Any]:
    """(when it was opened, number of the sign, rule, a priority that it had) of signs opened in a time."""
    here = sa.and_(SIGN.c.opened_at_s == EVENT.c.opened_at_s, SIGN.c.id == EVENT.c.id)
    query = sa.select(SIGN.c.opened_at_s, SIGN.c.id, SIGN.c.rule, EVENT.c.priority).distinct()
    opened = SIGN.c.opened_at_s.between(from_s, to_s)
    return query.select_from(SIGN.join(EVENT, here)).where(opened).order_by(SIGN.c.opened_at_s, SIGN.c.id)


def events(rows: Iterable[Any]) -> list[Event]:
    """The events of the rows of a query."""
    return [_event(row) for row in rows]


def _event(row: Any) -> Event:
    life = None
    if row.act_number is not None:
        life = Life(act=row.act_number, **{name: getattr(row, f"act_{name}") for name in _LIFE[1:]})
    sign = DeskSign(sign=_BODY.decode(row.body), state=row.state, life=life,
                    changed_s=row.at_s, event=row.number)  # fmt: skip
    return Event(number=row.number, sign=sign, rings=bool(row.rings))
