"""`python -m load` in small: that it measures everything it says, not how fast the plane is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.dev.plane import DevPlane

RATE, DURATION = 40, 3
SCENARIOS = {
    "gRPC Introspect": RATE * DURATION,
    "gRPC ValidateSession": RATE * DURATION,
    "HTTP authorize": RATE * DURATION / 4,
    "HTTP token, code": RATE * DURATION / 4,
    "HTTP userinfo": RATE * DURATION / 4,
    "HTTP token, refresh": RATE * DURATION / 4,
}

BUSY = ("temporarily_unavailable", "ResourceExhausted", "no code left", "no refresh token left")
"""What a plane says that shares its cores with other tests, and what its client says then."""


def run_load(*flags: str) -> subprocess.CompletedProcess[str]:
    """Runs the command."""
    command = [sys.executable, "-m", "load", "--rate", str(RATE), "--duration", str(DURATION), *flags]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


def assert_complete(run: subprocess.CompletedProcess[str], report: Path) -> None:
    """Every scenario was run to its end without a failure, and is in the table and in the report."""
    scenarios = {row["scenario"]: row for row in json.loads(report.read_text())["scenarios"]}
    assert scenarios.keys() == SCENARIOS.keys()
    for name, expected in SCENARIOS.items():
        failures = scenarios[name]["failures"]
        assert [reason for reason in failures if not any(busy in reason for busy in BUSY)] == []
        assert sum(failures.values()) < expected / 2
        # ghz keeps its rate only about.
        assert abs(scenarios[name]["requests"] - expected) <= (expected / 10 if name.startswith("gRPC") else 0)
        assert 0 < scenarios[name]["p50_ms"] <= scenarios[name]["p95_ms"] <= scenarios[name]["p99_ms"]
        assert scenarios[name]["p99_ms"] <= scenarios[name]["max_ms"]
        assert name in run.stdout


@pytest.mark.parametrize("store_name", ["postgres"], indirect=True)
def test_against_a_running_plane(plane: DevPlane, tmp_path: Path) -> None:
    """Against a plane that runs already every request is answered as it should be."""
    report = tmp_path / "report.json"
    targets = ("--issuer", plane.issuer, "--auth-target", plane.auth_target, "--token-target", plane.token_target)
    assert_complete(run_load(*targets, "--output", str(report)), report)


def test_with_a_plane_of_its_own(tmp_path: Path) -> None:
    """Without a plane it starts one, and stops it."""
    report = tmp_path / "report.json"
    assert_complete(run_load("--output", str(report)), report)


def test_only_loopback() -> None:
    """It refuses to send anything to another machine."""
    run = run_load("--issuer", "http://192.0.2.1:8080", "--auth-target", "127.0.0.1:1", "--token-target", "127.0.0.1:2")
    assert run.returncode == 2
    assert "--issuer must be an address of this machine" in run.stderr


def test_no_plane_there() -> None:
    """Where nobody listens it says so in a line."""
    nobody = "127.0.0.1:1"
    run = run_load("--issuer", f"http://{nobody}", "--auth-target", nobody, "--token-target", nobody)
    assert run.returncode == 1
    assert run.stderr.startswith("load: failed to connect")
