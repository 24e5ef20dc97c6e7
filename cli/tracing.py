"""The tracer of a process, as the settings want it."""

from importlib.metadata import version
from random import random
from typing import TextIO

from cli.settings import PlaneSettings
from shared.spans import NoTracer, Tracer

_DELAY_SECONDS = 1.0
_CLOSE_SECONDS = 1.0


def make_tracer(name: str, settings: PlaneSettings, stream: TextIO) -> Tracer:
    """A tracer; one that does nothing unless traces are wanted.

    Args:
        name: What traces call the process.
        stream: Where trees are printed.
    """
    if settings.trace == "off":
        return NoTracer()
    # Whoever traces nothing neither waits for OpenTelemetry nor has it in memory.
    from shared.telemetry.span_export import TreePrinter, to_collector  # noqa: PLC0415
    from shared.telemetry.tracing import OpenTelemetryTracer  # noqa: PLC0415

    if settings.trace == "console":
        return OpenTelemetryTracer(name, version("authplane"), 1.0, TreePrinter(stream), random)
    collector = to_collector(settings.trace_endpoint, _DELAY_SECONDS, _CLOSE_SECONDS)
    return OpenTelemetryTracer(name, version("authplane"), settings.trace_ratio, collector, random)
