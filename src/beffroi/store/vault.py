"""Vault: bytes about persons and cases, under keys that can be destroyed. What has no key is gone.

    vault.key (a file, 0600)  ──wraps──▶  vault_key (a table): a key a holder, "case:7"
                                              └──seals──▶ bodies of rows, and files vault/ID/DIGEST

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits; a sealed body is the nonce and the ciphertext.
What it belongs to (table, column, row) is bound in as associated data, so it opens nowhere else. Keys are not
kept in memory: with the row of its key a holder is unreadable at once. `sweep` then empties SQLite's log, in
which the row still was, and deletes the files. A copy of the database is one of the wrapped keys too; keep
`vault.key` apart from it, and delete copies as the clock asks.
"""

import hashlib
import os
import re
import secrets
import shutil
import time
from pathlib import Path

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from beffroi.errors import StoreError, VaultError
from beffroi.store.checkpoint import sync
from beffroi.store.records import Records
from beffroi.store.tables import TABLES

FILE, FOLDER = "vault.key", "vault"
KEY_BYTES, NONCE_BYTES = 32, 12
MAX_FILE_BYTES = 20_000_000
YOUNG_S = 600.0
"""A folder without a key is left alone for so long: the transaction that makes its key may still run."""
_DIGEST = re.compile(r"[0-9a-f]{64}")

VAULT_KEY = sa.Table(
    "vault_key", TABLES, sa.Column("holder", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, nullable=False), sa.Column("wrapped", sa.LargeBinary, nullable=False),
)  # fmt: skip


class MasterKey:
    """The key in a file that wraps all others; also for secrets that die with their row alone."""

    def __init__(self, directory: Path, *, make: bool) -> None:
        """Read the key, or `make` one if there is none. Raises StoreError."""
        path = directory / FILE
        try:
            if make and not path.exists():
                directory.mkdir(0o700, parents=True, exist_ok=True)
                _make(path)
            if path.stat().st_mode & 0o077:
                raise StoreError(str(path), f"others than its owner can read it: `chmod 600 {path}`")
            self._key = path.read_bytes()
        except OSError as bad:
            raise StoreError(str(path), bad.strerror or str(bad)) from bad
        if len(self._key) != KEY_BYTES:
            raise StoreError(str(path), "this is no key of the vault: put it back from its copy")

    def seal(self, holder: str, plain: bytes) -> bytes:
        """The sealed form of a secret; it opens for the same holder only."""
        return _seal(self._key, plain, holder.encode())

    def open(self, holder: str, sealed: bytes) -> bytes:
        """The secret. Raises VaultError."""
        return _open(self._key, sealed, holder.encode(), holder)


class Vault:
    """The vault of a store; safe to use from several threads. Each act is part of the caller's transaction
    (`db`). Raises VaultError, StoreError."""

    def __init__(self, directory: Path, records: Records) -> None:
        """`directory`: of the store. A master key is made where no key was ever wrapped."""
        self._folder, self._records = directory / FOLDER, records
        wrapped = records.read(sa.select(VAULT_KEY.c.holder).limit(1))
        self.master = MasterKey(directory, make=not wrapped)

    def seal(self, db: sa.Connection, holder: str, body: bytes, bound: bytes) -> bytes:
        """Bytes that `open` turns back only with the same `holder` and `bound`, while the key lives."""
        return _seal(self._made(db, holder)[1], body, bound)

    def open(self, db: sa.Connection, holder: str, sealed: bytes, bound: bytes) -> bytes:
        """The body."""
        return _open(self._known(db, holder)[1], sealed, bound, holder)

    def destroy(self, db: sa.Connection, holder: str) -> None:
        """Destroy the key of a holder, and so all that lies under it; nothing if there is none. Call `sweep`
        after the transaction."""
        _overwrite(db)
        db.execute(sa.delete(VAULT_KEY).where(VAULT_KEY.c.holder == holder))

    def put(self, db: sa.Connection, holder: str, data: bytes, media_type: str) -> str:
        """Keep a file; its SHA-256 in hexadecimal, by which `get` finds it. It is on the disk before the
        transaction ends."""
        if len(data) > MAX_FILE_BYTES:
            raise VaultError(holder, f"a file is longer than {MAX_FILE_BYTES} bytes")
        name, key = self._made(db, holder)
        digest = hashlib.sha256(data).hexdigest()
        body = _seal(key, msgspec.msgpack.encode((media_type, data)), digest.encode())
        try:
            self._write(self._folder / name, digest, body)
        except OSError as bad:
            raise StoreError(str(self._folder), bad.strerror or str(bad)) from bad
        return digest

    def get(self, db: sa.Connection, holder: str, digest: str) -> tuple[str, bytes]:
        """(media type, bytes) of a file."""
        name, key = self._known(db, holder)
        if not _DIGEST.fullmatch(digest):
            raise VaultError(holder, f"{digest[:80]!r} is no digest")
        try:
            sealed = (self._folder / name / digest).read_bytes()
        except OSError as bad:
            raise VaultError(holder, f"file {digest}: {bad.strerror}") from bad
        media_type, data = msgspec.msgpack.decode(
            _open(key, sealed, digest.encode(), holder), type=tuple[str, bytes]
        )
        return media_type, data

    def sweep(self, young_s: float = YOUNG_S) -> int:
        """Leave nothing of destroyed keys: empty SQLite's log, delete the files without a key. Returns how
        many folders were deleted. Waits for readers; not within a transaction."""
        with self._records.change() as db:
            if db.dialect.name == "sqlite":
                db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        living = {name for (name,) in self._records.read(sa.select(VAULT_KEY.c.id))}
        swept = 0
        try:
            for folder in self._folder.iterdir() if self._folder.exists() else ():
                if folder.name not in living and time.time() - folder.stat().st_mtime >= young_s:
                    shutil.rmtree(folder)
                    swept += 1
        except OSError as bad:
            raise StoreError(str(self._folder), bad.strerror or str(bad)) from bad
        return swept

    def _known(self, db: sa.Connection, holder: str) -> tuple[str, bytes]:
        """(folder, key) of a holder."""
        query = sa.select(VAULT_KEY.c.id, VAULT_KEY.c.wrapped).where(VAULT_KEY.c.holder == holder)
        row = db.execute(query).first()
        if row is None:
            raise VaultError(holder, "its key is destroyed")
        return row.id, self.master.open(_wrapping(holder, row.id), row.wrapped)

    def _made(self, db: sa.Connection, holder: str) -> tuple[str, bytes]:
        """(folder, key) of a holder; made if there is none."""
        _overwrite(db)
        there = sa.select(VAULT_KEY.c.holder).where(VAULT_KEY.c.holder == holder)
        if db.execute(there).first() is not None:
            return self._known(db, holder)
        name, key = secrets.token_hex(12), secrets.token_bytes(KEY_BYTES)
        wrapped = self.master.seal(_wrapping(holder, name), key)
        row = sa.select(*map(sa.literal, (holder, name, wrapped))).where(~there.exists())
        db.execute(sa.insert(VAULT_KEY).from_select(("holder", "id", "wrapped"), row))
        return self._known(db, holder)  # another thread may have been quicker

    def _write(self, folder: Path, digest: str, body: bytes) -> None:
        """Write a file whole or not at all. Raises OSError."""
        if not folder.exists():
            folder.mkdir(0o700, parents=True, exist_ok=True)
            sync(folder.parent)
        part = folder / f"{digest}.{secrets.token_hex(4)}.part"
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(body)
                out.flush()
                os.fsync(out.fileno())
            part.rename(folder / digest)
        finally:
            part.unlink(missing_ok=True)
        sync(folder)


def _wrapping(holder: str, name: str) -> str:
    """What a wrapped key is bound to."""
    return f"vault_key/{name}/{holder}"


def _seal(key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def _open(key: bytes, sealed: bytes, bound: bytes, holder: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as bad:
        raise VaultError(holder, "is damaged, or belongs elsewhere") from bad


def _overwrite(db: sa.Connection) -> None:
    """Let SQLite write zeros over what is deleted."""
    if db.dialect.name == "sqlite":
        db.exec_driver_sql("PRAGMA secure_delete=ON")


def _make(path: Path) -> None:
    """Write a new key, whole and for its owner alone; one that another process has written first stays."""
    new = path.with_name(f"{FILE}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_bytes(KEY_BYTES))
            out.flush()
            os.fsync(out.fileno())
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink(missing_ok=True)
    sync(path.parent)
