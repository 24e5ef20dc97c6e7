"""The gRPC scenarios, run by ghz as an open loop; their settings are in load/ghz/."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from load.figures import Samples

_HERE = Path(__file__).parent
_BINARIES = _HERE.parent / ".tools" / "bin"
_TICK_SECONDS = 0.25
_NANOSECOND = 1e-9


class GhzFailed(Exception):
    """ghz is missing or did not do its work; the text is what to do, or what it said."""


def run_ghz(
    scenario: str,
    target: str,
    messages: Sequence[Mapping[str, str]],
    rate: int,
    duration: int,
    elapsed: Callable[[float], object],
) -> Samples:
    """Runs a scenario of load/ghz/, which asks the server for its own description by reflection.

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
            _binary(),
            *("--config", str(_HERE / "ghz" / f"{scenario}.json")),
            *("--data-file", str(data)),
            *("--rps", str(rate)),
            *("--duration", f"{duration}s"),
            *("--format", "json"),
            *("--output", str(report)),
            target,
        ]
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
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


def _binary() -> str:
    path = shutil.which("ghz", path=os.pathsep.join((str(_BINARIES), os.environ["PATH"])))
    if not path:
        raise GhzFailed("ghz is missing; run: make setup-test")
    return path
