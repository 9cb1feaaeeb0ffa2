"""Checkpoints and signed notes: an example of another implementation, both ways, and what is refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import WireError
from beffroi.wire import tlog

# The example in the documentation of Go's golang.org/x/mod/sumdb/note, made by that implementation.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_NOTE = f"{GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"  # noqa: E501
# The key of the Go checksum database.
SUM_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
HEAD = tlog.Checkpoint(
    origin="tower.example/log", size=7, root=bytes(range(32)), extensions=("time now", "x")
)
KEY = tlog.key_of("tower.example/log", PRIVATE)
NOTE = tlog.sign(tlog.encode(HEAD), "tower.example/log", PRIVATE)


def test_a_note_of_another_implementation_is_opened() -> None:
    key = tlog.verifier_key(GO_KEY)
    assert tlog.opened(GO_NOTE, [key]) == (GO_TEXT, key)


@pytest.mark.parametrize("text", [GO_KEY, SUM_KEY, str(KEY)])
def test_a_verifier_key_is_read_and_written(text: str) -> None:
    assert str(tlog.verifier_key(f"{text}\n")) == text


def test_a_checkpoint_is_what_was_signed() -> None:
    text, signer = tlog.opened(NOTE, [tlog.key_of("tower.example/log", OTHER), KEY])
    assert (tlog.decode(text), signer) == (HEAD, KEY)
    assert text.split("\n")[:3] == ["tower.example/log", "7", base64.b64encode(HEAD.root).decode()]


def test_signatures_of_others_are_passed_over() -> None:
    other = tlog.sign(tlog.encode(HEAD), "witness", OTHER).rpartition("\n\n")[2]
    text, signer = tlog.opened(NOTE + other, [KEY])
    assert (tlog.decode(text), signer) == (HEAD, KEY)
    with pytest.raises(WireError, match="no signature on it"):
        tlog.opened(NOTE, [tlog.key_of("witness", OTHER)])


@given(at=st.integers(0, len(NOTE) - 1), to=st.characters(codec="utf-8"))
def test_no_character_can_be_another(at: int, to: str) -> None:
    touched = NOTE[:at] + to + NOTE[at + 1 :]
    if touched != NOTE:
        with pytest.raises(WireError):
            tlog.opened(touched, [KEY])


@given(st.text())
def test_any_text_is_a_note_or_refused(text: str) -> None:
    for read in (tlog.split, tlog.decode, tlog.verifier_key):
        try:
            read(text)
        except WireError:
            pass


@pytest.mark.parametrize("text", [
    "", "log\n1\n", "log\n01\nAAAA\n", "log\n-1\nAAAA\n", "log\n1\nAAAA\n", "log\n1\n!\n",
    tlog.encode(HEAD)[:-1], tlog.encode(HEAD) + "\n", tlog.encode(HEAD).replace("\n7\n", "\n7 \n"),
])  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        tlog.decode(text)


@pytest.mark.parametrize("line", ["", "two\nlines", "bell\a", "\x7f"])
def test_a_line_that_would_break_the_text_is_refused(line: str) -> None:
    with pytest.raises(WireError, match="line 4"):
        tlog.encode(tlog.Checkpoint(origin="log", size=0, root=bytes(32), extensions=(line,)))


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_name_that_cannot_sign_is_refused(name: str) -> None:
    with pytest.raises(WireError):
        tlog.key_of(name, PRIVATE)


@pytest.mark.parametrize(
    "text", ["", "a", "a+b", GO_KEY.replace("c74f", "c74e"), GO_KEY[:-4], "a+00000000+AAAA"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        tlog.verifier_key(text)
