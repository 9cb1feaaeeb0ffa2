"""The examination: whatever is changed in the database from outside is found, and where."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from beffroi import case
from beffroi.errors import StoreError
from beffroi.kernels import merkle
from beffroi.site import Store as Limits
from beffroi.store import ledger, signer
from beffroi.store.audit import Audit
from beffroi.store.cases import Entries
from beffroi.store.records import DAY_S, Records
from beffroi.store.tables import ACT
from beffroi.store.vault import Vault
from beffroi.store.verdict import Verdict, judge
from logged import SAFEGUARDS, Store, entry
from made import START_S

ROUNDS = 10_000


class Given:
    """A store that is closed, and what was taken out of it before."""

    def __init__(self, directory: Path) -> None:
        store = Store(directory)
        store.live()
        cases = Entries(store.records, Vault(directory, store.records))
        for number in range(1, 3):
            for version, code in enumerate(("opened", "note"), 1):
                said = {"at_s": START_S, "by": "person:1", "role": "supervisor", "params": {"text": "birds"}}
                about = {"about": f"case:{number}", "version": version, "code": code}
                cases.append([msgspec.convert(about | said, case.Entry)])
        self.directory, self.key = directory, store.audit.key
        self.checkpoint = store.audit.checkpoint()
        store.close()
        self.bytes = (directory / "records.sqlite").read_bytes()
        with sqlite3.connect(directory / "records.sqlite") as db:
            self.rows = _rows(db)
        db.close()

    def changed(self, directory: Path, *sql: str) -> Verdict:
        """What is found after these statements."""
        path = directory / "records.sqlite"
        path.write_bytes(self.bytes)
        with sqlite3.connect(path) as db:
            for statement in sql:
                db.execute(statement)
        db.close()
        return self.found(directory)

    def found(self, directory: Path) -> Verdict:
        records = Records.within(directory, migrate=False)
        try:
            return judge(records, [self.checkpoint], [self.key])
        finally:
            records.close()


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    return Given(tmp_path_factory.mktemp("given"))


def _rows(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {table: db.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall() for table in TABLES}


def test_a_log_that_nobody_touched_holds(given: Given) -> None:
    verdict = given.found(given.directory)
    assert verdict.faults == []
    assert verdict.size == verdict.covered == len(given.rows["audit_entry"]) == 29
    assert [key for _, key in verdict.keys] == [given.key]


@pytest.mark.parametrize(("sql", "place", "reason"), [
    ("UPDATE audit_entry SET subject = 'case:9' WHERE number = 4", "entry 4", "filed under 'case:9'"),
    ("DELETE FROM audit_entry WHERE number = 4", "entry 4", "it is missing: 5"),
    ("DELETE FROM audit_entry WHERE number > 20", "checkpoint 4", "25 entries and 21 are there: the tail"),
    ("UPDATE audit_entry SET body = zeroblob(9) WHERE number = 4", "entry 4", "entry: "),
    ("UPDATE audit_entry SET body = (SELECT body FROM audit_entry WHERE number = 7) WHERE number = 4",
     "checkpoint 2", "an entry from 1 to 8 is not what it was (and 4 more"),
    ("UPDATE audit_head SET size = 28", "head", "29 entries (it says: 28)"),
    ("UPDATE audit_head SET frontier = zeroblob(96)", "head", "does not fit"),
    ("DELETE FROM audit_head", "head", "0 rows instead of one"),
    ("DELETE FROM audit_checkpoint WHERE number = 2", "checkpoint 2", "missing: 3"),
    ("DELETE FROM audit_checkpoint WHERE number = 5", "given checkpoint 1", "does not keep it"),
    ("UPDATE audit_checkpoint SET note = replace(note, 'reads on', 'reads no')", "checkpoint 1", "wrong"),
    ("UPDATE act SET reason = 'none'", "act 7", "it is not what was decided (entry 7)"),
    ("UPDATE act SET opened_at_s = 9e999 WHERE number = 7", "act 7", "it cannot be read (entry 7)"),
    ("UPDATE act SET entry = NULL WHERE number = 7", "act 7", "it has no entry in the log"),
    ("DELETE FROM act WHERE number = 7", "entry 7", "is gone, and not by the clock"),
    ("UPDATE entry SET code = 'phase' WHERE about = 'case:2' AND version = 2", "entry case:2", "of another"),
    ("DELETE FROM entry WHERE about = 'case:1' AND version = 2", "entry 26", "on case:1 is gone, and not by"),
    ("UPDATE store SET id = 'x'", "checkpoint 1", "and this is beffroi/x"),
])  # fmt: skip
def test_what_was_done_is_named(given: Given, tmp_path: Path, sql: str, place: str, reason: str) -> None:
    faults = given.changed(tmp_path, sql).faults
    assert any(fault.place == place and reason in fault.reason for fault in faults), list(map(str, faults))


# Ten thousand mutations of every kind, some by one who knows the format and mends what he can

Change = Callable[[sqlite3.Connection, random.Random], None]
TABLES = ("audit_entry", "audit_head", "audit_checkpoint", "act", "entry")


def edit(db: sqlite3.Connection, rnd: random.Random) -> None:
    """Another value in some column of some row."""
    table = rnd.choice(TABLES)
    column = rnd.choice([row[1] for row in db.execute(f"PRAGMA table_info({table})")])
    rowid, value = rnd.choice(db.execute(f'SELECT rowid, "{column}" FROM {table}').fetchall())
    db.execute(f'UPDATE OR IGNORE {table} SET "{column}" = ? WHERE rowid = ?', (_other(value, rnd), rowid))


def _other(value: object, rnd: random.Random) -> object:
    """Like the value, and not it."""
    if rnd.random() < 0.1:
        return rnd.choice([0, -1, "", b"", "x", b"\0", 2**62, 0.5, "7"])
    if isinstance(value, bytes) and value:
        at = rnd.randrange(len(value))
        turned = bytes([value[at] ^ 1 << rnd.randrange(8)])
        return rnd.choice([value[:at] + turned + value[at + 1 :], value[:at], value + b"\0"])
    if isinstance(value, str) and value:
        at = rnd.randrange(len(value))
        return rnd.choice([value[:at] + rnd.choice("aZ0 \n—") + value[at + 1 :], value[:at], value + " "])
    if isinstance(value, int | float):
        return value + rnd.choice([-2, -1, 1, 2, 0.25])
    return rnd.choice([1, 1.5, "x", b"x"])


def delete(db: sqlite3.Connection, rnd: random.Random) -> None:
    """A row, or a few."""
    table = rnd.choice(TABLES)
    rows = [row[0] for row in db.execute(f"SELECT rowid FROM {table}")]
    for rowid in rnd.sample(rows, rnd.randint(1, min(3, len(rows)))):
        db.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))


def swap(db: sqlite3.Connection, rnd: random.Random) -> None:
    """Two entries, two checkpoints or two acts exchange what they hold, in one column or in all."""
    table, columns = rnd.choice([("audit_entry", ("body",)), ("audit_entry", ("subject", "body")),
                                 ("audit_checkpoint", ("note",)), ("entry", ("body",)),
                                 ("act", ("by",)), ("act", ("salt",)),
                                 ("act", ("code", "until_s", "reason", "outcome"))])  # fmt: skip
    names, marks = ", ".join(f'"{c}"' for c in columns), ", ".join(f'"{c}" = ?' for c in columns)
    rows = db.execute(f"SELECT rowid, {names} FROM {table}").fetchall()
    (one, *first), (two, *second) = rnd.sample(rows, 2)
    for rowid, values in ((one, second), (two, first)):
        db.execute(f"UPDATE {table} SET {marks} WHERE rowid = ?", (*values, rowid))


def cut(db: sqlite3.Connection, rnd: random.Random) -> None:
    """The tail, with the checkpoints over it or without."""
    (size,) = db.execute("SELECT count(*) FROM audit_entry").fetchone()
    left = rnd.randrange(size)
    db.execute("DELETE FROM audit_entry WHERE number >= ?", (left,))
    if rnd.random() < 0.5:
        db.execute("DELETE FROM act WHERE entry >= ?", (left,))
    if rnd.random() < 0.5:
        for number, note in db.execute("SELECT number, note FROM audit_checkpoint").fetchall():
            if int(note.split("\n")[1]) > left:
                db.execute("DELETE FROM audit_checkpoint WHERE number = ?", (number,))


def renumber(db: sqlite3.Connection, rnd: random.Random) -> None:
    """One entry goes elsewhere and those between move up."""
    bodies = db.execute("SELECT subject, body FROM audit_entry ORDER BY number").fetchall()
    moved = bodies.pop(rnd.randrange(len(bodies)))
    bodies.insert(rnd.randrange(len(bodies) + 1), moved)
    _rewrite(db, bodies)


def insert(db: sqlite3.Connection, rnd: random.Random) -> None:
    """A forged entry among the others, or a forged act."""
    if rnd.random() < 0.3:
        values = db.execute("SELECT * FROM act ORDER BY random() LIMIT 1").fetchone()
        db.execute(
            f"INSERT INTO act VALUES ({', '.join('?' * len(values))})", (999, *values[1:-2], None, b"")
        )
        return
    bodies = db.execute("SELECT subject, body FROM audit_entry ORDER BY number").fetchall()
    forged = entry(rnd.randrange(1000))
    bodies.insert(rnd.randrange(len(bodies)), (forged.subject, ledger.encoded(forged)))
    _rewrite(db, bodies)


def reword(db: sqlite3.Connection, rnd: random.Random) -> None:
    """An entry says something else in one of its fields, properly encoded and filed."""
    number, body = rnd.choice(db.execute("SELECT number, body FROM audit_entry").fetchall())
    name = rnd.choice(["by", "role", "action", "subject", "purpose", "at_s", "digest", "exercise"])
    said = ledger.decoded(body)
    other = {"at_s": said.at_s + 1, "digest": bytes(32), "exercise": True}.get(name, f"other:{rnd.random()}")
    forged = msgspec.structs.replace(said, **{name: other})
    db.execute("UPDATE audit_entry SET subject = ?, body = ? WHERE number = ?",
               (forged.subject, ledger.encoded(forged), number))  # fmt: skip


def redecide(db: sqlite3.Connection, rnd: random.Random) -> None:
    """An act by somebody else, and its entry made to fit."""
    db.row_factory = sqlite3.Row
    row = dict(rnd.choice(db.execute("SELECT * FROM act").fetchall()))
    db.row_factory = None
    row["by"] = f"person:{rnd.randint(10, 99)}"
    body = {name: value for name, value in row.items() if value is not None and name not in ("entry", "salt")}
    digest = ledger.digest(row["salt"], msgspec.msgpack.encode(body))
    (old,) = db.execute("SELECT body FROM audit_entry WHERE number = ?", (row["entry"],)).fetchone()
    forged = msgspec.structs.replace(ledger.decoded(old), by=row["by"], digest=digest)
    db.execute('UPDATE act SET "by" = ? WHERE number = ?', (row["by"], row["number"]))
    db.execute("UPDATE audit_entry SET body = ? WHERE number = ?", (ledger.encoded(forged), row["entry"]))


def _rewrite(db: sqlite3.Connection, bodies: list[tuple[str, bytes]]) -> None:
    db.execute("DELETE FROM audit_entry")
    rows = [(number, *rest) for number, rest in enumerate(bodies)]
    db.executemany("INSERT INTO audit_entry (number, subject, body) VALUES (?, ?, ?)", rows)


def mend(db: sqlite3.Connection) -> None:
    """Write the head anew for the entries that are there, as one can who knows the format."""
    frontier: merkle.Frontier = ()
    bodies = [bytes(body) for (body,) in db.execute(
        "SELECT body FROM audit_entry WHERE typeof(body) = 'blob' ORDER BY number")]  # fmt: skip
    for size, body in enumerate(bodies):
        frontier = merkle.grown(size, frontier, merkle.leaf_hash(body))
    db.execute("UPDATE audit_head SET size = ?, frontier = ?", (len(bodies), b"".join(frontier)))


CHANGES: tuple[Change, ...] = (edit, edit, edit, delete, swap, cut, renumber, insert, reword, redecide)


@pytest.mark.timeout(900)
def test_ten_thousand_mutations_are_all_found(
    given: Given, tmp_path: Path, campaign: Callable[[int], int]
) -> None:
    """Against a checkpoint that was given away; half of them by one who writes a head that fits again."""
    path, missed = tmp_path / "records.sqlite", []
    path.write_bytes(given.bytes)
    whole, db = sqlite3.connect(":memory:"), sqlite3.connect(path, isolation_level=None)
    db.backup(whole)
    db.execute("PRAGMA synchronous=OFF")
    records = Records.within(tmp_path, migrate=False)
    for seed in range(campaign(ROUNDS)):
        how = _change(given, whole, db, random.Random(seed))
        try:
            verdict = judge(records, [given.checkpoint], [given.key])
        except StoreError:
            continue  # so broken that it cannot be read
        if not verdict.faults:
            missed.append((seed, how))
    whole.backup(db)
    assert judge(records, [given.checkpoint], [given.key]).faults == []
    records.close()
    db.close()
    assert missed == []


def _change(given: Given, whole: sqlite3.Connection, db: sqlite3.Connection, rnd: random.Random) -> str:
    """Change the whole database until it is another; gives how."""
    while True:
        change, mends = rnd.choice(CHANGES), rnd.random() < 0.5
        whole.backup(db)
        try:
            db.execute("BEGIN")
            change(db, rnd)
            if mends:
                mend(db)
        except sqlite3.IntegrityError:
            db.execute("ROLLBACK")  # the tables themselves refuse it
            continue
        db.execute("COMMIT")
        if _rows(db) != given.rows:
            return f"{change.__name__}{' mended' * mends}"


# Somebody who has the database and the file system


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path)
    made.live(1)
    yield made
    made.close()


def test_an_old_copy_in_its_place_is_found(store: Store, tmp_path: Path) -> None:
    store.close()
    path = tmp_path / "records.sqlite"
    old = path.read_bytes()
    later = Store(tmp_path)
    later.audit.log(entry(50))
    checkpoint = later.audit.checkpoint()
    later.close()
    path.write_bytes(old)
    records = Records.within(tmp_path, migrate=False)
    assert judge(records).faults == []  # it is whole, as it was then
    faults = judge(records, [checkpoint]).faults
    records.close()
    assert any("this is an old copy" in fault.reason for fault in faults)


def test_a_log_that_goes_on_from_an_old_copy_is_found(store: Store, tmp_path: Path) -> None:
    """History was written anew with the true key, and is longer than what was given away."""
    store.close()
    path = tmp_path / "records.sqlite"
    old = path.read_bytes()
    later = Store(tmp_path)
    later.audit.log(entry(50))
    checkpoint = later.audit.checkpoint()
    later.close()
    path.write_bytes(old)
    forged = Store(tmp_path)
    for number in range(9):
        forged.audit.log(entry(60 + number))
    forged.audit.checkpoint()
    assert forged.audit.verify().faults == []
    found = [str(fault) for fault in forged.audit.verify(checkpoint).faults]
    forged.close()
    assert found[-1].startswith("given checkpoint 1: an entry from 9 to 9 is not what it was")


def test_a_log_written_anew_under_another_key_is_found_by_the_true_one(tmp_path: Path) -> None:
    true = Store(tmp_path)
    true.live(1)
    key, store_id = true.audit.key, true.records.store()
    true.close()
    for file in tmp_path.iterdir():
        file.unlink()
    forged = Store(tmp_path, None)
    with forged.records.change() as db:
        db.exec_driver_sql("UPDATE store SET id = ?", (store_id,))
        db.exec_driver_sql("DELETE FROM audit_entry")
        db.exec_driver_sql("UPDATE audit_head SET size = 0, frontier = x''")
    forged.audit = Audit(forged.records, lambda: START_S, tmp_path, SAFEGUARDS)
    assert forged.audit.verify().faults == []
    faults = forged.audit.verify(keys=(key,)).faults
    forged.close()
    assert [fault.place for fault in faults] == ["checkpoint 1"]


def test_a_key_that_was_lost_is_told_and_what_it_signed_still_holds(store: Store, tmp_path: Path) -> None:
    first, checkpoint = store.audit.key, store.audit.checkpoint()
    store.close()
    (tmp_path / signer.FILE).unlink()
    again = Store(tmp_path)
    again.audit.checkpoint()
    verdict = again.audit.verify(checkpoint)
    again.close()
    assert verdict.faults == []
    assert verdict.keys == [(0, first), (9, again.audit.key)]
    assert first != again.audit.key


def test_what_the_clock_deleted_is_no_fault(store: Store) -> None:
    with store.records.change() as db:
        db.exec_driver_sql("UPDATE sign SET over_at_s = ? WHERE id <> 2", (START_S,))
    assert store.records.purge(Limits(), START_S + 366 * DAY_S) == 3
    assert store.audit.verify().faults == []
    entries = [said for _, said in store.audit.entries()]
    purged = [said.subject.partition("-")[0] for said in entries if said.action == "purge.sign"]
    assert purged == ["sign:1", "sign:2", "sign:3"]
    assert sum(said.action.startswith("sign.") for said in entries) == 5
    assert store.records.read(sa.select(ACT)) == []


def test_an_examination_sees_one_state_while_others_write(store: Store) -> None:
    def write(person: int) -> list[int]:
        return [store.audit.log(entry(person * 20 + number)) for number in range(20)]

    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(write, person) for person in range(2)]
        while not all(one.done() for one in writing):
            assert store.audit.verify().faults == []
    assert sorted(number for one in writing for number in one.result()) == list(range(9, 49))
    assert store.audit.verify().size == 49
