"""Signer: the Ed25519 key that signs the checkpoints of a store, in the file `audit.key` beside the records.

A lost key is not made up for: the next start makes another, and the log says from where on that one signs.
What the lost one has signed can still be checked by whoever has its verifier key.
"""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from beffroi.errors import StoreError

FILE = "audit.key"


def key(directory: Path) -> Ed25519PrivateKey:
    """The key of the store in `directory`, made if there is none. Raises StoreError."""
    path = directory / FILE
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise StoreError(str(path), f"others than its owner can read it: `chmod 600 {path}`")
        private = load_pem_private_key(path.read_bytes(), None)
    except OSError as bad:
        raise StoreError(str(path), bad.strerror or str(bad)) from bad
    except (ValueError, TypeError, UnsupportedAlgorithm) as bad:
        raise StoreError(str(path), "this is no private key in PEM: put it back from its copy") from bad
    if not isinstance(private, Ed25519PrivateKey):
        raise StoreError(str(path), "this is no Ed25519 key: put it back from its copy")
    return private


def _make(path: Path) -> None:
    """Write a new key, whole and for its owner alone; one that another process has written first stays."""
    made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    new = path.with_name(f"{FILE}.{secrets.token_hex(4)}")
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as out:
            out.write(made)
            out.flush()
            os.fsync(out.fileno())
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
