"""Merkle: the tree of RFC 9162 §2.1 over SHA-256, its proofs, and what is needed to let it grow.

    root = H(1 ‖ left ‖ right), a leaf is H(0 ‖ entry); left holds the largest power of two that is smaller

The *frontier* of a tree of n leaves are the roots of the full trees that it consists of, largest first: one
for each bit set in n. Another leaf needs nothing else, and the root follows from it.
"""

from collections.abc import Sequence
from hashlib import sha256

SIZE = 32
"""Bytes of a hash."""
Frontier = tuple[bytes, ...]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry (§2.1.1)."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two trees (§2.1.1)."""
    return sha256(b"\1" + left + right).digest()


def grown(size: int, frontier: Frontier, leaf: bytes) -> Frontier:
    """The frontier of a tree of `size` leaves after one more."""
    trees = [*frontier, leaf]
    while size & 1:
        right = trees.pop()
        trees[-1] = node_hash(trees[-1], right)
        size >>= 1
    return tuple(trees)


def root(frontier: Frontier) -> bytes:
    """The root of the tree with that frontier; without a leaf, the hash of nothing."""
    if not frontier:
        return sha256(b"").digest()
    whole = frontier[-1]
    for left in reversed(frontier[:-1]):
        whole = node_hash(left, whole)
    return whole


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """The root over hashes of leaves (§2.1.1)."""
    frontier: Frontier = ()
    for size, leaf in enumerate(leaves):
        frontier = grown(size, frontier, leaf)
    return root(frontier)


def inclusion(leaves: Sequence[bytes], number: int) -> list[bytes]:
    """The path from leaf `number` to the root, nearest first (§2.1.3.1). Raises IndexError."""
    if not 0 <= number < len(leaves):
        raise IndexError(f"leaf {number} of {len(leaves)}")
    path: list[bytes] = []
    while len(leaves) > 1:
        k = _split(len(leaves))
        left, right = leaves[:k], leaves[k:]
        leaves, other = (left, right) if number < k else (right, left)
        number -= 0 if number < k else k
        path.append(tree_hash(other))
    return path[::-1]


def included(leaf: bytes, number: int, size: int, path: Sequence[bytes], whole: bytes) -> bool:
    """Whether `path` leads from leaf `number` to the root `whole` of a tree of `size` leaves (§2.1.3.2)."""
    if not 0 <= number < size:
        return False
    at, last, here = number, size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            here = node_hash(other, here)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            here = node_hash(here, other)
        at, last = at >> 1, last >> 1
    return last == 0 and here == whole


def consistency(leaves: Sequence[bytes], before: int) -> list[bytes]:
    """What shows that the first `before` leaves are as they were (§2.1.4.1). Raises IndexError."""
    if not 0 <= before <= len(leaves):
        raise IndexError(f"{before} of {len(leaves)} leaves")
    if before == 0:
        return []  # everything is consistent with nothing
    path: list[bytes] = []
    known = True
    while before < len(leaves):
        k = _split(len(leaves))
        if before <= k:
            path.append(tree_hash(leaves[k:]))
            leaves = leaves[:k]
        else:
            path.append(tree_hash(leaves[:k]))
            leaves, before, known = leaves[k:], before - k, False
    return ([] if known else [tree_hash(leaves)]) + path[::-1]


def consistent(before: int, size: int, old: bytes, new: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `size` leaves with root `new` begins with that of `before` and `old` (§2.1.4.2)."""
    if not 0 <= before <= size:
        return False
    if before in (0, size):
        return not path and old == (root(()) if before == 0 else new)
    steps = list(path) if before & (before - 1) else [old, *path]
    if not steps:
        return False
    at, last = before - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for other in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, other)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old and second == new


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (> 1)."""
    return 1 << (size - 1).bit_length() - 1
