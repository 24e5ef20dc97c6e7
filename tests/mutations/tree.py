"""A copy of the tree that may be broken."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutations.mutation import Mutation

ROOT = Path(__file__).resolve().parents[2]

_LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "__pycache__", "*.egg-info")
_SECONDS = 300


class Tree:
    """The copy.

    Args:
        path: Where it is made; nothing is there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        shutil.copytree(ROOT, path, ignore=_LEFT_OUT)

    @contextmanager
    def broken(self, mutation: Mutation) -> Iterator[None]:
        """Broken like this, until the context is left."""
        file = self._path / mutation.path
        whole = file.read_text()
        file.write_text(whole.replace(mutation.old, mutation.new))
        try:
            yield
        finally:
            file.write_text(whole)

    def failures(self, tests: Collection[str]) -> set[str]:
        """Which of these tests fail, in any of their cases.

        Raises:
            RuntimeError: They could not be run.
        """
        path = os.pathsep.join(map(str, (self._path, self._path / "gen")))
        run = subprocess.run(
            [
                sys.executable,
                "-B",
                "-m",
                "pytest",
                "--quiet",
                "--tb=no",
                "--timeout=120",
                "-p",
                "no:cacheprovider",
                "-rfE",
                *tests,
            ],
            cwd=self._path,
            env={**os.environ, "PYTHONPATH": path, "AUTHPLANE_TEST_RACES": "50"},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if run.returncode not in {0, 1}:
            raise RuntimeError(run.stdout + run.stderr)
        shutil.rmtree(self._path / ".hypothesis", ignore_errors=True)  # Examples of one break say nothing of another.
        failed = re.findall(r"^(?:FAILED|ERROR) ([^\s\[]+)", run.stdout, re.MULTILINE)
        return set(failed) & set(tests)
