"""Audit: the log of a store is checked, proven and handed out; which safeguards its checkpoints name."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from beffroi.errors import InputError, UseError
from beffroi.links.clock import WallClock
from beffroi.policy import LAW
from beffroi.site import Site
from beffroi.store import proof, verdict
from beffroi.store.audit import Audit, entries
from beffroi.store.records import Records
from beffroi.store.verdict import Verdict
from beffroi.wire import tlog

ROWS = 500
"""Entries are read so many at a time."""


def safeguards(site: Site) -> dict[str, str]:
    """The settings of the safeguards of a site, as its checkpoints name them.

    How long data lives, the digest of the table of who may do what, and to how many responders the places of
    drone operators are sent.
    """
    told = {
        f"retention.{name}": f"{getattr(site.store, name):g}"
        for name in site.store.__struct_fields__
        if name.endswith(("_hours", "_days"))
    }
    law = msgspec.json.encode(LAW, order="deterministic")
    told["policy"] = sha256(law).hexdigest()
    told["operators.sent"] = str(sum(responder.operators for responder in site.responder))
    return told


def opened(directory: Path) -> Audit:
    """The log of the store in `directory`, for checkpoints and proofs. Raises UseError if there is none."""
    return Audit(_records(directory), WallClock().now_s, directory)


def examined(directory: Path, checkpoints: Sequence[Path], keys: Sequence[Path]) -> Verdict:
    """The log of a store, checked against checkpoints in files; nothing is written."""
    records = _records(directory)
    try:
        return verdict.judge(records, [_text(path) for path in checkpoints], _keys(keys))
    finally:
        records.close()


def shown(path: Path, keys: Sequence[Path]) -> str:
    """What a proof in a file shows, in words. Raises InputError where it shows nothing."""
    known = [tlog.verifier_key(key) for key in _keys(keys)]
    return proof.check(proof.read(_text(path).encode()), known)


def proven(directory: Path, number: int | None, since: Path | None) -> str:
    """The proof that entry `number` is in the log, or that the log goes on from a checkpoint; as JSON."""
    log = opened(directory)
    if (number is None) == (since is None):
        raise UseError("either the number of an entry, or --since and a checkpoint")
    made = log.prove(number) if number is not None else log.prove_since(_text(since)) if since else None
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode()


def printed(directory: Path, since: int, subject: str | None) -> Iterator[bytes]:
    """Entries from a number on with their numbers, a line of JSON each."""
    records = _records(directory)
    while rows := entries(records, since, ROWS, subject):
        for number, entry in rows:
            yield msgspec.json.encode({"number": number} | msgspec.to_builtins(entry))
        since = rows[-1][0] + 1
    records.close()


def lines(found: Verdict) -> list[str]:
    """A verdict in words."""
    said = [str(fault) for fault in found.faults]
    if not said:
        said = [f"ok: {found.size} entries, {found.covered} of them under a signed checkpoint"]
    for number, key in found.keys[1:]:
        said.append(
            f"note: from entry {number} on another key signs, {key}: the one before was lost or changed"
        )
    return said


def _records(directory: Path) -> Records:
    if not (directory / "records.sqlite").is_file():
        raise UseError(f"{directory}: there are no records in it")
    return Records.within(directory, migrate=False)


def _keys(paths: Sequence[Path]) -> list[str]:
    return [key for path in paths for key in _text(path).split()]


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as bad:
        raise InputError(f"{path}: byte {bad.start}", "this is no UTF-8 text") from bad
