"""The list of deliberate breaks fits the code; `make test-mutations` tries them: `try_mutations.py`."""

import ast
from pathlib import Path

import pytest

from tests.mutations.mutation import Mutation
from tests.mutations.mutations import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_break_fits_the_code(mutation: Mutation) -> None:
    """What it replaces is there once, what comes of it is Python, and the tests that it names exist."""
    code = (ROOT / mutation.path).read_text()
    assert code.count(mutation.old) == 1
    assert mutation.new != mutation.old
    ast.parse(code.replace(mutation.old, mutation.new))
    assert mutation.tests
    for test in mutation.tests:
        path, name = test.split("::")
        assert f"def {name}(" in (ROOT / path).read_text()


def test_each_break_has_a_name_of_its_own() -> None:
    """And none is there twice."""
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
    assert len({(mutation.path, mutation.old, mutation.new) for mutation in MUTATIONS}) == len(MUTATIONS)
