"""Proof: what an audit log shows to somebody who has its key and not the store. JSON, bytes in base64."""

from collections.abc import Collection

import msgspec

from beffroi.errors import InputError, WireError
from beffroi.kernels import merkle
from beffroi.store import ledger
from beffroi.wire import tlog


class Proof(msgspec.Struct, frozen=True, kw_only=True, tag="inclusion"):
    """That an entry is in the log of a checkpoint."""

    number: int
    entry: bytes
    """As it is stored: the leaf is its hash."""
    path: list[bytes]
    """RFC 9162 §2.1.3, nearest first."""
    checkpoint: str


class Continuation(msgspec.Struct, frozen=True, kw_only=True, tag="consistency"):
    """That the log of a checkpoint begins with the whole log of an earlier one."""

    before: str
    path: list[bytes]
    """RFC 9162 §2.1.4."""
    checkpoint: str


def read(text: bytes) -> Proof | Continuation:
    """A proof as it was printed. Raises InputError."""
    try:
        return msgspec.json.decode(text, type=Proof | Continuation)
    except msgspec.DecodeError as bad:
        raise InputError("proof", str(bad)) from bad


def check(proof: Proof | Continuation, keys: Collection[tlog.VerifierKey]) -> str:
    """What a proof shows, in words. Raises InputError where it shows nothing."""
    if isinstance(proof, Continuation):
        return _continues(proof, keys)
    log = _opened("checkpoint", proof.checkpoint, keys)
    leaf = merkle.leaf_hash(proof.entry)
    if not merkle.included(leaf, proof.number, log.size, proof.path, log.root):
        raise InputError("path", f"it does not lead from entry {proof.number} to the root of the checkpoint")
    try:
        entry = ledger.decoded(proof.entry)
    except ValueError as bad:
        raise InputError("entry", str(bad)) from bad
    said = msgspec.json.encode(entry).decode()
    return f"entry {proof.number} of the {log.size} of {log.origin}: {said}"


def _continues(proof: Continuation, keys: Collection[tlog.VerifierKey]) -> str:
    before, log = _opened("before", proof.before, keys), _opened("checkpoint", proof.checkpoint, keys)
    if before.origin != log.origin:
        raise InputError("before", f"it is of {before.origin} and the checkpoint of {log.origin}")
    if not merkle.consistent(before.size, log.size, before.root, log.root, proof.path):
        raise InputError("path", f"the first {before.size} entries are not shown to be the same")
    return f"the {log.size} entries of {log.origin} begin with those {before.size}"


def _opened(place: str, note: str, keys: Collection[tlog.VerifierKey]) -> tlog.Checkpoint:
    """A checkpoint that one of the keys signed, for the log that it names."""
    try:
        text, key = tlog.opened(note, keys)
        log = tlog.decode(text)
    except WireError as bad:
        raise InputError(place, str(bad)) from bad
    if key.name != log.origin:
        raise InputError(place, f"it is of {log.origin} and signed for {key.name}")
    return log
