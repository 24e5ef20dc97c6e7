"""Processes that are no children of ours."""

import psutil


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended, also when nobody has asked for its exit code yet."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
