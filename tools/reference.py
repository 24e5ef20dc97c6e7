"""Pages of the documentation that are made from the program: its metrics and its security events.

AUTHPLANE_WRITE_REFERENCE=1 has the test of these pages write them; `make reference` does that.
"""

import inspect
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from shared.telemetry.events import SecurityEvents, event_names

DOCS = Path(__file__).parents[1] / "docs"
_ADDED = {"le", "quantile"}

_METRICS = """# Metrics

Every metric of `/metrics` on the admin ports, made from a running plane on PostgreSQL with memcached; each process
shows those of its own parts. `make reference` writes this page anew, and a test holds it to what a running plane shows.

Names of counters end in `_total`, histograms have `_bucket`, `_sum` and `_count`. No label holds an id of a user, a
client, a session or a token, so that the number of series does not grow with them.

- What became of refresh tokens that were presented, `authplane_refreshes_total`: `rotated`; `grace_replay`, the one
  before presented again in time, as by a second tab; `reuse_detected`; `raced`; `expired`; `shed`; `failed`. Calls that
  a lane refuses do not get that far: `grpc_server_handled_total{grpc_method="RefreshToken"}` has them.
- `authplane_feed_time_to_refuse_seconds` takes an invalidation to be as old as it may be: committed right after this
  process last knew that it had all of them. The true time is shorter; no clock of another machine is compared.
- Calls told no since there was too much to do: `authplane_lane_refused_total`; since their caller did it too often:
  `authplane_rate_limited_total`; requests that the gateway refused itself: `authplane_http_refused_total`.
- Logins that failed, tokens that were reused, and all else that guards want to know:
  `authplane_security_events_total`, by the [events](events.md).
- `process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_open_fds` and the like come from the Prometheus
  library, on Linux.

| metric | kind | labels | meaning |
|---|---|---|---|
"""

_EVENTS = """# Security events

What guards of the plane want to know. Each is one line of the log with `kind` "security", its name as `event`, the
`service` that tells it, the `request_id` of the call, and these facts; and one more in
`authplane_security_events_total{event="..."}`. Names and facts stay as they are; further ones may come. No fact opens
anything, and none says who somebody is outside of the plane: users and clients are named by their ids, and of a family
of tokens the first twelve characters are told. `make reference` writes this page anew, and a test holds it to the
program.

| event | facts | what has happened |
|---|---|---|
"""


def metrics_page(families: Sequence[Metric]) -> str:
    """docs/metrics.md for these."""
    own = [family for family in families if not family.name.startswith("process_")]
    return _METRICS + "".join(sorted(_metric_row(family) for family in own))


def events_page() -> str:
    """docs/events.md."""
    return _EVENTS + "".join(_event_rows())


def families_at(url: str) -> list[Metric]:
    """What a process shows at its /metrics."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - The address that the caller named.
        return list(text_string_to_metric_families(answer.read().decode()))


def _metric_row(family: Metric) -> str:
    name = f"{family.name}_total" if family.type == "counter" else family.name
    labels = sorted({label for sample in family.samples for label in sample.labels} - _ADDED)
    return f"| `{name}` | {family.type} | {', '.join(f'`{label}`' for label in labels)} | {family.documentation} |\n"


def _event_rows() -> Iterator[str]:
    for name in event_names():
        method = getattr(SecurityEvents, name)
        parameters: Mapping[str, object] = inspect.signature(method).parameters
        facts = ["family" if fact == "family_id" else fact for fact in parameters if fact != "self"]
        meaning = " ".join((inspect.getdoc(method) or "").split())
        yield f"| `{name}` | {', '.join(f'`{fact}`' for fact in facts)} | {meaning} |\n"
