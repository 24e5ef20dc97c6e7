"""PostgreSQL, memcached, the feed and the sweeper."""

from tools.panels.panel import Panel, quantiles, rates

STORE = [
    Panel(
        "Operations",
        "Outcomes other than ok are what callers are told.",
        "reqps",
        {"{{operation}} {{outcome}}": rates("authplane_store_operations_total", "operation, outcome")},
    ),
    Panel(
        "Connections",
        "All in use and some waiting: the pool is the bound; look at the database first, then at pool sizes.",
        "short",
        {
            "{{job}} {{pool}} {{state}}": "sum by (job, pool, state) (authplane_pool_connections{$at})",
            "{{job}} {{pool}} waiting": "sum by (job, pool) (authplane_pool_waiting{$at})",
            "{{job}} {{pool}} most": "sum by (job, pool) (authplane_pool_max_connections{$at})",
        },
    ),
    Panel(
        "Wait for a connection",
        "Of one call, on average, and how many of them wait.",
        "s",
        {
            "{{job}} {{pool}}": "sum by (job, pool) (rate(authplane_pool_wait_seconds_total{$at}[$w]))"
            " / sum by (job, pool) (rate(authplane_pool_requests_total{$at}[$w]))",
            "waited {{job}} {{pool}}": rates("authplane_pool_queued_total", "job, pool"),
        },
    ),
    Panel(
        "Errors of pools",
        "Connections that were lost or could not be had: the database, or the network.",
        "reqps",
        {"{{pool}} {{what}}": rates("authplane_pool_errors_total", "pool, what")},
    ),
    Panel(
        "Feed",
        "Versions applied in the last seconds, and the floor. Apart from each other: one process is behind.",
        "short",
        {
            "{{job}} {{part}}": "max by (job, part) (authplane_feed_version{$at})",
            "floor {{job}} {{part}}": "max by (job, part) (authplane_feed_floor{$at})",
        },
    ),
    Panel(
        "Time to refuse",
        "From the commit of a revocation to its refusal, at most; the promise is max_staleness_seconds.",
        "s",
        quantiles("authplane_feed_time_to_refuse_seconds", "part", "{{part}}"),
    ),
    Panel(
        "Revocations that wait",
        "To be logged. Above zero for more than seconds: the database does not take them.",
        "short",
        {
            "{{job}}": "sum by (job) (authplane_pending_invalidations{$at})",
            "logged {{job}}": rates("authplane_flushed_invalidations_total", "job"),
        },
    ),
    Panel(
        "Sweeper",
        "How long the oldest dead row should be gone. Grows: see whether it runs, and its failures.",
        "s",
        {
            "{{table}}": "max by (table) (authplane_sweeper_lag_seconds{$at})",
            "since success": "time() - max(authplane_sweeper_last_success_timestamp_seconds{$at})",
            "last run took": "max(authplane_sweeper_run_seconds{$at})",
        },
    ),
    Panel(
        "Rows removed",
        "Pauses let requests pass.",
        "ops",
        {
            "{{table}}": rates("authplane_sweeper_rows_total", "table"),
            "batches": rates("authplane_sweeper_batches_total", "job"),
            "pauses": rates("authplane_sweeper_pauses_total", "job"),
            "failures {{what}}": rates("authplane_sweeper_failures_total", "what"),
            "runs": "sum(authplane_sweeper_up{$at})",
        },
    ),
]
