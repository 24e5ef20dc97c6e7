"""Puts the wheel together: this package, what it takes of `shared` built in under `authplane_client._shared`, and the
generated messages.

The client is installed beside anything, so it brings no top-level package that others may have: imports of `shared` are
rewritten, and what is not declared as a dependency is not taken.
"""

import ast
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
GENERATED = ROOT / "gen"
DEPENDENCIES = {"grpc", "google", "grpc_status"}
_IMPORT_OF_SHARED = re.compile(r"^(from|import) shared\b", re.MULTILINE)


class WheelOfOwnParts(BuildHookInterface):  # type: ignore[type-arg]  # It has no configuration of its own.
    """Called by hatchling."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Names what goes into the wheel."""
        staged = Path(tempfile.mkdtemp(prefix="authplane-client-"))
        for source, target in sorted(contents().items()):
            copy = staged / target
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(rewritten(source), encoding="utf-8")
            build_data["force_include"][str(copy)] = target


def contents() -> dict[Path, str]:
    """What goes into the wheel, and where."""
    own = [path for path in sorted(HERE.glob("*.py")) if path != Path(__file__).resolve()]
    taken = closure(own)
    found = {path: f"authplane_client/{path.name}" for path in [*own, HERE / "py.typed"]}
    found |= {path: f"authplane_client/_{path.relative_to(ROOT)}" for path in taken if GENERATED not in path.parents}
    generated = {path for path in taken if GENERATED in path.parents} | {GENERATED / "authplane" / "py.typed"}
    stubs = {path.with_suffix(".pyi") for path in generated if path.with_suffix(".pyi").exists()}
    return found | {path: str(path.relative_to(GENERATED)) for path in generated | stubs}


def closure(files: list[Path]) -> set[Path]:
    """The files of `shared` and of the generated messages that these need, directly or not.

    Raises:
        ValueError: One of them imports what the client does not depend on.
    """
    found, waiting = set[Path](), list(files)
    while waiting:
        for module in _imports(waiting.pop()):
            top = module.partition(".")[0]
            if top in {"shared", "authplane"}:
                new = set(_files_of(module)) - found
                found |= new
                waiting += new
            elif top not in sys.stdlib_module_names | DEPENDENCIES | {"authplane_client"}:
                raise ValueError(f"the client would depend on {top}")
    return found


def rewritten(source: Path) -> str:
    """The text of a file, with `shared` under its new name."""
    return _IMPORT_OF_SHARED.sub(r"\1 authplane_client._shared", source.read_text(encoding="utf-8"))


def _imports(file: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


def _files_of(module: str) -> list[Path]:
    """The file of a module, or of the one that has this name in it, and those of the packages around it."""
    base = ROOT if module.startswith("shared") else GENERATED
    parts = module.split(".")
    files = [base.joinpath(*parts[:length], "__init__.py") for length in range(1, len(parts) + 1)]
    files += [base.joinpath(*parts[:length]).with_suffix(".py") for length in (len(parts) - 1, len(parts)) if length]
    return [file for file in files if file.is_file()]
