"""On what a run was made."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from load.ghz import ROOT

_LIBRARIES = ("grpcio", "psycopg", "uvicorn", "uvloop", "cryptography", "argon2-cffi")


def host() -> dict[str, str]:
    """Facts about the machine, what runs on it, and the state of the code."""
    return {
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
        "commit": _said("git", "describe", "--always", "--dirty"),
        "load average": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _said(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout.strip()
