"""Whoever asks: ghz, wrk or a driver of our own, each in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from load.bench.driver import Job
from load.bench.measured import Measured, histogram, measured
from load.ghz import ROOT, SCENARIOS, ghz_program

_TOOLS = ROOT / ".tools" / "bin"
_SCRIPT = Path(__file__).with_name("wrk.lua")


class ClientFailed(Exception):
    """There are no figures; the text says why, and what to do."""


@dataclass(frozen=True)
class HttpRequest:
    """A request, as both wrk and the driver send it."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""

    def raw(self) -> bytes:
        """On the wire."""
        length = {"content-length": str(len(self.body))} if self.body else {}
        fields = {"host": "127.0.0.1", **self.headers, **length}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{head}\r\n{self.body}".encode()


def drive(job: Job) -> Measured:
    """Has the driver do a job.

    Raises:
        ClientFailed: It has not.
    """
    command = [sys.executable, "-m", "load.bench.driver"]
    made = subprocess.run(command, input=json.dumps(asdict(job)), capture_output=True, text=True, check=False, cwd=ROOT)
    if made.returncode:
        raise ClientFailed(made.stderr)
    return Measured(**json.loads(made.stdout))


def wrk(address: str, request: HttpRequest, connections: int, seconds: float) -> Measured:
    """Asks the same again and again, as quickly as a server can answer, by wrk if it is installed.

    Raises:
        ClientFailed: It has not.
    """
    program = wrk_program()
    if program is None:
        return drive(Job(address, "", [request.raw().hex()], once=False, callers=connections, seconds=seconds))
    told = {"WRK_METHOD": request.method, "WRK_PATH": request.path, "WRK_BODY": request.body}
    told["WRK_HEADERS"] = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    command = [
        program,
        "-t1",
        f"-c{connections}",
        f"-d{max(round(seconds), 1)}s",
        "-s",
        str(_SCRIPT),
        f"http://{address}",
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **told})
    if made.returncode:
        raise ClientFailed(made.stderr or made.stdout)
    figures = json.loads(made.stdout.splitlines()[-1])
    return Measured(
        figures["requests"],
        {name: count for name, count in figures["failures"].items() if count},
        figures["microseconds"] / 1e6,
        figures["p50"] / 1000,
        figures["p95"] / 1000,
        figures["p99"] / 1000,
        figures["longest"] / 1000,
        [(latency / 1000, share) for latency, share in zip(figures["latencies"], figures["upto"], strict=True)],
    )


def ghz(target: str, scenario: str, messages: Sequence[Mapping[str, object]], callers: int, seconds: float) -> Measured:
    """Makes calls as quickly as a server can answer, by ghz.

    Args:
        scenario: A file of load/ghz/.
        messages: The requests, in turn.

    Raises:
        ClientFailed: It is missing, or has not.
    """
    with tempfile.TemporaryDirectory() as folder:
        data, report = Path(folder) / "data.json", Path(folder) / "report.json"
        data.write_text(json.dumps(messages))
        command = [
            ghz_program(),
            *("--config", str(SCENARIOS / f"{scenario}.json"), "--concurrency", str(callers)),
            *("--duration", f"{seconds:g}s", "--data-file", str(data)),
            *("--format", "json", "--output", str(report), target),
        ]
        made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if made.returncode:
            raise ClientFailed(made.stderr or made.stdout)
        figures = json.loads(report.read_text())
    latencies = histogram()
    for each in figures["details"]:
        latencies.record_value(max(int(each["latency"] / 1000), 1))
    failures = {code: count for code, count in figures["statusCodeDistribution"].items() if code != "OK"}
    return measured(latencies, failures, figures["total"] / 1e9)


def wrk_program() -> str | None:
    """Where wrk is; none where it is missing and the driver asks instead.

    Raises:
        ClientFailed: It is missing where nothing may be.
    """
    path = shutil.which("wrk", path=os.pathsep.join((str(_TOOLS), os.environ["PATH"])))
    if path is None and os.environ.get("CI"):
        raise ClientFailed("wrk is missing; run: make setup-test")
    return path
