"""Metrics of security events."""

from prometheus_client import CollectorRegistry, Counter

from shared.telemetry.events import event_names


class EventCounts:
    """`authplane_security_events_total`, by the name of the event; all series exist from the beginning, at zero."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = Counter(
            "authplane_security_events", "Events that guards of the plane want to know.", ["event"], registry=registry
        )
        self._counts = {name: counter.labels(name) for name in event_names()}

    def count(self, event: str) -> None:
        """One more."""
        self._counts[event].inc()
