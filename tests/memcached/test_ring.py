"""Which node has which name."""

from collections import Counter

import pytest

from shared.memcached.ring import Ring

NODES = [f"10.0.0.{number}:11211" for number in range(4)]
NAMES = [f"name {number}" for number in range(4000)]


def test_names_are_spread() -> None:
    """No node has more than one and a half times its share."""
    shares = Counter(Ring(NODES).node_of(name) for name in NAMES)
    assert set(shares) == set(NODES)
    assert max(shares.values()) < 1.5 * len(NAMES) / len(NODES)


def test_every_process_agrees() -> None:
    """Neither the order of the nodes matters, nor the process: these are the nodes for ever."""
    assert [Ring(NODES).node_of(name) for name in NAMES] == [Ring(NODES[::-1]).node_of(name) for name in NAMES]
    assert [Ring(NODES).node_of(f"name {number}")[7] for number in range(12)] == list("113330003120")


def test_one_node_less_moves_its_own_names_only() -> None:
    """All others stay where they are when the setting is changed."""
    before, after = Ring(NODES), Ring(NODES[:-1])
    moved = {before.node_of(name) for name in NAMES if before.node_of(name) != after.node_of(name)}
    assert moved == {NODES[-1]}


@pytest.mark.parametrize("nodes", [[], ["a:1", "b:1", "a:1"]])
def test_nodes_are_there_once(nodes: list[str]) -> None:
    """No node, or one twice, is a mistake in the settings."""
    with pytest.raises(ValueError, match="node"):
        Ring(nodes)
