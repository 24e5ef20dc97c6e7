"""What users and clients do."""

from tools.panels.panel import Panel, rates

OAUTH = [
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
]
