"""Each deliberate break is noticed by the tests that it names: in a copy of the tree, by `make test-mutations` only."""

import pytest

from tests.mutations.mutation import Mutation
from tests.mutations.mutations import MUTATIONS
from tests.mutations.tree import Tree

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """One copy for all, which is mended after each break."""
    return Tree(tmp_path_factory.mktemp("tree") / "authplane")


def test_unbroken_all_pass(tree: Tree) -> None:
    """So what fails below fails for the break."""
    assert tree.failures({test for mutation in MUTATIONS for test in mutation.tests}) == set()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_break_is_noticed(tree: Tree, mutation: Mutation) -> None:
    """By every test that it names."""
    with tree.broken(mutation):
        assert tree.failures(mutation.tests) == set(mutation.tests)
