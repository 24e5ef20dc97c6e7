"""What the dashboard shows, row by row: from what callers see to its causes.

In queries `$at` stands for the chosen jobs and instances, and `$w` for the window of rates.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph.

    Attributes:
        meaning: What a bad picture looks like, and what to do then.
        unit: In Grafana's words: s, reqps, short, percentunit, bytes, ops, none.
        queries: PromQL by legend.
    """

    title: str
    meaning: str
    unit: str
    queries: dict[str, str]


def quantiles(metric: str, by: str, legend: str) -> dict[str, str]:
    """The median and the 99th percentile of a histogram, by these labels."""
    return {
        f"p{per_cent} {legend}": f"histogram_quantile({per_cent / 100}, "
        f"sum by (le, {by}) (rate({metric}_bucket{{$at}}[$w])))"
        for per_cent in (50, 99)
    }


def rates(metric: str, by: str) -> str:
    """So many a second, by these labels."""
    return f"sum by ({by}) (rate({metric}{{$at}}[$w]))"


ROWS: dict[str, list[Panel]] = {
    "Overview": [
        Panel(
            "Requests",
            "Falls without a reason: look at Errors, then at Processes.",
            "reqps",
            {
                "HTTP {{route}}": rates("authplane_http_requests_total", "route"),
                "gRPC {{grpc_method}}": rates("grpc_server_handled_total", "grpc_method"),
            },
        ),
        Panel(
            "Errors",
            "Share of answers that are an error of ours. Above zero for minutes: the row Overload tells what is full, "
            "the row Store what is gone.",
            "percentunit",
            {
                "HTTP 5xx": '(sum(rate(authplane_http_requests_total{status=~"5..", $at}[$w])) or vector(0))'
                " / sum(rate(authplane_http_requests_total{$at}[$w]))",
                "gRPC": "(sum(rate(grpc_server_handled_total{"
                'grpc_code=~"Unknown|DeadlineExceeded|Internal|Unavailable|DataLoss", $at}[$w])) or vector(0))'
                " / sum(rate(grpc_server_handled_total{$at}[$w]))",
            },
        ),
        Panel(
            "Latency",
            "Of all requests. When p99 leaves p50 behind, the row Latency shows whose it is.",
            "s",
            {
                **quantiles("authplane_http_request_duration_seconds", "job", "{{job}}"),
                **quantiles("grpc_server_handling_seconds", "job", "gRPC {{job}}"),
            },
        ),
        Panel(
            "Refused",
            "Calls told no early. Some during a peak is as it should be; all the time means too few processes.",
            "reqps",
            {
                "{{server}} {{lane}}": rates("authplane_lane_refused_total", "server, lane"),
                "gateway {{reason}}": rates("authplane_http_refused_total", "reason"),
            },
        ),
        Panel(
            "Staleness",
            "Since each process last knew that it had every revocation. At max_staleness_seconds memory stops "
            "answering, and the store has to.",
            "s",
            {"{{job}} {{part}}": "max by (job, part) (authplane_feed_age_seconds{$at})"},
        ),
        Panel(
            "Processes",
            "Versions that run; two of them for long means a deployment that was not finished.",
            "short",
            {
                "{{job}} {{version}}": "count by (job, version) (authplane_build_info{$at})",
                "CPU {{job}}": rates("process_cpu_seconds_total", "job"),
            },
        ),
    ],
    "Latency": [
        Panel(
            "HTTP by route",
            "One route alone: what it needs (login: hashes; token: the store). All of them: the gateway's CPU.",
            "s",
            quantiles("authplane_http_request_duration_seconds", "route", "{{route}}"),
        ),
        Panel(
            "RPC by method",
            "From the moment a thread took the call. Low here and high at the gateway: calls wait in a lane.",
            "s",
            quantiles("grpc_server_handling_seconds", "grpc_method", "{{grpc_method}}"),
        ),
        Panel(
            "Wait in lanes",
            "Before a thread took the call. Beyond some milliseconds the lane is full: fewer calls or more processes.",
            "s",
            quantiles("authplane_lane_wait_seconds", "server, lane", "{{server}} {{lane}}"),
        ),
        Panel(
            "Password hashes",
            "What one hash takes. Slower than usual: something else has the CPU.",
            "s",
            quantiles("authplane_password_hash_seconds", "job", "{{job}}"),
        ),
        Panel(
            "Store by operation",
            "The wait for a connection included. All slow: the database or the way to it; one: a lock or its plan.",
            "s",
            quantiles("authplane_store_seconds", "operation", "{{operation}}"),
        ),
        Panel(
            "Requests under way",
            "Grows without an end: a service behind the gateway does not answer.",
            "short",
            {
                "requests": "sum(authplane_http_requests_in_flight{$at})",
                "connections": "sum(authplane_http_connections{$at})",
            },
        ),
    ],
    "Cache": [
        Panel(
            "Hit rate",
            "Answers from memory. A fall: the misses beside it say why.",
            "percentunit",
            {
                "{{cache}}": 'sum by (cache) (rate(authplane_cache_hits_total{level="memory", $at}[$w]))'
                ' / (sum by (cache) (rate(authplane_cache_hits_total{level="memory", $at}[$w]))'
                " + sum by (cache) (rate(authplane_cache_misses_total{$at}[$w])))"
            },
        ),
        Panel(
            "Misses by reason",
            "absent: cold or too small; feed_stale: the row Store, Feed; invalidated: many changes; expired: as it "
            "should be.",
            "reqps",
            {"{{cache}} {{reason}}": rates("authplane_cache_misses_total", "cache, reason")},
        ),
        Panel(
            "Entries",
            "At the bound entries are evicted; raise it if memory allows.",
            "short",
            {"{{cache}}": "sum by (cache) (authplane_cache_entries{$at})"},
        ),
        Panel(
            "Bytes",
            "An estimate of what each cache holds.",
            "bytes",
            {
                "{{cache}}": "sum by (cache) (authplane_cache_bytes{$at})",
                "process {{job}}": "max by (job) (process_resident_memory_bytes{$at})",
            },
        ),
        Panel(
            "Evictions",
            "By size, all the time: the cache is too small for what is asked.",
            "reqps",
            {"{{cache}} {{cause}}": rates("authplane_cache_evictions_total", "cache, cause")},
        ),
        Panel(
            "memcached",
            "Anything but hit, miss and done is without use; callers notice nothing, but the store is asked more.",
            "reqps",
            {"{{operation}} {{outcome}}": rates("authplane_memcached_operations_total", "operation, outcome")},
        ),
        Panel(
            "memcached, seconds",
            "Slower than the database: it does harm.",
            "s",
            quantiles("authplane_memcached_seconds", "node", "{{node}}"),
        ),
    ],
    "Store": [
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
    ],
    "Overload": [
        Panel(
            "Calls in lanes",
            "Waiting near the bound: what comes next is refused.",
            "short",
            {"{{server}} {{lane}} {{state}}": "sum by (server, lane, state) (authplane_lane_calls{$at})"},
        ),
        Panel(
            "Refused by reason",
            "full: too many at once; late: the caller would not have waited; share: one caller took too much.",
            "reqps",
            {"{{server}} {{lane}} {{reason}}": rates("authplane_lane_refused_total", "server, lane, reason")},
        ),
        Panel(
            "Work without use",
            "Calls that ended after their deadline. Much of it: deadlines of clients are too short for what they ask.",
            "reqps",
            {"{{server}} {{lane}}": rates("authplane_lane_wasted_total", "server, lane")},
        ),
        Panel(
            "Limits",
            "Callers that did something too often. One client only: talk to them; logins: somebody guesses.",
            "reqps",
            {"{{limit}}": rates("authplane_rate_limited_total", "limit")},
        ),
        Panel(
            "Codes",
            "ResourceExhausted is a refusal, Unavailable a store that is gone.",
            "reqps",
            {"{{grpc_code}}": rates("grpc_server_handled_total", "grpc_code")},
        ),
        Panel(
            "Started but not answered",
            "RPCs under way. Grows: threads hang; look at /debug/threads.",
            "short",
            {
                "{{job}}": "sum by (job) (grpc_server_started_total{$at})"
                " - sum by (job) (grpc_server_handled_total{$at})"
            },
        ),
    ],
    "OAuth": [
        Panel(
            "Tokens issued",
            "By grant type.",
            "reqps",
            {"{{grant}}": rates("authplane_tokens_issued_total", "grant")},
        ),
        Panel(
            "Refreshes",
            "reuse_detected: tokens were stolen, or a client keeps old ones; grace_replay: tabs that refresh at once.",
            "reqps",
            {"{{outcome}}": rates("authplane_refreshes_total", "outcome")},
        ),
        Panel(
            "Logins",
            "More failed than usual: somebody guesses, or a client has a wrong form.",
            "reqps",
            {
                "{{event}}": 'sum by (event) (rate(authplane_security_events_total{event=~"login_.*", $at}[$w]))',
            },
        ),
        Panel(
            "Revocations",
            "What ended before its time.",
            "reqps",
            {
                "{{event}}": "sum by (event) (rate(authplane_security_events_total{"
                'event=~".*revoked|sessions?_ended|.*disabled", $at}[$w]))',
            },
        ),
        Panel(
            "Security events",
            "All of them; each has a line in the log.",
            "reqps",
            {"{{event}}": rates("authplane_security_events_total", "event")},
        ),
        Panel(
            "Answers of the endpoints",
            "400 and 401 are callers' mistakes, 429 their haste.",
            "reqps",
            {"{{route}} {{status}}": rates("authplane_http_requests_total", "route, status")},
        ),
    ],
}

NOT_SHOWN = {
    "authplane_sweeper_flushed_at_end": "of a process that ends, when nobody asks any more",
    "authplane_sweeper_flushed_invalidations_total": "counted in authplane_flushed_invalidations_total too",
    "authplane_sweeper_last_run_timestamp_seconds": "the last success says more",
    "authplane_sweeper_pending_invalidations": "counted in authplane_pending_invalidations too",
    "authplane_sweeper_restarts_total": "the alert SweeperStopped and authplane_sweeper_up say it",
}
"""Metrics that the dashboard leaves out, and why."""
