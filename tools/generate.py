"""Generates gen/ from protos/.

python -m tools.generate            writes gen/
python -m tools.generate --check    compares gen/ with what would be written, and exits with 1 when they differ
"""

import argparse
import filecmp
import shutil
import sys
import tempfile
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GENERATED = ROOT / "gen"


def generate(target: Path) -> None:
    """Writes messages, services and their typed stubs below `target`; raises `SystemExit` when protoc fails."""
    includes = [str(PROTOS), str(Path(grpc_tools.__file__).parent / "_proto")]
    protos = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    binaries = Path(sys.executable).parent
    code = protoc.main(
        [
            "protoc",
            *(f"-I{include}" for include in includes),
            f"--plugin=protoc-gen-mypy={binaries / 'protoc-gen-mypy'}",
            f"--plugin=protoc-gen-mypy_grpc={binaries / 'protoc-gen-mypy_grpc'}",
            f"--python_out={target}",
            f"--grpc_python_out={target}",
            f"--mypy_out=quiet:{target}",
            f"--mypy_grpc_out=quiet:{target}",
            *protos,
        ]
    )
    if code:
        raise SystemExit(code)
    for package in [target / "authplane", *(path for path in target.rglob("authplane/**/*") if path.is_dir())]:
        (package / "__init__.py").touch()
    (target / "authplane" / "py.typed").touch()


def differences(expected: Path, actual: Path) -> list[str]:
    """Paths that exist on one side only, or differ."""
    expected_files = {path.relative_to(expected) for path in expected.rglob("*") if path.is_file()}
    actual_files = {
        path.relative_to(actual) for path in actual.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    one_sided = expected_files ^ actual_files
    changed = {
        path for path in expected_files & actual_files if not filecmp.cmp(expected / path, actual / path, shallow=False)
    }
    return sorted(str(path) for path in one_sided | changed)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only")
    check: bool = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        if not check:
            shutil.rmtree(GENERATED, ignore_errors=True)
            shutil.copytree(fresh, GENERATED)
            return 0
        stale = differences(fresh, GENERATED)
    for path in stale:
        print(f"gen/{path} does not match protos/; run: make gen", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
