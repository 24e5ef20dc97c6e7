"""What is full, and what is refused."""

from tools.panels.panel import Panel, rates

OVERLOAD = [
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
        {"{{job}}": "sum by (job) (grpc_server_started_total{$at}) - sum by (job) (grpc_server_handled_total{$at})"},
    ),
]
