"""The whole plane in one process, as tests and `authplane dev` use it."""

import io
import json
import socket
import threading
import urllib.request
from typing import Any

import pytest

from cli.failures import CommandFailed
from cli.login.code_flow import discover
from cli.seed_file import Seed
from shared.clock import SystemClock
from tests.cli.conftest import Command
from tests.conftest import make_plane
from tests.threads import threads_left


def test_a_plane_leaves_no_thread_and_no_port() -> None:
    """After it stopped, everything that it started is gone; stopping twice is harmless."""
    before = set(threading.enumerate())

    with make_plane(SystemClock(), io.StringIO()) as plane:
        assert discover(plane.issuer)["issuer"] == plane.issuer
        plane.stop()

    assert threads_left(before) == []
    for address in (plane.auth_target, plane.token_target, plane.issuer.removeprefix("http://")):
        host, _, port = address.rpartition(":")
        with socket.create_server((host, int(port))):
            pass


def test_the_issuer_is_where_the_gateway_is() -> None:
    """Unless it is set; then it stays what it is."""
    with make_plane(SystemClock(), io.StringIO(), issuer="https://id.example") as plane:
        assert plane.issuer == "https://id.example"


def test_a_plane_whose_seed_is_refused_leaves_nothing() -> None:
    """The reason is told, and no part goes on serving."""
    before = set(threading.enumerate())
    seed = Seed.model_validate({"users": [{"username": "eve", "password": "short"}]})

    with pytest.raises(CommandFailed, match="user eve: password"), make_plane(SystemClock(), io.StringIO(), seed):
        pytest.fail("it must not start")

    assert threads_left(before) == []


def test_everything_listens_on_loopback_only() -> None:
    """Whatever the settings say: this is for trying out."""
    wide: dict[str, Any] = dict.fromkeys(("auth_host", "token_host", "gateway_host", "admin_host"), "0.0.0.0")

    with make_plane(SystemClock(), io.StringIO(), **wide) as plane:
        assert "127.0.0.1" in plane.auth_target
        for target in (plane.auth_target, plane.token_target, plane.issuer, plane.admin_url):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", int(target.rpartition(":")[2])), timeout=1)


def test_the_admin_port_tells_what_is_ready() -> None:
    """Liveness, readiness by part, and metrics of both gRPC services."""
    with make_plane(SystemClock(), io.StringIO()) as plane:
        assert fetch(f"{plane.admin_url}/livez") == "ok\n"
        ready = json.loads(fetch(f"{plane.admin_url}/readyz"))
        assert ready == {"auth": True, "token": True, "gateway": True, "sweeper": True}
        metrics = fetch(f"{plane.admin_url}/metrics")

    assert 'grpc_method="CreateUser",grpc_service="authplane.auth.v1.UserAdminService"' in metrics
    assert "process_resident_memory_bytes" in metrics


def fetch(url: str) -> str:
    request = urllib.request.Request(url, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as response:
        body: bytes = response.read()
        return body.decode()


def test_nothing_secret_is_logged() -> None:
    """Neither the passwords nor the secrets of the seed."""
    log = io.StringIO()

    with make_plane(SystemClock(), log, log_level="debug") as plane:
        Command({"AUTHPLANE_AUTH_TARGET": plane.auth_target}).run("user", "create", "eve", stdin="an open secret\n")

    assert "client_registered" in log.getvalue()
    for secret in ("correct horse battery staple", "web-secret-at-least", "an open secret"):
        assert secret not in log.getvalue()
