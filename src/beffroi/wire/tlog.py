"""Checkpoints of a transparency log: C2SP tlog-checkpoint in a C2SP signed note, Ed25519 (RFC 8032).

    origin LF size LF root LF {extension LF} LF — name signature LF        c2sp.org/tlog-checkpoint
    signature = base64(key id (4) ‖ Ed25519 over all up to the empty line)   c2sp.org/signed-note
    key id = first 4 bytes of SHA-256(name ‖ LF ‖ 01 ‖ public key)
    verifier key = name+hex(key id)+base64(01 ‖ public key)

Our extension lines are `word` or `word value`; what another log writes there is kept as it is.
"""

import base64
import binascii
import re
from collections.abc import Collection
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from beffroi.errors import WireError

ED25519 = b"\x01"
MARK = "— "
_NAME = re.compile(r"[^\s+\u0000-\u001f]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LONGEST = 1_000_000
"""Characters of a note; longer ones are refused unread."""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a log says of itself."""

    origin: str
    """Which log: one line, unique."""
    size: int
    """Entries."""
    root: bytes
    """Of the Merkle tree over them, 32 bytes."""
    extensions: tuple[str, ...] = ()
    """Lines, none of them empty."""


class VerifierKey(msgspec.Struct, frozen=True):
    """A public key and the name under which it signs."""

    name: str
    public: bytes
    """Ed25519, 32 bytes."""

    @property
    def id(self) -> bytes:
        """The key id, 4 bytes."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


def verifier_key(text: str) -> VerifierKey:
    """Read a verifier key. Raises WireError."""
    name, _, rest = text.strip().partition("+")
    number, _, body = rest.partition("+")
    raw = _base64("key", body)
    if not _NAME.fullmatch(name):
        raise WireError("key", "the name is empty, or has a space or a plus in it")
    if raw[:1] != ED25519 or len(raw) != 33:
        raise WireError("key", "this is no Ed25519 key")
    key = VerifierKey(name, raw[1:])
    if number != key.id.hex():
        raise WireError("key", "the key id does not fit the key")
    return key


def key_of(name: str, private: Ed25519PrivateKey) -> VerifierKey:
    """What verifies the signatures of a private key. Raises WireError if it cannot be called so."""
    if not _NAME.fullmatch(name):
        raise WireError("key", "the name is empty, or has a space or a plus in it")
    return VerifierKey(name, private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def encode(checkpoint: Checkpoint) -> str:
    """The text of a checkpoint, ready to be signed. Raises WireError."""
    root = base64.b64encode(checkpoint.root).decode()
    lines = (checkpoint.origin, str(checkpoint.size), root, *checkpoint.extensions)
    for number, line in enumerate(lines, 1):
        if not line or any(ord(c) < 0x20 or ord(c) == 0x7F for c in line):
            raise WireError(f"line {number}", "it is empty or has a control character")
    return "\n".join(lines) + "\n"


def decode(text: str) -> Checkpoint:
    """The checkpoint of a text without its signatures. Raises WireError."""
    if not text.endswith("\n"):
        raise WireError("checkpoint", "the last line does not end")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise WireError("checkpoint", "it needs an origin, a size and a root, and no line is empty")
    if not _SIZE.fullmatch(lines[1]):
        raise WireError("line 2", "the size is no plain number")
    root = _base64("line 3", lines[2])
    if len(root) != 32:
        raise WireError("line 3", "the root has not 32 bytes")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root, extensions=tuple(lines[3:]))


def sign(text: str, name: str, private: Ed25519PrivateKey) -> str:
    """The note of a text that ends with a line feed, signed. Raises WireError."""
    signature = key_of(name, private).id + private.sign(text.encode())
    return f"{text}\n{MARK}{name} {base64.b64encode(signature).decode()}\n"


def opened(note: str, keys: Collection[VerifierKey]) -> tuple[str, VerifierKey]:
    """The text of a note, and the first of `keys` that signed it. Raises WireError if none did.

    Signatures of others are passed over, as the standard wants it; a bad one of a known key is refused.
    """
    text, signatures = split(note)
    signers = []
    for name, raw in signatures:
        for key in keys:
            if (key.name, key.id) == (name, raw[:4]):
                _verify(key, raw[4:], text)
                signers.append(key)
    if not signers:
        raise WireError("note", "no signature on it is of a key that we know")
    return text, signers[0]


def split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a note and its signatures (name, key id ‖ signature), unverified. Raises WireError."""
    if len(note) > _LONGEST:
        raise WireError("note", f"it is longer than {_LONGEST} characters")
    text, empty, rest = note.rpartition("\n\n")
    if not empty or not rest.endswith("\n"):
        raise WireError("note", "there is no empty line before signatures, or the last line does not end")
    if any(ord(c) < 0x20 and c != "\n" for c in note):
        raise WireError("note", "it has a control character")
    signatures = []
    for line in rest[:-1].split("\n"):
        name, _, body = line.removeprefix(MARK).partition(" ")
        if not line.startswith(MARK) or not _NAME.fullmatch(name):
            raise WireError("note", "a signature line is not `— name signature`")
        raw = _base64("note", body)
        if len(raw) < 5:
            raise WireError("note", "a signature is too short")
        signatures.append((name, raw))
    return text + "\n", signatures


def _verify(key: VerifierKey, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except (InvalidSignature, ValueError) as bad:
        raise WireError("note", f"the signature of {key.name} is wrong") from bad


def _base64(place: str, text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as bad:
        raise WireError(place, "this is no base64") from bad
    if base64.b64encode(raw).decode() != text:
        raise WireError(place, "this is no plain base64")
    return raw
