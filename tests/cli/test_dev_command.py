"""`authplane dev` as people start it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.processes import FREE_PORTS, authplane_process, command
from tests.user_agent import UserAgent, query_of

BIN = Path(sys.executable).parent
TOOLS = Path(__file__).parents[2] / ".tools" / "bin"


@pytest.fixture(scope="module")
def running() -> Iterator[list[str]]:
    """What a running `authplane dev` printed."""
    with authplane_process("dev", *FREE_PORTS) as process:
        yield process.wait_for("ready", seconds=90)


def line_after(lines: list[str], comment: str) -> str:
    """The line to copy under a comment."""
    return lines[lines.index(f"# {comment}") + 1]


def shell(*lines: str, **variables: str) -> str:
    """Runs lines as a person would paste them into a shell."""
    environ = {**os.environ, **variables, "PATH": f"{TOOLS}:{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-ec", "\n".join(lines)], capture_output=True, text=True, env=environ, timeout=90, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_stops_cleanly(number: signal.Signals) -> None:
    """`ready` within 10 seconds; a signal ends it with exit code 0 and without a traceback."""
    with authplane_process("dev", *FREE_PORTS) as process:
        process.wait_for("ready", seconds=90)
        ended = process.end(number)

    assert ended.code == 0
    assert "Traceback" not in ended.stderr
    assert all(json.loads(line) for line in ended.stderr.splitlines())


def test_it_prints_who_can_log_in(running: list[str]) -> None:
    """Issuer, the user with the password, and a client of each kind; nothing but plain text into a pipe."""
    text = "\n".join(running)

    assert re.search(r"issuer  http://127\.0\.0\.1:\d+$", text, re.MULTILINE)
    assert "user    ada, password: correct horse battery staple" in text
    assert "client  web (confidential), secret: web-secret-at-least-32-characters-long" in text
    assert "client  spa (public)" in text
    assert "client  machine (machine), secret: machine-secret-at-least-32-characters" in text
    assert "\x1b" not in text


def test_the_printed_client_credentials_and_introspection_work(running: list[str]) -> None:
    """The curl and grpcurl lines, as they stand, one after the other in a shell."""
    token = json.loads(shell(line_after(running, "client credentials")))
    assert (token["token_type"], token["scope"]) == ("Bearer", "orders:read orders:write")

    keep = line_after(running, "keep the access token")
    over_http = json.loads(shell(keep, line_after(running, "introspection over HTTP")))
    over_grpc = json.loads(shell(keep, line_after(running, "introspection over gRPC")))

    assert (over_http["active"], over_http["client_id"]) == (True, "machine")
    assert (over_grpc["active"], over_grpc["sub"]) == (True, "machine")


def test_the_printed_health_check_works(running: list[str]) -> None:
    """grpcurl finds the service by reflection."""
    assert json.loads(shell(line_after(running, "health over gRPC"))) == {"status": "SERVING"}


def test_the_printed_code_flow_works(running: list[str]) -> None:
    """The URL leads through login and consent to a code, which the printed curl line redeems."""
    url = line_after(running, "the same by hand: open this")
    redeem = line_after(running, "then redeem the code that the address bar ends with")
    agent = UserAgent(f"http://{urlsplit(url).netloc}")

    code = query_of(agent.authorize(url))["code"]
    agent.close()

    tokens = json.loads(shell(redeem, CODE=code))
    assert {"access_token", "id_token", "refresh_token"} <= tokens.keys()


def test_the_printed_userinfo_line_works(running: list[str], tmp_path: Path) -> None:
    """Its `authplane login` finds a browser by $BROWSER; here that is a program that fills in the forms."""
    browser = tmp_path / "browser"
    browser.write_text(
        f"#!{sys.executable}\n"
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from urllib.parse import urlsplit\n"
        "from tests.user_agent import UserAgent, httpx\n"
        "agent = UserAgent('http://' + urlsplit(sys.argv[1]).netloc)\n"
        "httpx.get(agent.authorize(sys.argv[1]))\n"
    )
    browser.chmod(0o755)
    line = line_after(running, "userinfo")

    done = subprocess.run(
        ["bash", "-ec", line], capture_output=True, text=True, timeout=90,
        env={**os.environ, "BROWSER": str(browser)}, check=True,
    )  # fmt: skip

    assert json.loads(done.stdout)["name"] == "Ada Lovelace"


def test_a_taken_port_is_told_with_its_flag() -> None:
    """One line, exit code 1, before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        arguments = ("dev", *FREE_PORTS, "--token-port", str(port))
        done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=90, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"authplane: port {port} is taken: choose another with --token-port\n"


def test_a_second_plane_finds_the_ports_taken(running: list[str]) -> None:
    """The gRPC ports too: two planes never share one."""
    target = next(line for line in running if "gRPC" in line).split()[2].rstrip(",")
    arguments = ("dev", *FREE_PORTS, "--auth-port", target.rpartition(":")[2])

    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=90, check=False)

    assert (done.returncode, "--auth-port" in done.stderr) == (1, True)


def test_a_store_that_does_not_exist_is_a_wrong_choice() -> None:
    """The message names those that do; exit code 2."""
    done = subprocess.run(command("dev", "--store", "oracle"), capture_output=True, text=True, timeout=90, check=False)

    assert (done.returncode, "'postgres'" in done.stderr) == (2, True)


def test_an_own_seed_replaces_the_demo(tmp_path: Path) -> None:
    """Its first user is shown, and steps without a client for them are left out."""
    seed = tmp_path / "seed.toml"
    seed.write_text('[[users]]\nusername = "eve"\npassword = "a password that is long"\n')

    with authplane_process("dev", *FREE_PORTS, "--seed", str(seed)) as process:
        text = "\n".join(process.wait_for("ready", seconds=90))

    assert "user    eve, password: a password that is long" in text
    assert "login" not in text


def test_it_starts_quickly() -> None:
    """Under 3 seconds on an idle machine; 8 allow for a busy one."""
    started = time.monotonic()

    with authplane_process("dev", *FREE_PORTS) as process:
        process.wait_for("ready", seconds=90)
        took = time.monotonic() - started

    assert took < 8
