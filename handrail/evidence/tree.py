"""The tree whose root a checkpoint signs: a Merkle tree of fixed depth over the heads of all chains.

Each chain belongs to one of 4,096 buckets; a bucket's hash covers its leaves, a node's its two children. An append
touches one bucket and the twelve nodes above it, so a checkpoint costs what changed and not what there is.
Nodes are numbered as in a heap: the root is 1, the children of n are 2n and 2n+1, bucket b is node 4096 + b.
"""

import hashlib
from collections.abc import Iterable

DEPTH = 12
BUCKETS = 1 << DEPTH
ROOT = 1


def bucket_of(chain: str) -> int:
    return int.from_bytes(hashlib.sha256(chain.encode()).digest()[:2], "big") >> (16 - DEPTH)


def leaf(chain: str, seq: int, head: str) -> str:
    """Hides what it commits to from those who do not know the head: other tenants' leaves may be shown in a proof."""
    return _hash("leaf", chain, str(seq), head)


def bucket_hash(leaves: Iterable[str]) -> str:
    return _hash("bucket", *sorted(leaves))


def node_hash(left: str, right: str) -> str:
    return _hash("node", left, right)


def node_of(bucket: int) -> int:
    return BUCKETS + bucket


def path(node: int) -> list[int]:
    """The nodes above, up to the root."""
    return [node >> up for up in range(1, node.bit_length())]


def empty(node: int) -> str:
    """The hash of a node under which there is no chain."""
    return _EMPTY[node.bit_length() - 1]


def root_from(bucket: int, leaves: Iterable[str], siblings: list[str]) -> str:
    """The root that a proof leads to: the bucket's leaves, then the sibling at each level, bottom up."""
    node, found = node_of(bucket), bucket_hash(leaves)
    for sibling in siblings:
        found = node_hash(sibling, found) if node & 1 else node_hash(found, sibling)
        node >>= 1
    return found


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _empties() -> list[str]:
    """By depth: 0 the root of an empty tree, ... 12 an empty bucket."""
    levels = [bucket_hash([])]
    for _ in range(DEPTH):
        levels.append(node_hash(levels[-1], levels[-1]))
    return levels[::-1]


_EMPTY = _empties()
EMPTY_ROOT = empty(ROOT)
