"""What a running sweeper says of itself."""

import urllib.request
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Progress:
    """Its metrics at a moment.

    Attributes:
        rows: Removed so far.
        batches, pauses, failures: So far.
        lag: Seconds for which the oldest row of any table is overdue.
        succeeded: Whether a run has removed all it wanted.
    """

    rows: int
    batches: int
    pauses: int
    failures: int
    lag: float
    succeeded: bool


def progress(admin_url: str) -> Progress:
    """Asks the admin port of a plane."""
    with urllib.request.urlopen(f"{admin_url}/metrics", timeout=10) as response:  # noqa: S310 - It is our own plane.
        text = response.read().decode()
    values: dict[str, list[float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            values.setdefault(sample.name.removeprefix("authplane_sweeper_"), []).append(sample.value)
    return Progress(
        rows=int(sum(values["rows_total"])),
        batches=int(values["batches_total"][0]),
        pauses=int(values["pauses_total"][0]),
        failures=int(sum(values["failures_total"])),
        lag=max(values["lag_seconds"]),
        succeeded=values["last_success_timestamp_seconds"][0] > 0,
    )
