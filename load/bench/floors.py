"""Starts the floors: each a process of its own, for as long as the bench runs."""

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from load.ghz import ROOT
from load.store.rows import fill
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.scratch import ScratchDatabase


@dataclass
class Floors:
    """Starts floors when they are asked for.

    Attributes:
        stack: Ends them.
        server_url: Of a PostgreSQL where one may make databases; empty for none.
        rows: How many sessions, families and codes there are to work on.
    """

    stack: ExitStack
    server_url: str = ""
    rows: int = 300_000
    _rows_url: str = ""

    def rpc(self, method: str, reply: bytes, statement: str = "none", signatures: int = 0) -> str:
        """Where a server answers this, after so much bare work."""
        work = ["--statement", statement, "--signatures", str(signatures)]
        if statement != "none":
            work += ["--url", self._rows(), "--rows", str(self.rows)]
        # In a file, as there is a bound on what a command line may hold.
        file = Path(self.stack.enter_context(TemporaryDirectory())) / "reply"
        file.write_bytes(reply)
        return self._start("rpc", method, str(file), *work)

    def constant(self) -> str:
        """Where a gateway answers a constant."""
        return self._start("gateway", "constant")

    def call(self, target: str, method: str, request: bytes) -> str:
        """Where a gateway makes a call for each request."""
        return self._start("gateway", "call", target, method, request.hex())

    def _rows(self) -> str:
        if not self._rows_url:
            scratch = self.stack.enter_context(ScratchDatabase(self.server_url))
            Migrator(scratch.url).up()
            fill(scratch, self.rows, lambda what, done, of: None)
            self._rows_url = scratch.url
        return self._rows_url

    def _start(self, kind: str, *arguments: str) -> str:
        command = [sys.executable, "-m", f"load.floors.{kind}", *arguments]
        process = self.stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        )
        self.stack.callback(process.kill)
        port = process.stdout.readline().strip() if process.stdout else ""
        if not port:
            raise RuntimeError(f"the floor {kind} did not start")
        return f"127.0.0.1:{port}"
