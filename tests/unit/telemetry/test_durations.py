"""Our histograms say what the library's would."""

import random

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.openmetrics.exposition import generate_latest

from shared.telemetry.buckets import BUCKETS
from shared.telemetry.durations import CountsOf, DurationsByLabels


def text_of(registry: CollectorRegistry) -> str:
    return str(generate_latest(registry), "utf-8")  # type: ignore[no-untyped-call]  # The library has no types here.


def test_they_say_what_the_library_s_do() -> None:
    """Of durations on both sides of every bound, and on it."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    made = DurationsByLabels("seconds", "Of something.", ("route", "status"), ours).labels("/a", "200")
    expected = Histogram("seconds", "Of something.", ("route", "status"), registry=theirs, buckets=BUCKETS)
    drawn = [*BUCKETS, 0.0, 7.0, *(random.Random(1).expovariate(100) for _ in range(500))]
    for seconds in drawn:
        made.observe(seconds)
        expected.labels("/a", "200").observe(seconds)
    lines = [line for line in text_of(theirs).splitlines() if "_created" not in line]
    assert text_of(ours).splitlines() == lines


def test_a_trace_marks_its_bucket() -> None:
    """The last one that fell into it."""
    registry = CollectorRegistry()
    made = DurationsByLabels("seconds", "Of something.", (), registry).labels()
    for trace in ("first", "last"):
        made.observe(0.0015, {"trace_id": trace})
    made.observe(0.02)
    marked = [line for line in text_of(registry).splitlines() if "#" in line and line.startswith("seconds_bucket")]
    assert [line.partition(" # ")[2].split(" ")[:2] for line in marked] == [['{trace_id="last"}', "0.0015"]]
    assert 'le="0.002"' in marked[0]


def test_counts_follow_from_durations() -> None:
    """What is expected is zero until it happens."""
    registry = CollectorRegistry()
    durations = DurationsByLabels("seconds", "Of something.", ("status",), registry)
    counts = CountsOf(durations, "requests", "Of them.", registry)
    counts.expect("200")
    counts.expect("500")
    for status in ("200", "200", "404"):
        durations.labels(status).observe(0.1)
    of_status = {each: registry.get_sample_value("requests_total", {"status": each}) for each in ("200", "404", "500")}
    assert of_status == {"200": 2, "404": 1, "500": 0}
