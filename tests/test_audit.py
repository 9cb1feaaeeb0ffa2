"""`beffroi audit`: what it prints, and how it ends."""

import sqlite3
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from beffroi import cli, site
from beffroi.audit import safeguards
from beffroi.kernels.merkle import leaf_hash
from beffroi.store import signer
from logged import Store, entry


def run(*words: object) -> Result:
    return CliRunner().invoke(cli.main, ["audit", *map(str, words)])


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with 9 entries and no checkpoint after the first of them but the last."""
    made = Store(tmp_path / "store")
    made.live(1)
    made.close()
    return made.directory


def test_a_log_that_holds_is_said_to(store: Path) -> None:
    done = run("verify", "--store", store)
    assert (done.exit_code, done.stdout) == (0, "ok: 9 entries, 9 of them under a signed checkpoint\n")


def test_what_is_wrong_is_said_with_its_place(store: Path) -> None:
    with sqlite3.connect(store / "records.sqlite") as db:
        db.execute("UPDATE act SET reason = 'none of their business' WHERE code = 'shelve'")
        db.execute("UPDATE audit_entry SET subject = 'case:99' WHERE number = 4")
    done = run("verify", "--store", store)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "entry 4: it is of 'case:1' and filed under 'case:99'",
        "act 7: it is not what was decided (entry 7)",
    ]


def test_a_checkpoint_that_was_given_away_finds_a_cut_tail(store: Path, tmp_path: Path) -> None:
    given = written(tmp_path, "given", run("checkpoint", "--store", store).stdout)
    key = written(tmp_path, "key", run("key", "--store", store).stdout)
    assert run("verify", "--store", store, "--checkpoint", given, "--key", key).exit_code == 0
    with sqlite3.connect(store / "records.sqlite") as db:  # all that was later than the first checkpoint
        db.execute("DELETE FROM audit_entry WHERE number > 0")
        db.execute("DELETE FROM audit_checkpoint WHERE number > 1")
        db.execute("DELETE FROM act")
        (body,) = db.execute("SELECT body FROM audit_entry").fetchone()
        db.execute("UPDATE audit_head SET size = 1, frontier = ?", (leaf_hash(body),))
    assert run("verify", "--store", store).exit_code == 0  # by itself it looks whole
    done = run("verify", "--store", store, "--checkpoint", given, "--key", key)
    assert done.exit_code == 1
    assert (
        "given checkpoint 1: it covers 9 entries and 1 are there: the tail is cut, or this is an old copy"
        in (done.stdout)
    )


def test_a_proof_is_checked_without_the_store(store: Path, tmp_path: Path) -> None:
    key = written(tmp_path, "key", run("key", "--store", store).stdout)
    given = written(tmp_path, "given", run("checkpoint", "--store", store).stdout)
    one = written(tmp_path, "one", run("prove", "4", "--store", store).stdout)
    since = written(tmp_path, "since", run("prove", "--since", given, "--store", store).stdout)
    for path in store.iterdir():
        path.unlink()
    done = run("verify", "--proof", one, "--key", key)
    assert done.exit_code == 0
    assert done.stdout.startswith("ok: entry 4 of the 9 of beffroi/")
    assert '"action":"read.case"' in done.stdout
    assert run("verify", "--proof", since, "--key", key).stdout.endswith("begin with those 9\n")
    forged = written(tmp_path, "forged", one.read_text().replace('"number": 4', '"number": 5'))
    done = run("verify", "--proof", forged, "--key", key)
    assert (done.exit_code, done.stderr) == (
        1, "beffroi: path: it does not lead from entry 5 to the root of the checkpoint\n")  # fmt: skip


def test_a_lost_key_is_told(store: Path) -> None:
    (store / signer.FILE).unlink()
    new = run("key", "--store", store).stdout.strip()
    done = run("verify", "--store", store)
    assert done.exit_code == 0
    assert (
        f"note: from entry 9 on another key signs, {new}: the one before was lost or changed" in done.stdout
    )


def test_entries_are_lines_of_json(store: Path) -> None:
    lines = [msgspec.json.decode(line) for line in run("entries", "--store", store).stdout.splitlines()]
    assert [line["number"] for line in lines] == list(range(9))
    only = run("entries", "--store", store, "--subject", entry(1).subject, "--since", 3).stdout.splitlines()
    assert [msgspec.json.decode(line)["number"] for line in only] == [4]


def test_the_key_file_is_never_printed(store: Path) -> None:
    secret = (store / signer.FILE).read_text().splitlines()[1]
    for words in (["key"], ["checkpoint"], ["prove", "1"], ["entries"], ["verify"]):
        assert secret not in run(*words, "--store", store).output


@pytest.mark.parametrize("words", [
    ["verify"], ["key"], ["checkpoint"], ["entries"], ["prove", "1"],
])  # fmt: skip
def test_a_folder_without_records_is_said_and_stays_so(tmp_path: Path, words: list[str]) -> None:
    done = run(*words, "--store", tmp_path / "none")
    assert (done.exit_code, done.stderr) == (2, f"beffroi: {tmp_path}/none: there are no records in it\n")
    assert not (tmp_path / "none").exists()


def test_the_safeguards_of_a_site_are_lines_that_change_with_it() -> None:
    text = '[site]\nname = "Test"\nlat_deg = 48.72\nlon_deg = 2.36\n'
    told = safeguards(site.read(text))
    assert (told["retention.operator_hours"], told["retention.signs_days"]) == ("24", "365")
    assert len(told["policy"]) == 64
    longer = safeguards(site.read(f"{text}[store]\noperator_hours = 720\n"))
    assert {name for name in told if told[name] != longer[name]} == {"retention.operator_hours"}


def test_the_safeguards_are_in_the_checkpoint(tmp_path: Path) -> None:
    told = safeguards(site.read('[site]\nname = "Test"\nlat_deg = 48.72\nlon_deg = 2.36\n'))
    Store(tmp_path, told).close()
    lines = run("checkpoint", "--store", tmp_path).stdout.splitlines()
    assert [line for line in lines if line.startswith("safeguard ")] == [
        f"safeguard {name} {told[name]}" for name in sorted(told)
    ]


def test_wrong_use_is_said(store: Path, tmp_path: Path) -> None:
    proof = written(tmp_path, "proof", run("prove", "1", "--store", store).stdout)
    assert run("verify", "--proof", proof).exit_code == 2
    assert run("prove", "--store", store).exit_code == 2
    assert run("prove", "99", "--store", store).stderr == "beffroi: there is no entry 99: the log has 9\n"
    bad = written(tmp_path, "bad", "no key\n")
    assert run("verify", "--store", store, "--key", bad).exit_code == 1
    assert run("verify", "--proof", proof, "--key", bad).exit_code == 1
