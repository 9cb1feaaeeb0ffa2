"""The key that signs: made once, for its owner alone, and never made up for."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from beffroi.errors import StoreError
from beffroi.store import signer


def raw(directory: Path) -> bytes:
    return signer.key(directory).private_bytes_raw()


def test_it_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = raw(tmp_path)
    assert raw(tmp_path) == first
    assert (tmp_path / signer.FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [signer.FILE]


def test_two_stores_have_two_keys(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert raw(tmp_path / "a") != raw(tmp_path / "b")


def test_those_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(raw, [tmp_path] * 16))) == 1


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    signer.key(tmp_path)
    (tmp_path / signer.FILE).chmod(0o640)
    with pytest.raises(StoreError, match="chmod 600"):
        signer.key(tmp_path)


@pytest.mark.parametrize(
    "text", [b"", b"x", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_refused_and_stays(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / signer.FILE
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(StoreError, match="no private key in PEM"):
        signer.key(tmp_path)
    assert path.read_bytes() == text


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1())
    path = tmp_path / signer.FILE
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    with pytest.raises(StoreError, match="no Ed25519 key"):
        signer.key(tmp_path)


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=signer.FILE):
        signer.key(tmp_path / "nowhere")
