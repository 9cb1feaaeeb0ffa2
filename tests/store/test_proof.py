"""Proofs show what they say and nothing else: whatever is touched in them is refused."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.errors import InputError
from beffroi.store import proof
from beffroi.wire import tlog
from logged import Store


class Shown:
    """Both kinds of proof of one store, and the key of another."""

    def __init__(self, directory: Path) -> None:
        (directory / "other").mkdir()
        store, other = Store(directory), Store(directory / "other")
        first = store.audit.checkpoint()
        store.live(2)
        self.keys = [tlog.verifier_key(store.audit.key)]
        self.other = tlog.verifier_key(other.audit.key)
        self.inclusion, self.since = store.audit.prove(6), store.audit.prove_since(first)
        self.foreign = other.audit.checkpoint()
        store.close()
        other.close()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return Shown(tmp_path_factory.mktemp("shown"))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_bit_that_is_turned_anywhere_is_found(shown: Shown, data: st.DataObject) -> None:
    made = data.draw(st.sampled_from([shown.inclusion, shown.since]))
    name = data.draw(st.sampled_from([name for name in made.__struct_fields__ if name != "number"]))
    value = getattr(made, name)
    parts = value if isinstance(value, list) else [value.encode() if isinstance(value, str) else value]
    at = data.draw(st.integers(0, len(parts) - 1))
    bit = data.draw(st.integers(0, 8 * len(parts[at]) - 1))
    turned = bytearray(parts[at])
    turned[bit // 8] ^= 1 << bit % 8
    forged = [*parts[:at], bytes(turned), *parts[at + 1 :]]
    new = forged if isinstance(value, list) else forged[0]
    try:
        said = new.decode() if isinstance(value, str) and isinstance(new, bytes) else new
    except UnicodeDecodeError:
        return  # no JSON can hold it
    with pytest.raises(InputError):
        proof.check(msgspec.structs.replace(made, **{name: said}), shown.keys)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [-1, 0, 5, 7, 16, 17, 2**40])
def test_another_number_is_not_proven(shown: Shown, number: int) -> None:
    with pytest.raises(InputError, match="path"):
        proof.check(msgspec.structs.replace(shown.inclusion, number=number), shown.keys)


def test_a_key_that_is_not_trusted_proves_nothing(shown: Shown) -> None:
    for made in (shown.inclusion, shown.since):
        assert proof.check(made, [shown.other, *shown.keys])
        with pytest.raises(InputError, match="no signature on it"):
            proof.check(made, [shown.other])


def test_a_log_does_not_go_on_from_another(shown: Shown) -> None:
    with pytest.raises(InputError, match="before: it is of beffroi/"):
        proof.check(msgspec.structs.replace(shown.since, before=shown.foreign), [shown.other, *shown.keys])


@given(st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(msgspec.json.encode))
def test_what_is_no_proof_is_refused(text: bytes) -> None:
    with pytest.raises(InputError, match="proof: "):
        proof.read(text)
