"""Text in fields of fixed size that are filled up with zeros (as C's strncpy leaves them).

Errors do not quote the text: it may name a person, and errors are kept.
"""

from beffroi.errors import WireError


def identifier(raw: bytes, place: str) -> str | None:
    """An id: printable ASCII up to the first zero, or WireError naming `place`; None if empty."""
    text = raw.partition(b"\0")[0].decode("latin-1").strip(" ")
    if not text.isascii() or not text.isprintable():
        raise WireError(place, "the id is not printable ASCII")
    return text or None


def free_text(raw: bytes) -> str | None:
    """What a person typed, UTF-8 up to the first zero; None if empty. What cannot be shown becomes `?`."""
    text = raw.partition(b"\0")[0].decode("utf-8", "replace").replace("\N{REPLACEMENT CHARACTER}", "?")
    if not text.isprintable():
        text = "".join(character if character.isprintable() else "?" for character in text)
    return text.strip() or None


def filled(raw: bytes, size: int, name: str) -> bytes:
    """`raw` filled up to `size` bytes. Raises WireError naming the field if it is longer."""
    if len(raw) > size:
        raise WireError(name, f"{len(raw)} bytes do not fit in {size}")
    return raw.ljust(size, b"\0")


def ascii_bytes(text: str | None, name: str) -> bytes:
    """The ASCII bytes of `text`. Raises WireError naming the field if it has other characters."""
    if text and not text.isascii():
        raise WireError(name, "it is not ASCII")
    return (text or "").encode("ascii")
