"""File: what may be put beside a case: stills, clips and documents, of a known type and size.

A type is believed only if the first bytes are of it (the magic numbers of ISO/IEC 10918-1, 15948, 14496-12,
32000-1 and RFC 9649).
"""

from hashlib import sha256

import msgspec

from beffroi.case import Case, File
from beffroi.errors import DeskError

MAX_BYTES, MAX_CASE_BYTES = 20_000_000, 200_000_000
NAME_LENGTH = 120
BEGINS: dict[str, tuple[int, bytes]] = {
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/png": (0, b"\x89PNG\r\n\x1a\n"),
    "image/webp": (8, b"WEBP"),
    "video/mp4": (4, b"ftyp"),
    "application/pdf": (0, b"%PDF-"),
}
"""Type → where in a file stands what."""
TEXT = "text/plain"


def checked(case: Case, said: File, data: bytes) -> File:
    """What is said of a file, made sure: its size, its digest, its type, a name without a path. Raises
    DeskError."""
    about = f"case:{case.key}"
    if not data:
        raise DeskError("invalid", about, "file", "is empty")
    if len(data) > MAX_BYTES:
        raise DeskError("invalid", about, "file", f"has more than {MAX_BYTES // 1_000_000} MB")
    if sum(f.bytes for f in case.files) + len(data) > MAX_CASE_BYTES:
        raise DeskError("refused", about, "file", f"a case holds {MAX_CASE_BYTES // 1_000_000} MB of files")
    if not _is(said.media_type, data):
        allowed = ", ".join((*BEGINS, TEXT))
        raise DeskError("invalid", about, "media_type", f"must be what it says, one of {allowed}")
    digest = sha256(data).hexdigest()
    if any(f.digest == digest for f in case.files):
        raise DeskError("refused", about, "file", "it is there already")
    name = said.name.replace("\\", "/").rsplit("/", 1)[-1].strip(". ")[:NAME_LENGTH] or "file"
    return msgspec.structs.replace(said, digest=digest, bytes=len(data), name=name)


def _is(media_type: str, data: bytes) -> bool:
    if media_type in BEGINS:
        at, begin = BEGINS[media_type]
        return data[at : at + len(begin)] == begin
    if media_type != TEXT or b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
