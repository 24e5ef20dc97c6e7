"""Several processes of one part: together on one port, looked after, and gone when their parent is."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.failures import CommandFailed
from cli.login.http import fetch_json
from tests.cli.processes import Process, authplane_process
from tests.eventually import eventually
from tests.processes import is_gone

SECRET = "s" * 32


@contextmanager
def gateways(tmp_path: Path, *flags: str, workers: int = 2) -> Iterator[Process]:
    (tmp_path / "secret").write_text(SECRET)
    secret = ("--secret-file", str(tmp_path / "secret"))
    ports = ("--port", "0", "--admin-port", "0")
    with authplane_process("serve", "gateway", "--workers", str(workers), *ports, *secret, *flags) as process:
        yield process


def line(process: Process, event: str) -> dict[str, Any]:
    """The next line of this event."""
    while True:
        found: dict[str, Any] = json.loads(process.first_line())
        if found["event"] == event:
            return found


def children(parent: int) -> set[psutil.Process]:
    return set(psutil.Process(parent).children())


def answers(port: int) -> bool:
    try:
        return "issuer" in fetch_json(f"http://127.0.0.1:{port}/.well-known/openid-configuration")
    except (CommandFailed, OSError):
        return False


def is_ready(admin_port: int) -> bool:
    try:
        return bool(fetch_json(f"http://127.0.0.1:{admin_port}/readyz")["gateway"])
    except (CommandFailed, OSError):
        return False


def test_two_share_a_port_and_one_that_dies_is_replaced(tmp_path: Path) -> None:
    """A new connection always finds one that serves; the replacement has the admin port of the dead one."""
    with gateways(tmp_path) as process:
        port = line(process, "workers")["port"]
        admin_ports = {line(process, "serving")["admin_port"] for _ in range(2)}
        assert len(admin_ports) == 2
        assert {fetch_json(f"http://127.0.0.1:{admin}/readyz")["gateway"] for admin in admin_ports} == {True}
        before = children(process.pid)
        next(iter(before)).kill()
        assert line(process, "worker_died")["code"] == -signal.SIGKILL
        assert line(process, "serving")["port"] == port
        assert len(children(process.pid)) == 2
        assert answers(port)
        ended = process.end(signal.SIGTERM)
    assert (ended.code, ended.stderr) == (0, "")
    assert all(map(is_gone, before))


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux only")
def test_each_is_kept_to_its_core(tmp_path: Path) -> None:
    """All of its threads; the parent is where it was."""
    usable = os.sched_getaffinity(0)
    first, last = min(usable), max(usable)
    with gateways(tmp_path, "--cores", f"{first},{last}") as process:
        for _ in range(2):
            line(process, "serving")
        kept = [
            {frozenset(os.sched_getaffinity(thread.id)) for thread in worker.threads()}
            for worker in children(process.pid)
        ]
        assert os.sched_getaffinity(process.pid) == usable
    assert sorted(kept, key=str) == sorted([{frozenset({first})}, {frozenset({last})}], key=str)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux only")
@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("0;1", "--cores 0;1: must be numbers with commas between them, such as 0,1"),
        ("99999", "--cores 99999: this process may use {usable}"),
    ],
)
def test_what_is_no_core_is_told(tmp_path: Path, told: str, said: str) -> None:
    """Before any worker starts."""
    usable = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    with gateways(tmp_path, "--cores", told) as process:
        ended = process.wait()
    assert (ended.code, ended.stderr.strip()) == (2, f"authplane: {said.format(usable=usable)}")


def test_they_do_not_outlive_their_parent(tmp_path: Path) -> None:
    """Not even when it is killed."""
    with gateways(tmp_path) as process:
        for _ in range(2):
            line(process, "serving")
        workers = children(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        eventually(lambda: all(map(is_gone, workers)))


def test_what_cannot_start_is_not_tried_for_ever(tmp_path: Path) -> None:
    """It ends with the reason that the first worker gave, and its exit code."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "login.html").write_text("{% if %}")
    with gateways(tmp_path, "--template-directory", str(tmp_path / "templates")) as process:
        ended = process.wait()
    assert ended.code == 1
    assert "login.html" in ended.stderr


def test_a_taken_port_is_an_error_for_many_too(tmp_path: Path) -> None:
    """They share with each other and with nobody else."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with gateways(tmp_path, "--port", str(taken)) as process:
            ended = process.wait()
    assert (ended.code, ended.stderr.strip()) == (
        1,
        f"authplane: port {taken} is taken: choose another with --port",
    )


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    """Also while it waits for a request that takes its time."""
    with gateways(tmp_path, "--drain-seconds", "60", "--drain-pause-seconds", "30") as process:
        admin_ports = [line(process, "serving")["admin_port"] for _ in range(2)]
        began = time.monotonic()
        process.send(signal.SIGTERM)
        # Two signals that come before the first is noticed are one.
        eventually(lambda: not any(map(is_ready, admin_ports)))
        ended = process.end(signal.SIGTERM)
    assert ended.code == -signal.SIGTERM
    assert time.monotonic() - began < 50


def test_the_log_level_is_read_anew(tmp_path: Path) -> None:
    """SIGHUP; a file that is broken changes nothing, and what needs a restart is named."""
    config = tmp_path / "plane.toml"
    config.write_text('log_level = "info"\n')

    def told(process: Process, text: str, event: str) -> dict[str, Any]:
        config.write_text(text)
        process.send(signal.SIGHUP)
        return line(process, event)

    with gateways(tmp_path, "--config", str(config), "--request-log-ratio", "0", workers=1) as process:
        port = line(process, "serving")["port"]
        assert told(process, 'log_level = "debug"\nmax_fields = 50\n', "settings_reloaded")["need_restart"] == [
            "max_fields"
        ]
        assert answers(port)
        assert line(process, "request")["level"] == "debug"
        assert "not valid TOML" in told(process, "log_level = ", "settings_not_reloaded")["reason"]
        assert answers(port)
        assert line(process, "request")["level"] == "debug"
        assert process.end(signal.SIGTERM).code == 0
