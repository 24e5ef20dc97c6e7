"""`authplane`, but nothing is counted, timed or logged of requests: what the rest is measured against.

python -m load.observed.unobserved dev ...
"""

from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from cli.main import app
from shared.telemetry.durations import Durations
from shared.telemetry.request_log import RequestLog


def _nothing(*_: Any, **__: Any) -> None: ...


def main() -> None:
    """Runs the command line."""
    kinds = ((Counter, ("inc",)), (Gauge, ("inc", "dec", "set")), (Histogram, ("observe",)), (Durations, ("observe",)))
    for kind, methods in kinds:
        for method in methods:
            setattr(kind, method, _nothing)
    RequestLog.line = _nothing  # type: ignore[method-assign]
    app(prog_name="authplane")


if __name__ == "__main__":
    main()
