"""The vault: what is sealed opens where it belongs, and what is destroyed is gone, from the disk too."""

import hashlib
import os
import random
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import StoreError, VaultError
from beffroi.store.records import Records
from beffroi.store.vault import MAX_FILE_BYTES, NONCE_BYTES, VAULT_KEY, MasterKey, Vault

JPEG = b"\xff\xd8\xff" + os.urandom(5000)
BOUND = b"entry/body/case:7/3"


def opened(folder: Path) -> tuple[Records, Vault]:
    records = Records.within(folder)
    with records.change() as db:
        VAULT_KEY.create(db, checkfirst=True)
    return records, Vault(folder, records)


def sealed(folder: Path, holder: str = "case:7", body: bytes = b"a name") -> tuple[Records, Vault, bytes]:
    records, vault = opened(folder)
    with records.change() as db:
        return records, vault, vault.seal(db, holder, body, BOUND)


def on_disk(folder: Path) -> bytes:
    """Every byte of a store."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_what_is_sealed_opens_after_a_restart(tmp_path: Path) -> None:
    records, _, box = sealed(tmp_path)
    records.close()
    records, vault = opened(tmp_path)
    with records.change() as db:
        assert vault.open(db, "case:7", box, BOUND) == b"a name"
    assert b"a name" not in on_disk(tmp_path)


def test_the_same_body_is_never_sealed_alike(tmp_path: Path) -> None:
    records, vault = opened(tmp_path)
    with records.change() as db:
        boxes = {vault.seal(db, "case:7", b"x", BOUND) for _ in range(100)}
    assert len(boxes) == 100
    assert len({box[:NONCE_BYTES] for box in boxes}) == 100


def test_it_opens_only_where_it_belongs(tmp_path: Path) -> None:
    records, vault, box = sealed(tmp_path)
    with records.change() as db:
        vault.seal(db, "case:8", b"", BOUND)
        for holder, body, bound in (
            ("case:8", box, BOUND), ("case:7", box, BOUND + b"1"), ("case:7", box[:-1], BOUND),
            ("case:7", b"", BOUND), ("case:7", box[:5], BOUND),
        ):  # fmt: skip
            with pytest.raises(VaultError, match="damaged, or belongs elsewhere") as caught:
                vault.open(db, holder, body, bound)
            assert caught.value.holder == holder


def test_any_changed_bit_is_found(tmp_path: Path) -> None:
    records, vault, box = sealed(tmp_path)
    with records.change() as db:
        for at in range(len(box)):
            bad = bytearray(box)
            bad[at] ^= 1 << (at % 8)
            with pytest.raises(VaultError):
                vault.open(db, "case:7", bytes(bad), BOUND)


@given(body=st.binary(max_size=300), bound=st.binary(max_size=50), holder=st.text(min_size=1, max_size=40))
def test_a_secret_comes_back(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, bound: bytes, holder: str
) -> None:
    master = MasterKey(tmp_path_factory.getbasetemp(), make=True)
    box = master.seal(holder, body)
    assert master.open(holder, box) == body
    with pytest.raises(VaultError):
        master.open(holder + "x", box)


def wrapped(folder: Path) -> bytes:
    with sqlite3.connect(folder / "records.sqlite") as db:
        return bytes(db.execute("SELECT wrapped FROM vault_key WHERE holder = 'case:7'").fetchone()[0])


def test_a_destroyed_key_is_gone_from_the_disk(tmp_path: Path) -> None:
    records, vault, box = sealed(tmp_path)
    key = wrapped(tmp_path)
    assert key in on_disk(tmp_path)
    with records.change() as db:
        vault.destroy(db, "case:7")
    with records.change() as db, pytest.raises(VaultError, match="its key is destroyed"):
        vault.open(db, "case:7", box, BOUND)
    vault.sweep()
    left = on_disk(tmp_path)
    assert key not in left
    for part in range(len(key) - 16):
        assert key[part : part + 16] not in left, "no piece of it either"


def test_destroyed_keys_leave_nothing_among_many(tmp_path: Path, campaign: Callable[[int], int]) -> None:
    rounds = campaign(10)
    rnd = random.Random(7)
    records, vault = opened(tmp_path)
    living: dict[str, bytes] = {}
    gone: list[bytes] = []
    for turn in range(rounds * 10):
        with records.change() as db:
            for i in range(40):
                vault.seal(db, f"case:{turn}-{'x' * rnd.randrange(60)}-{i}", b"body", BOUND)
            living = {h: bytes(w) for h, w in db.execute(sa.select(VAULT_KEY.c.holder, VAULT_KEY.c.wrapped))}
            for holder in rnd.sample(sorted(living), 25):
                vault.destroy(db, holder)
                gone.append(living.pop(holder))
        if turn % 5 == 0:
            vault.sweep()
    vault.sweep()
    left = on_disk(tmp_path)
    assert not [key for key in gone if key in left or key[12:44] in left]
    assert all(key in left for key in living.values())


def test_a_destruction_that_is_taken_back_destroys_nothing(tmp_path: Path) -> None:
    records, vault, box = sealed(tmp_path)

    def fails() -> None:
        with records.change() as db:
            vault.destroy(db, "case:7")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    with records.change() as db:
        assert vault.open(db, "case:7", box, BOUND) == b"a name"
        vault.destroy(db, "case:nobody")


def test_a_file_is_kept_and_found(tmp_path: Path) -> None:
    records, vault = opened(tmp_path)
    with records.change() as db:
        digest = vault.put(db, "case:7", JPEG, "image/jpeg")
        assert vault.put(db, "case:7", JPEG, "image/jpeg") == digest
        assert digest == hashlib.sha256(JPEG).hexdigest()
        assert vault.get(db, "case:7", digest) == ("image/jpeg", JPEG)
        other = vault.put(db, "case:8", JPEG, "image/jpeg")
        assert other == digest
    files = [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert JPEG[100:200] not in path.read_bytes()
        assert "case" not in str(path.relative_to(tmp_path)), "no name says whose it is"


@pytest.mark.parametrize("digest", ["../../vault.key", "0" * 63, "", "0" * 64])
def test_no_other_file_is_reached(tmp_path: Path, digest: str) -> None:
    records, vault = opened(tmp_path)
    with records.change() as db:
        vault.put(db, "case:7", JPEG, "image/jpeg")
        with pytest.raises(VaultError):
            vault.get(db, "case:7", digest)


def test_a_file_that_was_changed_or_moved_is_found(tmp_path: Path) -> None:
    records, vault = opened(tmp_path)
    with records.change() as db:
        one, two = (vault.put(db, "case:7", data, "image/png") for data in (b"one", b"two"))
        (folder,) = (tmp_path / "vault").iterdir()
        (folder / one).write_bytes((folder / two).read_bytes())
        (folder / two).write_bytes((folder / two).read_bytes()[:-1])
        for digest in (one, two):
            with pytest.raises(VaultError, match="damaged"):
                vault.get(db, "case:7", digest)


def test_a_file_that_is_too_long_is_refused(tmp_path: Path) -> None:
    records, vault = opened(tmp_path)
    with records.change() as db:
        with pytest.raises(VaultError, match="longer than 20000000 bytes"):
            vault.put(db, "case:7", bytes(MAX_FILE_BYTES + 1), "video/mp4")
        assert vault.get(db, "case:7", vault.put(db, "case:7", bytes(MAX_FILE_BYTES), "video/mp4"))


def test_files_of_a_destroyed_holder_are_unreadable_at_once_and_swept(tmp_path: Path) -> None:
    records, vault = opened(tmp_path)
    with records.change() as db:
        digest = vault.put(db, "case:7", JPEG, "image/jpeg")
        kept = vault.put(db, "case:8", JPEG, "image/jpeg")
    with records.change() as db:
        vault.destroy(db, "case:7")
        with pytest.raises(VaultError, match="its key is destroyed"):
            vault.get(db, "case:7", digest)
    assert vault.sweep() == 0, "young folders wait: their key may not be committed yet"
    assert vault.sweep(0.0) == 1
    assert len(list((tmp_path / "vault").iterdir())) == 1
    with records.change() as db:
        assert vault.get(db, "case:8", kept)[1] == JPEG


def test_a_file_whose_transaction_failed_is_swept(tmp_path: Path) -> None:
    records, vault = opened(tmp_path)

    def fails() -> None:
        with records.change() as db:
            vault.put(db, "case:7", JPEG, "image/jpeg")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert vault.sweep(0.0) == 1
    assert list((tmp_path / "vault").iterdir()) == []


def test_the_master_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    opened(tmp_path)
    path = tmp_path / "vault.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == 32
    path.chmod(0o640)
    with pytest.raises(StoreError, match="chmod 600"):
        opened(tmp_path)


def test_a_lost_or_broken_master_key_is_not_made_up_for(tmp_path: Path) -> None:
    sealed(tmp_path)
    path = tmp_path / "vault.key"
    kept = path.read_bytes()
    path.write_bytes(kept[:10])
    with pytest.raises(StoreError, match="no key of the vault"):
        opened(tmp_path)
    path.unlink()
    with pytest.raises(StoreError, match="No such file"):
        opened(tmp_path)
    assert not path.exists()


def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    _, _, box = sealed(tmp_path)
    (tmp_path / "vault.key").write_bytes(os.urandom(32))
    records, vault = opened(tmp_path)
    with records.change() as db, pytest.raises(VaultError, match="damaged"):
        vault.open(db, "case:7", box, BOUND)


def test_many_threads_share_one_key(tmp_path: Path) -> None:
    records, vault = opened(tmp_path)
    boxes: list[bytes] = []

    def seal() -> None:
        with records.change() as db:
            boxes.append(vault.seal(db, "case:7", b"x", BOUND))

    threads = [threading.Thread(target=seal) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with records.change() as db:
        assert [vault.open(db, "case:7", box, BOUND) for box in boxes] == [b"x"] * 8
