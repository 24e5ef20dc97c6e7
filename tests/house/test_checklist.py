"""The security checklist: every row of docs/security.md is named by a test."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = [int(number) for number in re.findall(r"^\| (\d+) \|", (ROOT / "docs/security.md").read_text(), re.MULTILINE)]


def rows_named_by_tests() -> set[int]:
    """Row numbers in the docstrings of test functions."""
    named: set[int] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for mention in re.findall(r"\b[Rr]ows? ([\d, and to]*\d)", ast.get_docstring(node) or ""):
                    named |= _numbers(mention)
    return named


def _numbers(mention: str) -> set[int]:
    numbers = [int(number) for number in re.findall(r"\d+", mention)]
    return set(range(numbers[0], numbers[-1] + 1)) if "to" in mention else set(numbers)


@pytest.mark.parametrize("row", ROWS)
def test_the_row_is_tested(row: int) -> None:
    """At least one test says that it is about this row."""
    assert row in rows_named_by_tests()


def test_the_checklist_is_whole() -> None:
    """Rows 1 to 27 and 29 to 31 are what is promised today."""
    assert [*range(1, 28), 29, 30, 31] == ROWS
