"""How this command is called, for lines that people are to copy."""

import shutil
import sys
from pathlib import Path
from shlex import quote


def program() -> str:
    """`authplane` when a shell would find this very installation by that name, and else the way to it."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{quote(sys.executable)} -m cli"
    found = shutil.which("authplane")
    return "authplane" if found and Path(found).resolve() == called.resolve() else quote(str(called))
