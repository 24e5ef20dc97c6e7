"""The README's commands work as they stand, in their order, on a plane started as it says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.processes import authplane_process

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
DEV = ("dev", "--port", "0", "--auth-port", "0", "--token-port", "0", "--admin-port", "0")


def tour() -> str:
    """All shell blocks of the README, as one script."""
    return "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, str]]:
    """A plane started by the command, and where its parts are."""
    with authplane_process(*DEV) as process:
        lines = process.wait_for("ready")
        text = "\n".join(lines)
        found = {
            "127.0.0.1:8080": re.search(r"issuer +http://(\S+)", text),
            "127.0.0.1:50051": re.search(r"auth (127\.0\.0\.1:\d+)", text),
            "127.0.0.1:50052": re.search(r"token (127\.0\.0\.1:\d+)", text),
            "127.0.0.1:9091": re.search(r"admin +http://([^/\s]+)", text),
        }
        yield {default: match[1] for default, match in found.items() if match}


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A browser that knows the demo user."""
    program = tmp_path / "browser"
    program.write_text(
        f"#!{sys.executable}\n"
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from urllib.parse import urlsplit\n"
        "from tests.user_agent import UserAgent, httpx\n"
        "agent = UserAgent('http://' + urlsplit(sys.argv[1]).netloc)\n"
        "httpx.get(agent.authorize(sys.argv[1]))\n"
    )
    program.chmod(0o755)
    return program


def test_the_tour_works(ports: dict[str, str], browser: Path) -> None:
    """Every command succeeds, and shows what the text around it says."""
    assert len(ports) == 4
    script = tour().replace("authplane login ", f"authplane login --issuer http://{ports['127.0.0.1:8080']} ")
    for default, actual in ports.items():
        script = script.replace(default, actual)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={
            **os.environ,
            "BROWSER": str(browser),
            "AUTHPLANE_AUTH_TARGET": ports["127.0.0.1:50051"],
            "AUTHPLANE_TOKEN_TARGET": ports["127.0.0.1:50052"],
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for shown in ("token_endpoint", "Ada Lovelace", '"active":true', '{"active":false}', "SERVING", "reports", "ES256"):
        assert shown in done.stdout


def test_every_file_and_target_that_the_readme_names_is_there() -> None:
    """Links lead somewhere, folders exist, and `make` knows the targets."""
    links = re.findall(r"\]\((docs/[^)]+)\)", README)
    folders = re.findall(r"^\| `([a-z/]+)/`", README, re.MULTILINE)
    assert [path for path in (*links, *folders) if not (ROOT / path).exists()] == []
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"make ([a-z-]+)", README))
    assert [target for target in targets if f"\n{target}:" not in makefile] == []


def test_the_docs_link_to_what_is_there() -> None:
    """No dead link between the pages."""
    dead = [
        (page.name, link)
        for page in (ROOT / "docs").rglob("*.md")
        for link in re.findall(r"\]\(([^)#]+\.md)\)", page.read_text())
        if not (page.parent / link).exists()
    ]
    assert dead == []


def test_make_help_teaches() -> None:
    """`make` alone names every target with a sentence."""
    make = shutil.which("make")
    assert make is not None
    shown = subprocess.run([make, "-s"], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True).stdout
    for target in ("setup", "run", "test", "check", "gen", "lint", "type"):
        assert re.search(rf"^  make {target} +\S", shown, re.MULTILINE)
