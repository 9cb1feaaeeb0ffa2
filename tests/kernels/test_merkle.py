"""The tree against the test vectors of the Certificate Transparency reference, and against its definition."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernels import merkle

# Leaves and roots of the reference implementation's own tests (RFC 6962, the same tree as RFC 9162).
LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
MANY = [merkle.leaf_hash(bytes([n])) for n in range(131)]


def naive(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, as it is defined."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\1" + naive(leaves[:k]) + naive(leaves[k:])).digest()


def naive_path(leaves: list[bytes], m: int) -> list[bytes]:
    """PATH of RFC 9162 §2.1.3.1, as it is defined."""
    if len(leaves) == 1:
        return []
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(leaves[:k], m), naive(leaves[k:])]
    return [*naive_path(leaves[k:], m - k), naive(leaves[:k])]


def naive_consistency(leaves: list[bytes], m: int, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 9162 §2.1.4.1, as it is defined."""
    if m == len(leaves):
        return [] if whole else [naive(leaves)]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_consistency(leaves[:k], m, whole), naive(leaves[k:])]
    return [*naive_consistency(leaves[k:], m - k, False), naive(leaves[:k])]


ROOT = [naive(MANY[:n]) for n in range(131)]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_reference(size: int) -> None:
    assert merkle.tree_hash(HASHES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("number", "size", "path"), [
    (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
])  # fmt: skip
def test_the_paths_are_those_of_the_reference(number: int, size: int, path: list[str]) -> None:
    assert [step.hex() for step in merkle.inclusion(HASHES[:size], number)] == path


@pytest.mark.parametrize(("before", "size", "path"), [
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
])  # fmt: skip
def test_the_consistency_proofs_are_those_of_the_reference(before: int, size: int, path: list[str]) -> None:
    assert [step.hex() for step in merkle.consistency(HASHES[:size], before)] == path


def test_the_frontier_grows_into_the_tree_of_every_size() -> None:
    frontier: merkle.Frontier = ()
    for size, leaf in enumerate(MANY):
        assert merkle.root(frontier) == ROOT[size] == merkle.tree_hash(MANY[:size])
        assert len(frontier) == size.bit_count()
        frontier = merkle.grown(size, frontier, leaf)


def test_every_leaf_of_every_size_is_proven() -> None:
    for size in range(1, 131):
        for number in range(size):
            path = merkle.inclusion(MANY[:size], number)
            assert merkle.included(MANY[number], number, size, path, ROOT[size]), (number, size)
    for number in range(97):
        assert merkle.inclusion(MANY[:97], number) == naive_path(MANY[:97], number)


def test_every_size_is_consistent_with_every_smaller_one() -> None:
    for size in range(131):
        for before in range(size + 1):
            path = merkle.consistency(MANY[:size], before)
            assert merkle.consistent(before, size, ROOT[before], ROOT[size], path), (before, size)
    for before in range(1, 98):
        assert merkle.consistency(MANY[:97], before) == naive_consistency(MANY[:97], before)


@given(data=st.data())
def test_a_path_that_was_touched_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 130))
    number = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(MANY[:size], number)
    touched = _touched(data, path)
    assert not merkle.included(MANY[number], number, size, touched, ROOT[size])
    other = data.draw(st.integers(-1, size).filter(lambda n: n != number))
    assert not merkle.included(MANY[number], other, size, path, ROOT[size])
    assert not merkle.included(MANY[number - 1], number, size, path, ROOT[size])


@given(data=st.data())
def test_a_consistency_proof_that_was_touched_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 130))
    before = data.draw(st.integers(1, size - 1))
    path = merkle.consistency(MANY[:size], before)
    assert not merkle.consistent(before, size, ROOT[before], ROOT[size], _touched(data, path))
    assert not merkle.consistent(before, size, ROOT[before - 1], ROOT[size], path)
    assert not merkle.consistent(before, size, ROOT[before], ROOT[size - 1], path)
    assert not merkle.consistent(size, before, ROOT[size], ROOT[before], path)


def _touched(data: st.DataObject, path: list[bytes]) -> list[bytes]:
    """The path with a bit turned, a step less, one more, or two exchanged."""
    at = data.draw(st.integers(0, len(path) - 1))
    turned = bytes([path[at][0] ^ 1]) + path[at][1:]
    ways = [[*path[:at], turned, *path[at + 1 :]], path[:at] + path[at + 1 :], [*path, MANY[0]]]
    if len(path) > 1:
        ways.append([*path[1:], path[0]])
    return data.draw(st.sampled_from(ways))


def test_nothing_is_consistent_with_everything_and_proves_nothing_else() -> None:
    assert merkle.consistent(0, 5, ROOT[0], ROOT[5], [])
    assert not merkle.consistent(0, 5, ROOT[1], ROOT[5], [])
    assert not merkle.consistent(0, 5, ROOT[0], ROOT[5], [MANY[0]])
    assert not merkle.consistent(5, 5, ROOT[5], ROOT[4], [])
    assert not merkle.consistent(3, 5, ROOT[3], ROOT[5], [])
    assert not merkle.consistent(4, 5, ROOT[4], ROOT[5], [])


@pytest.mark.parametrize("number", [-1, 5])
def test_a_leaf_that_is_not_there_has_no_path(number: int) -> None:
    with pytest.raises(IndexError):
        merkle.inclusion(MANY[:5], number)
    with pytest.raises(IndexError):
        merkle.consistency(MANY[:4], number)
