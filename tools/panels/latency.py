"""Where the time goes."""

from tools.panels.panel import Panel, quantiles

LATENCY = [
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
]
