"""What everybody on the machine can see of a process: its command line."""

import signal
from pathlib import Path

import psutil

from tests.cli.processes import FREE_PORTS, authplane_process
from tests.cli.test_dev_postgres import ready
from tests.cli.test_workers import SECRET, gateways, line


def command_lines(pid: int) -> str:
    """Of a process and of all that it has started."""
    process = psutil.Process(pid)
    return "\n".join(" ".join(each.cmdline()) for each in (process, *process.children(recursive=True)))


def test_none_of_a_plane_s_processes_has_a_secret_on_it(tmp_path: Path) -> None:
    """Neither the plane's own secret, nor the database's password, nor what the demo is opened with."""
    with authplane_process("dev", "--store", "postgres", "--data-dir", str(tmp_path), *FREE_PORTS) as process:
        shown = ready(process)
        seen = command_lines(process.pid)
        assert process.end(signal.SIGTERM).code == 0
    secrets = [path.read_text().strip() for path in (tmp_path / "secret", tmp_path / "postgres" / "password")]
    passwords = [line.partition("password: ")[2] for line in shown if "password: " in line]
    assert "postgres" in seen
    assert "memcached" in seen
    assert passwords
    assert [secret for secret in (*secrets, *passwords) if secret in seen] == []


def test_none_of_the_workers_has(tmp_path: Path) -> None:
    """They are told the settings by other means."""
    with gateways(tmp_path) as process:
        assert line(process, "workers")["count"] == 2
        for _ in range(2):
            line(process, "serving")
        seen = command_lines(process.pid)
        assert process.end(signal.SIGTERM).code == 0
    assert len(seen.splitlines()) >= 3
    assert SECRET not in seen
