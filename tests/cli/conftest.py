"""A plane of its own for the command line, whose tests change it, and the command in this very process."""

import io
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.dev.plane import DevPlane
from cli.main import app
from shared.clock import SystemClock
from tests.conftest import make_plane, plane_store


class Command:
    """`authplane`, pointed at a plane.

    Args:
        env: Variables of the environment; None removes one.
    """

    def __init__(self, env: dict[str, str | None]) -> None:
        self._env = dict.fromkeys(name for name in os.environ if name.startswith("AUTHPLANE_")) | env
        self._runner = CliRunner()

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        """Runs it, whatever comes of it."""
        return self._runner.invoke(app, list(arguments), input=stdin, env=self._env, prog_name="authplane")

    def text(self, *arguments: str, stdin: str | None = None) -> str:
        """What it prints when it succeeds."""
        result = self.run(*arguments, stdin=stdin)
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout

    def json(self, *arguments: str, stdin: str | None = None) -> Any:
        """What it prints with `-o json`."""
        return json.loads(self.text(*arguments, "-o", "json", stdin=stdin))

    def failure(self, *arguments: str, stdin: str | None = None) -> tuple[int, str]:
        """Exit code and message when it fails, which prints nothing else."""
        result = self.run(*arguments, stdin=stdin)
        assert result.stdout == ""
        return result.exit_code, result.stderr.strip()


@pytest.fixture(scope="session")
def plane(store_name: str, request: pytest.FixtureRequest) -> Iterator[DevPlane]:
    """A seeded plane that these tests may change."""
    with plane_store(store_name, request) as settings, make_plane(SystemClock(), io.StringIO(), **settings) as running:
        yield running


@pytest.fixture(scope="session")
def authplane(plane: DevPlane) -> Command:
    """The command, pointed at the plane by its environment."""
    return Command(
        {
            "AUTHPLANE_AUTH_TARGET": plane.auth_target,
            "AUTHPLANE_TOKEN_TARGET": plane.token_target,
            "AUTHPLANE_ISSUER": plane.issuer,
            "COLUMNS": "100",
        }
    )
