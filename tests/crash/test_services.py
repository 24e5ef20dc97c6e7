"""The running plane is killed in the middle of rotations and started again (CVE-2026-9802)."""

import re
import signal
import socket
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx2 as httpx
import pytest

from tests.cli.processes import FREE_PORTS, Process, authplane_process
from tests.conftest import SEED
from tests.refusals.flow import Flow


def started(process: Process) -> Flow:
    """A browser and a back channel at a plane that has just been started."""
    issuer = re.search(r"issuer +(\S+)", "\n".join(process.wait_for("ready", seconds=90)))
    assert issuer is not None
    return Flow(cast(Any, SimpleNamespace(issuer=issuer[1])))


@pytest.mark.timeout(180)
def test_no_consumed_token_comes_back(tmp_path: Path) -> None:
    """Every refresh token and code that was used before the kill is refused after it; using one ends the family."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    # The same port both times, so that it is the same issuer.
    command = ("dev", "--store", "postgres", "--data-dir", str(tmp_path), "--seed", str(SEED), *FREE_PORTS)
    settings = ("--port", port, "--refresh-grace-seconds", "0", "--log-level", "error")
    with authplane_process(*command, *settings) as process:
        flow = started(process)
        code = flow.code()
        consumed, access_tokens = list[str](), list[str]()
        current = dict(flow.redeem(code).json())
        other = flow.tokens()
        enough = threading.Event()

        def rotate() -> None:
            nonlocal current
            try:
                while True:
                    answer = flow.refresh(current["refresh_token"])
                    consumed.append(current["refresh_token"])
                    current = dict(answer.json())
                    access_tokens.append(current["access_token"])
                    if len(consumed) == 20:
                        enough.set()
            except (httpx.TransportError, KeyError):
                """The plane is gone."""

        thread = threading.Thread(target=rotate)
        thread.start()
        assert enough.wait(60)
        process.end(signal.SIGKILL)
        thread.join()
        flow.close()

    with authplane_process(*command, *settings) as process:
        flow = started(process)
        assert flow.introspect(other["access_token"])["active"]
        assert flow.refresh(other["refresh_token"]).status_code == 200
        for token in consumed[::-1]:
            answer = flow.refresh(token)
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert flow.refresh(current["refresh_token"]).status_code == 400
        assert flow.redeem(code).json()["error"] == "invalid_grant"
        assert {flow.introspect(token)["active"] for token in access_tokens} == {False}
        flow.close()
        process.end(signal.SIGTERM)
