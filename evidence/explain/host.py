"""What the figures were taken on."""

import os
import platform

from evidence.connection import Connection

_SETTINGS = (
    "shared_buffers", "effective_cache_size", "work_mem", "random_page_cost", "fsync", "synchronous_commit",
    "full_page_writes", "wal_level", "max_wal_size", "checkpoint_timeout", "jit", "max_parallel_workers_per_gather",
    "autovacuum",
)  # fmt: skip  # One a line would fill half a page.
_MOST_BUFFERS = 4 << 30


def memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def server_options() -> dict[str, str]:
    """For a server of our own: a quarter of the memory, as PostgreSQL's manual recommends, and few checkpoints."""
    buffers = min(memory_bytes() // 4, _MOST_BUFFERS)
    return {"shared_buffers": f"{buffers >> 20}MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}


def host_facts(connection: Connection, shares_machine: bool) -> dict[str, str]:
    """Facts that matter, and no name of anybody or anything.

    Args:
        shares_machine: Whether client and server run on this machine.
    """
    whose = "client and server share them" if shares_machine else "of the client's machine; the server's is not known"
    return {
        "processors": f"{os.cpu_count()} ({platform.machine()}); {whose}",
        "memory": f"{memory_bytes() / 2**30:.0f} GiB",
        "PostgreSQL": str(connection.execute("SHOW server_version").fetchone()[0]).split(" ")[0],
        "Python": platform.python_version(),
        **{name: str(connection.execute(f"SHOW {name}").fetchone()[0]) for name in _SETTINGS},
    }
