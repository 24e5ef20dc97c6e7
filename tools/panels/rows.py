"""What the dashboard shows, row by row: from what callers see to its causes."""

from tools.panels.cache import CACHE
from tools.panels.latency import LATENCY
from tools.panels.oauth import OAUTH
from tools.panels.overload import OVERLOAD
from tools.panels.overview import OVERVIEW
from tools.panels.panel import Panel
from tools.panels.store import STORE

ROWS: dict[str, list[Panel]] = {
    "Overview": OVERVIEW,
    "Latency": LATENCY,
    "Cache": CACHE,
    "Store": STORE,
    "Overload": OVERLOAD,
    "OAuth": OAUTH,
}

NOT_SHOWN = {
    "authplane_sweeper_flushed_at_end": "of a process that ends, when nobody asks any more",
    "authplane_sweeper_flushed_invalidations_total": "counted in authplane_flushed_invalidations_total too",
    "authplane_sweeper_last_run_timestamp_seconds": "the last success says more",
    "authplane_sweeper_pending_invalidations": "counted in authplane_pending_invalidations too",
    "authplane_sweeper_restarts_total": "the alert SweeperStopped and authplane_sweeper_up say it",
}
"""Metrics that the dashboard leaves out, and why."""
