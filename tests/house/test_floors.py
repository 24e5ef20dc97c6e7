"""Imports go down only; the tool that says so is alive."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRANSLATORS = ("app", "wire", "servicer")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [command, "--no-cache", "--config", root / "pyproject.toml"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'gen'}"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_all_floors_are_kept() -> None:
    """The contracts in pyproject.toml hold."""
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("importer", "imported", "contract"),
    [
        ("services/auth/login.py", "services.token.issue", "services meet only by RPC"),
        ("shared/store/contract.py", "grpc", "the store knows no transport"),
        ("gateway/token.py", "shared.store", "the gateway knows neither services nor store"),
        ("shared/clock.py", "gateway.app", "imports go down only"),
        ("services/token/wire.py", "services.token.app", "inside a service imports go down"),
        ("shared/rpc/status.py", "shared.store.contract", "rpc knows no store"),
        ("services/auth/login.py", "grpc", "use-cases are plain Python, all the way down"),
        ("services/auth/login.py", "shared.rpc.status", "use-cases are plain Python, all the way down"),
        ("services/token/a_new_one.py", "prometheus_client", "use-cases are plain Python, all the way down"),
    ],
)
def test_a_planted_violation_is_reported(tmp_path: Path, importer: str, imported: str, contract: str) -> None:
    """Each contract is broken by an import that it forbids."""
    for folder in ("shared", "services", "gateway", "cli", "gen"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / importer).open("a") as file:
        file.write(f"\nimport {imported}\n")
    result = lint_imports(tmp_path)
    assert result.returncode != 0
    assert f"{contract} BROKEN" in result.stdout


def use_cases() -> list[Path]:
    return [
        path
        for path in sorted(ROOT.glob("services/*/*.py"))
        if path.stem != "__init__" and not path.stem.endswith(TRANSLATORS)
    ]


@pytest.mark.parametrize("path", use_cases(), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_use_cases_know_no_translator(path: Path) -> None:
    """No use-case imports the composition root, a servicer or the wire; import-linter sees to all that lies outside."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    own = {name for name in imported if name.startswith("services.")}
    assert {name for name in own if name.split(".")[2:3] and name.split(".")[2].endswith(TRANSLATORS)} == set()


def test_there_are_use_cases() -> None:
    """The rule above looks at something."""
    assert len(use_cases()) > 20
