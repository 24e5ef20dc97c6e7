"""The memcached of `authplane dev --store postgres`."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cli.ports import LOOPBACK, reserved

_STOP_SECONDS = 5.0
_NOWHERE = subprocess.DEVNULL


@contextmanager
def development_memcached(directory: Path) -> Iterator[str]:
    """The "host:port" of a memcached that runs while the context is open; empty when there is none to run.

    Args:
        directory: Where its process id is noted, so that one left behind by a killed plane is ended by the next.
    """
    program = shutil.which("memcached")
    if program is None:
        yield ""
        return
    note = directory / "memcached.pid"
    _end_orphan(note)
    with reserved(0) as port:
        pass  # It is free now, and memcached takes a port only by its number.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [program, "-l", LOOPBACK, "-p", str(port), "-U", "0", *user]
    # A session of its own, so that Ctrl-C at the terminal ends it after the plane and not before.
    with subprocess.Popen(  # noqa: S603 - the program was found on the path, and all its arguments are ours.
        command, stdin=_NOWHERE, stdout=_NOWHERE, stderr=_NOWHERE, start_new_session=True
    ) as process:
        note.write_text(str(process.pid), encoding="ascii")
        try:
            yield f"{LOOPBACK}:{port}"
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)
            note.unlink()


def _end_orphan(note: Path) -> None:
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        pid = int(note.read_text(encoding="ascii"))
        command = Path("/proc") / str(pid) / "cmdline"
        # Where processes cannot be asked for their names, none is ended on a mere number.
        if command.exists() and b"memcached" in command.read_bytes():
            os.kill(pid, signal.SIGTERM)
