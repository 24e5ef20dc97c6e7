"""`authplane serve`: one part in a process of its own."""

import json
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from cli.dev.plane import DevPlane
from cli.login.http import fetch_json
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.scratch import ScratchDatabase
from tests.cli.conftest import Command
from tests.cli.processes import Process, authplane_process
from tests.conftest import SEED
from tests.servers.postgres import PostgresDatabases
from tests.user_agent import UserAgent

SECRET = "s" * 32
MACHINE = ("machine", "machine-secret-at-least-32-characters")


@pytest.mark.parametrize("part", ["auth", "token"])
def test_a_service_is_not_served_from_a_memory_of_its_own(part: str) -> None:
    """The message says why and what to do; exit code 2."""
    code, message = Command({"AUTHPLANE_SECRET": SECRET}).failure("serve", part, "--store", "memory")

    assert code == 2
    assert message.startswith(f"authplane: the in-memory store lives in one process, so {part} cannot run apart")
    assert message.endswith("run all of it with: authplane dev")


def test_a_part_needs_its_secret() -> None:
    """A secret is never made up outside of `dev`."""
    code, message = Command({}).failure("serve", "gateway")

    assert (code, "secret: is missing" in message) == (2, True)


@pytest.mark.parametrize("part", ["auth", "token"])
def test_a_service_needs_a_database(part: str) -> None:
    """The message names the setting; exit code 2."""
    nothing = {"AUTHPLANE_SECRET": SECRET, "DATABASE_URL": None, "AUTHPLANE_ADMIN_PORT": "0"}
    code, message = Command({**nothing, f"AUTHPLANE_{part.upper()}_PORT": "0"}).failure("serve", part)

    assert (code, "DATABASE_URL" in message) == (2, True)


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


def test_three_processes_make_a_plane(postgres_databases: PostgresDatabases, tmp_path: Path) -> None:
    """Services that are started before the schema is there wait for it, alive and not ready; then all of it works."""
    (tmp_path / "secret").write_text(SECRET)
    common = ("--admin-port", "0", "--secret-file", str(tmp_path / "secret"), "--issuer", "http://127.0.0.1:8080")
    with ScratchDatabase(postgres_databases.url) as scratch, ExitStack() as stack:
        (tmp_path / "url").write_text(scratch.url)
        on_database = ("--database-url-file", str(tmp_path / "url"))

        def start(*arguments: str) -> Process:
            return stack.enter_context(authplane_process("serve", *arguments, *common))

        auth = start("auth", "--auth-port", "0", *on_database)
        token = start("token", "--token-port", "0", *on_database)
        waiting = json.loads(auth.first_line())
        assert (waiting["event"], "authplane migrate up" in waiting["reason"]) == ("not_ready", True)
        Migrator(scratch.url).up()
        auth_port = json.loads(auth.first_line())["port"]
        token_port = next(port for port in (json.loads(token.first_line()).get("port") for _ in range(4)) if port)

        targets = ("--auth-target", f"127.0.0.1:{auth_port}", "--token-target", f"127.0.0.1:{token_port}")
        Command({}).text("seed", "--file", str(SEED), *targets)
        gateway = start("gateway", "--port", "0", *targets)
        issuer = f"http://127.0.0.1:{json.loads(gateway.first_line())['port']}"
        agent = UserAgent(issuer)
        stack.callback(agent.close)
        answer = agent.http.post(f"{issuer}/auth/token", data={"grant_type": "client_credentials"}, auth=MACHINE)
        assert answer.status_code == 200
        for process in (gateway, token, auth):
            assert process.end(signal.SIGTERM).code == 0
