"""A plane whose parts only talk to each other over TLS, with certificates on both sides."""

import json
from contextlib import ExitStack
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.certificates import Authority
from tests.cli.conftest import Command
from tests.cli.processes import Process, authplane_process
from tests.conftest import SEED
from tests.servers.postgres import PostgresDatabases

SECRET = "s" * 32
MACHINE = ("machine", "machine-secret-at-least-32-characters")


def port(process: Process) -> int:
    while True:
        told = json.loads(process.first_line())
        if told["event"] == "serving":
            return int(told["port"])


@pytest.mark.timeout(120)
def test_nothing_goes_in_plain_text(postgres_databases: PostgresDatabases, tmp_path: Path) -> None:
    """The gateway and commands show a certificate and are answered; who has none is not."""
    authority = Authority(tmp_path, "authority")
    (tmp_path / "secret").write_text(SECRET)
    common = ("--admin-port", "0", "--secret-file", str(tmp_path / "secret"), "--issuer", "http://127.0.0.1:8080")

    def tls(name: str) -> tuple[str, ...]:
        signed = authority.sign(name)
        return ("--rpc-tls-certificate", str(signed.certificate), "--rpc-tls-key", str(signed.key))

    with postgres_databases.database() as url, ExitStack() as stack:
        (tmp_path / "url").write_text(url)
        service = ("--database-url-file", str(tmp_path / "url"), "--rpc-tls-client-ca", str(authority.file))

        def start(*arguments: str) -> int:
            return port(stack.enter_context(authplane_process("serve", *arguments, *common)))

        auth = start("auth", "--auth-port", "0", *service, *tls("auth"))
        token = start("token", "--token-port", "0", *service, *tls("token"))
        targets = ("--auth-target", f"127.0.0.1:{auth}", "--token-target", f"127.0.0.1:{token}")
        operator = authority.sign("operator")
        shown: dict[str, str | None] = {
            "AUTHPLANE_RPC_TLS_CA": str(authority.file),
            "AUTHPLANE_RPC_TLS_CERTIFICATE": str(operator.certificate),
            "AUTHPLANE_RPC_TLS_KEY": str(operator.key),
        }
        assert Command({}).failure("user", "list", *targets[:2])[0] == 3
        Command(shown).text("seed", "--file", str(SEED), *targets)
        gateway = start("gateway", "--port", "0", *targets, "--rpc-tls-ca", str(authority.file), *tls("gateway"))
        answer = httpx.post(
            f"http://127.0.0.1:{gateway}/auth/token", data={"grant_type": "client_credentials"}, auth=MACHINE
        )
        assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")
