"""Which node has which name: always the same one, whether it answers or not.

Who hands a dead node's names to another brings old values back when the first one returns: a session that was ended
lives again. Here the names of a dead node are misses until it is back.
"""

import hashlib
from collections.abc import Sequence


class Ring:
    """Rendezvous hashing: a name belongs to the node that gives the greatest SHA-256 digest together with it.

    Every process computes the same; one node more or less moves no names between the others.

    Args:
        nodes: At least one, in any order.

    Raises:
        ValueError: None, or one twice.
    """

    def __init__(self, nodes: Sequence[str]) -> None:
        if not nodes or len(set(nodes)) != len(nodes):
            raise ValueError("there must be a memcached node, and none may be named twice")
        self._nodes = tuple(nodes)

    def node_of(self, name: str) -> str:
        """The one node of this name."""
        return max(self._nodes, key=lambda node: hashlib.sha256(f"{node} {name}".encode()).digest())
