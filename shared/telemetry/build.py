"""Which program this is."""

import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from prometheus_client import CollectorRegistry, Info


def build_facts() -> dict[str, str]:
    """Versions of authplane and of what it runs on."""
    return {"version": version("authplane"), "python": platform.python_version(), "grpcio": version("grpcio")}


def expose_build(registry: CollectorRegistry) -> None:
    """`authplane_build_info`, which is always 1."""
    Info("authplane_build", "Versions of authplane and of what it runs on.", registry=registry).info(build_facts())


def process_facts() -> Callable[[], Mapping[str, Any]]:
    """The build, and since when this process runs, counted from this call."""
    began = time.monotonic()
    return lambda: {**build_facts(), "uptime_seconds": round(time.monotonic() - began, 1)}
