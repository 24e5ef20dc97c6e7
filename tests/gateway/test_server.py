"""How the server starts and stops."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import httpx2 as httpx
import pytest

from gateway.pages import PageError
from gateway.settings import GatewaySettings
from tests.gateway.answers import CLIENT_CREDENTIALS
from tests.gateway.conftest import SECRET, Gateway, run_gateway

running_gateway = contextmanager(run_gateway)
GRANT = {"grant_type": "client_credentials"}


def left_after(before: set[threading.Thread]) -> set[threading.Thread]:
    """Threads that are new. The scripted services' own take a moment to end, and those of another gateway may begin."""
    deadline = time.monotonic() + 2
    while (left := _threads() - before) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if not thread.name.startswith("ThreadPoolExecutor")}


def test_nothing_is_left_of_a_gateway() -> None:
    """Leaving the context ends every thread and closes the port, also while a client keeps its connection."""
    before = set(threading.enumerate())
    with running_gateway() as gateway, gateway.browser() as http:
        gateway.script.answers("ClientCredentials", CLIENT_CREDENTIALS)
        assert 200 == http.post("/auth/token", data=GRANT).status_code

    assert set() == left_after(before)
    with pytest.raises(httpx.ConnectError):
        httpx.get(gateway.url)


def test_what_was_begun_is_finished() -> None:
    """A request that is under way when the gateway stops gets its answer."""
    asked, answers = threading.Event(), []

    def slow_client(gateway: Gateway) -> None:
        with gateway.browser() as http:
            answers.append(http.post("/auth/token", data=GRANT).status_code)

    with running_gateway() as gateway:
        gateway.script.answers("ClientCredentials", CLIENT_CREDENTIALS)
        gateway.script.play = _slowly(gateway.script.play, asked)  # type: ignore[method-assign]  # The double's own.
        client = threading.Thread(target=slow_client, args=(gateway,))
        client.start()
        assert asked.wait(5)
    client.join(5)

    assert [200] == answers


def test_two_gateways_run_side_by_side() -> None:
    """Nothing is shared between them."""
    with running_gateway() as one, running_gateway() as other:
        for gateway in (one, other):
            gateway.script.answers("ClientCredentials", CLIENT_CREDENTIALS)
            assert 200 == httpx.post(f"{gateway.url}/auth/token", data=GRANT).status_code

        assert (1, 1) == (len(one.script.questions), len(other.script.questions))


def test_a_taken_port_is_told(gateway: Gateway) -> None:
    """The message names the port, and nothing is left running."""
    before = set(threading.enumerate())

    message = f"cannot listen on 127.0.0.1:{gateway.port}: is the port taken"
    with pytest.raises(OSError, match=message), running_gateway(gateway_port=gateway.port):
        pass

    assert set() == left_after(before)


def test_a_broken_template_is_found_at_the_start(tmp_path: Any) -> None:
    """Not when the first user wants to log in."""
    (tmp_path / "login.html").write_text("{{ nothing }}")

    with pytest.raises(PageError, match=r"login\.html"), running_gateway(template_directory=tmp_path):
        pass


def test_settings_that_contradict_each_other_are_refused() -> None:
    """A stop that is shorter than a call would cut off answers."""
    settings = GatewaySettings.model_validate({"secret": SECRET, "request_deadline_seconds": 10, "drain_seconds": 10})

    with pytest.raises(ValueError, match="drain_seconds must be greater than request_deadline_seconds"):
        settings.verify()


def test_a_client_that_goes_away_does_no_harm(gateway: Gateway) -> None:
    """An upload that breaks off is no fault of ours."""
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        head = b"POST /auth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        connection.sendall(head + b"Content-Length: 100\r\n\r\ngrant_type=")
    time.sleep(0.2)

    assert "internal_error" not in gateway.log.getvalue()
    assert 404 == httpx.get(gateway.url).status_code


def _slowly(play: Callable[..., Any], asked: threading.Event) -> Callable[..., Any]:
    def slow(*arguments: Any) -> Any:
        asked.set()
        time.sleep(0.5)
        return play(*arguments)

    return slow


def test_a_gateway_without_services_starts() -> None:
    """It connects when it has to, so that parts can be started in any order."""
    with running_gateway(auth_target="127.0.0.1:1", token_target="127.0.0.1:1") as gateway:
        assert 200 == httpx.get(f"{gateway.url}/.well-known/openid-configuration").status_code
