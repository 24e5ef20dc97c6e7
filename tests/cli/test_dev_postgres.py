"""`authplane dev --store postgres`: what was there is there again."""

import os
import re
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.processes import FREE_PORTS, Process, authplane_process

ISSUER = "http://127.0.0.1:8080"  # Fixed, so that both planes are the same to their users.


def dev(directory: Path) -> Sequence[str]:
    return ("dev", "--store", "postgres", "--data-dir", str(directory), "--issuer", ISSUER, *FREE_PORTS)


def targets(lines: list[str]) -> tuple[str, str]:
    found = re.search(r"auth (\S+), token (\S+)", "\n".join(lines))
    assert found is not None
    return found[1], found[2]


def usernames(lines: list[str]) -> str:
    return authplane("user", "list", "--auth-target", targets(lines)[0])


def authplane(*arguments: str) -> str:
    with authplane_process(*arguments) as process:
        ended = process.wait()
    assert (ended.code, ended.stderr) == (0, "")
    return ended.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_there_is_there_again(tmp_path: Path, number: signal.Signals) -> None:
    """Users, keys and the secret outlive the process, also one that was killed and left its database running."""
    with authplane_process(*dev(tmp_path)) as first:
        lines = ready(first)
        authplane(
            "user", "create", "grace", "--password-file", password_file(tmp_path), "--auth-target", targets(lines)[0]
        )
        keys = authplane("keys", "list", "-o", "json", "--token-target", targets(lines)[1])
        ended = first.end(number)
    assert ended.code == (0 if number == signal.SIGTERM else -signal.SIGKILL)

    with authplane_process(*dev(tmp_path)) as second:
        lines = ready(second)
        assert f"everything is kept in {tmp_path}" in "\n".join(lines)
        assert any(re.match(r"  memcached 127\.0\.0\.1:\d+, not used; --second-level uses it$", line) for line in lines)
        assert "grace" in usernames(lines)
        assert authplane("keys", "list", "-o", "json", "--token-target", targets(lines)[1]) == keys
        assert second.end(signal.SIGTERM).code == 0
    assert not (tmp_path / "postgres" / "data" / "postmaster.pid").exists()
    assert not (tmp_path / "memcached.pid").exists()


def test_without_memcached_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And does without."""
    (tmp_path / "bin").mkdir()
    if setpriv := shutil.which("setpriv"):  # Without it root cannot run PostgreSQL.
        (tmp_path / "bin" / "setpriv").symlink_to(setpriv)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with authplane_process(*dev(tmp_path)) as process:
        assert "  memcached not installed; the plane does without" in ready(process)
        process.end(signal.SIGTERM)


def test_two_planes_do_not_share_a_directory(tmp_path: Path) -> None:
    """The second one says so and leaves the first alone."""
    with authplane_process(*dev(tmp_path)) as first:
        lines = ready(first)
        with authplane_process(*dev(tmp_path)) as second:
            ended = second.wait()
        assert (ended.code, ended.stdout) == (1, "")
        assert ended.stderr == f"authplane: the database in {tmp_path / 'postgres'} is in use by another process\n"
        assert "ada" in usernames(lines)
        first.end(signal.SIGTERM)


def ready(process: Process) -> list[str]:
    return process.wait_for("ready", seconds=90)


def password_file(directory: Path) -> str:
    file = directory / "password.txt"
    file.write_text("a password that is long enough")
    return os.fspath(file)
