"""Defaults that the machine decides."""

import os
import subprocess
import sys

_ON_ONE_CORE = """
import os
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from services.auth.settings import AuthSettings
print(AuthSettings.model_fields["password_workers"].default)
"""


def test_there_is_a_password_worker_for_each_core_that_may_be_used() -> None:
    """Not for each that the machine has: two on one core only make each other slower."""
    usable = 1 if hasattr(os, "sched_setaffinity") else min(os.cpu_count() or 1, 8)
    told = subprocess.run([sys.executable, "-c", _ON_ONE_CORE], capture_output=True, text=True, check=True)
    assert int(told.stdout) == usable
