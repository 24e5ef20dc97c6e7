"""What callers see."""

from tools.panels.panel import Panel, quantiles, rates

OVERVIEW = [
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
]
