"""`authplane serve`: one part in a process of its own."""

import json
import signal
from pathlib import Path

import pytest

from cli.dev.plane import DevPlane
from cli.login.http import fetch_json
from tests.cli.conftest import Command
from tests.cli.processes import authplane_process

SECRET = "s" * 32


@pytest.mark.parametrize("part", ["auth", "token"])
def test_a_service_is_not_served_from_a_memory_of_its_own(part: str) -> None:
    """The message says why and what to do; exit code 2."""
    code, message = Command({"AUTHPLANE_SECRET": SECRET}).failure("serve", part)

    assert code == 2
    assert message.startswith(f"authplane: the in-memory store lives in one process, so {part} cannot run apart")
    assert message.endswith("run all of it with: authplane dev")


def test_a_part_needs_its_secret() -> None:
    """A secret is never made up outside of `dev`."""
    code, message = Command({}).failure("serve", "gateway")

    assert (code, "secret: is missing" in message) == (2, True)


def test_more_than_one_worker_is_refused() -> None:
    """So far."""
    assert Command({"AUTHPLANE_SECRET": SECRET}).failure("serve", "gateway", "--workers", "2")[0] == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_gateway_serves_and_drains(plane: DevPlane, tmp_path: Path, number: signal.Signals) -> None:
    """It answers with what its services know, logs lines of JSON, and a signal ends it with exit code 0."""
    (tmp_path / "secret").write_text(SECRET)
    flags = ("--port", "0", "--admin-port", "0", "--secret-file", str(tmp_path / "secret"))
    targets = ("--auth-target", plane.auth_target, "--token-target", plane.token_target)

    with authplane_process("serve", "gateway", *flags, *targets) as process:
        serving = json.loads(process.first_line())
        jwks = fetch_json(f"http://127.0.0.1:{serving['port']}/auth/jwks")
        ready = fetch_json(f"http://127.0.0.1:{serving['admin_port']}/readyz")
        ended = process.end(number)

    assert serving["event"] == "serving"
    assert jwks == fetch_json(f"{plane.issuer}/auth/jwks")
    assert ready == {"gateway": True}
    assert (ended.code, ended.stderr) == (0, "")


def test_a_taken_port_is_told_with_its_flag(plane: DevPlane) -> None:
    """One line, exit code 1."""
    port = plane.issuer.rpartition(":")[2]

    code, message = Command({"AUTHPLANE_SECRET": SECRET}).failure("serve", "gateway", "--port", port)

    assert (code, message) == (1, f"authplane: port {port} is taken: choose another with --port")
