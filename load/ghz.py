"""The gRPC scenarios, run by ghz; their settings are in load/ghz/, a file for each method."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from load.figures import Samples

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = Path(__file__).with_name("ghz")
_BINARIES = ROOT / ".tools" / "bin"
_TICK_SECONDS = 0.25
_NANOSECOND = 1e-9


class GhzFailed(Exception):
    """ghz is missing or did not do its work; the text is what to do, or what it said."""


def run_ghz(
    scenario: str,
    target: str,
    messages: Sequence[Mapping[str, Any]],
    rate: int,
    duration: float,
    elapsed: Callable[[float], object] = lambda _: None,
) -> Samples:
    """Runs a scenario of load/ghz/ as an open loop.

    Args:
        messages: The requests, sent in turn, over and over.
        elapsed: Told now and then how many seconds have passed.

    Raises:
        GhzFailed: There are no figures.
    """
    with tempfile.TemporaryDirectory() as folder:
        data, report = Path(folder) / "data.json", Path(folder) / "report.json"
        data.write_text(json.dumps(messages))
        command = [
            ghz_program(),
            *("--config", str(SCENARIOS / f"{scenario}.json")),
            "--async",
            *("--data-file", str(data)),
            *("--rps", str(rate)),
            *("--duration", f"{duration:g}s"),
            *("--format", "json"),
            *("--output", str(report)),
            target,
        ]
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, cwd=ROOT)
            while not _ended(process):
                elapsed(_TICK_SECONDS)
            said.seek(0)
            if process.returncode:
                raise GhzFailed(said.read())
        return _samples(json.loads(report.read_text())["details"])


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_TICK_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _samples(details: Sequence[Mapping[str, str | int]]) -> Samples:
    samples = Samples([float(call["latency"]) * _NANOSECOND for call in details])
    samples.failures.update(str(call["error"]) for call in details if call["error"])
    return samples


def scenario_of(method: str) -> str:
    """The scenario of a method: "GetUserInfo" is asked by "get_user_info"."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", method).lower()


def ghz_program() -> str:
    """Where ghz is.

    Raises:
        GhzFailed: It is missing.
    """
    path = shutil.which("ghz", path=os.pathsep.join((str(_BINARIES), os.environ["PATH"])))
    if not path:
        raise GhzFailed("ghz is missing; run: make setup-test")
    return path
