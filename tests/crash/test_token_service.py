"""The token service alone is killed in the middle of rotations, and its successor tells used tokens from new ones."""

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx2 as httpx
import pytest

from tests.cli.conftest import Command
from tests.cli.processes import Process, authplane_process
from tests.conftest import SECRET, SEED
from tests.refusals.flow import Flow
from tests.servers.postgres import PostgresDatabases

FAMILIES = 4


class Owner:
    """Who rotates one family without pause until there is no answer."""

    def __init__(self, issuer: str) -> None:
        self.flow = Flow(cast(Any, SimpleNamespace(issuer=issuer)))
        self.code = self.flow.code()
        self.newest = str(self.flow.redeem(self.code).json()["refresh_token"])
        self.consumed: list[str] = []
        self.thread = threading.Thread(target=self._rotate)

    def _rotate(self) -> None:
        while (answer := self.flow.refresh(self.newest)).status_code == 200:
            self.consumed.append(self.newest)
            self.newest = answer.json()["refresh_token"]

    def retry(self) -> str:
        """Presents the newest token again until the service is back; the successor that it gets."""
        deadline = time.monotonic() + 30
        while (answer := self.flow.refresh(self.newest)).status_code == 503:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["refresh_token"])


class Services:
    """The three processes on one database."""

    def __init__(self, stack: ExitStack, directory: Path, database_url: str) -> None:
        self._stack = stack
        (directory / "secret").write_text(SECRET)
        (directory / "url").write_text(database_url)
        gateway_port = _free_port()
        self.issuer = f"http://127.0.0.1:{gateway_port}"
        self._common = ("--admin-port", "0", "--secret-file", str(directory / "secret"), "--issuer", self.issuer)
        self._database = ("--database-url-file", str(directory / "url"), "--store", "postgres")
        self._token_port = _free_port()
        auth_port = _free_port()
        targets = ("--auth-target", f"127.0.0.1:{auth_port}", "--token-target", f"127.0.0.1:{self._token_port}")
        self._start("auth", "--auth-port", str(auth_port), *self._database)
        self.token = self.start_token()
        Command({}).text("seed", "--file", str(SEED), *targets)
        self._start("gateway", "--port", str(gateway_port), *targets)

    def start_token(self) -> Process:
        return self._start(
            "token", "--token-port", str(self._token_port), "--refresh-grace-seconds=60", *self._database
        )

    def _start(self, *arguments: str) -> Process:
        process = self._stack.enter_context(authplane_process("serve", *arguments, *self._common))
        assert json.loads(process.first_line(30))["event"] == "serving"
        return process


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def services(postgres_databases: PostgresDatabases, tmp_path: Path) -> Iterator[Services]:
    with ExitStack() as stack:
        yield Services(stack, tmp_path, stack.enter_context(postgres_databases.database()))


def test_no_consumed_token_comes_back(services: Services) -> None:
    """What was not answered gets its successor, and only that one; every used token is refused, the code too."""
    owners = [Owner(services.issuer) for _ in range(FAMILIES)]
    for owner in owners:
        owner.thread.start()
    while min(len(owner.consumed) for owner in owners) < 5:
        time.sleep(0.01)
    services.token.end(signal.SIGKILL)
    for owner in owners:
        owner.thread.join()
    services.start_token()
    for place, owner in enumerate(owners):
        successor = owner.retry()
        assert owner.retry() == successor
        # Each family is convicted by another one of its tokens.
        for token in [*owner.consumed[place:], *owner.consumed[:place], owner.newest, successor]:
            assert _refusal(owner.flow.refresh(token)) == (400, "invalid_grant")
        assert _refusal(owner.flow.redeem(owner.code)) == (400, "invalid_grant")
        owner.flow.close()


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json().get("error"))
