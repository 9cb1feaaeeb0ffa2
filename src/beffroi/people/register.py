"""Register: the transactions of people: no change without its entry in the audit log."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from beffroi.store.ledger import Entry, append
from beffroi.store.records import Records
from beffroi.store.vault import MasterKey


class Register:
    """The people of one store; safe to use from several threads."""

    def __init__(
        self, records: Records, master: MasterKey, site: str, now_s: Callable[[], float],
        stamp_s: Callable[[], float],
    ) -> None:  # fmt: skip
        """`now_s`: the wall clock, by which sessions and links end; `stamp_s`: the clock of the watch, by
        which the log is stamped."""
        self._records, self.master, self.site = records, master, site
        self.now_s, self._stamp_s = now_s, stamp_s
        self._writing = threading.Lock()
        self.version = 0
        """Counts the changes: what was read before may be old."""

    @contextmanager
    def look(self) -> Iterator[sa.Connection]:
        """Read."""
        with self._records.change() as db:
            yield db

    @contextmanager
    def change(self) -> Iterator[sa.Connection]:
        """Change, all or nothing."""
        with self._writing, self._records.change() as db:
            yield db
        self.version += 1

    def enter(self, db: sa.Connection, by: str, action: str, subject: str, purpose: str = "") -> None:
        """The entry of the log, last in its transaction."""
        append(db, Entry(at_s=self._stamp_s(), by=by, action=action, subject=subject, purpose=purpose))
