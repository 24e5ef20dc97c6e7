"""How many requests may wait for the services at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as CounterMetric

from shared.errors import Overloaded

_RESERVE = 1.125


class RoomMetrics:
    """Requests that wait for a service, and those that were refused for want of room."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.in_flight = Gauge(
            "authplane_http_requests_in_flight", "Requests that wait for a service.", registry=registry
        )
        refused = CounterMetric(
            "authplane_http_refused", "Requests refused for want of room.", ["reason"], registry=registry
        )
        self.full, self.share = refused.labels("full"), refused.labels("share")


class Room:
    """Lets `places` in at once; when half of them are taken, nobody gets more than a share. The event loop guards it.

    Args:
        share: Part of all places that one address may have once half of them are taken.
    """

    def __init__(self, places: int, share: float, metrics: RoomMetrics) -> None:
        self._places = places
        self._share = share
        self._metrics = metrics
        self._inside = 0
        self._addresses = Counter[str]()

    @contextmanager
    def place(self, address: str, essential: bool) -> Iterator[None]:
        """A place while the context is open.

        Args:
            essential: Ends something, and is refused last: it may use a reserve of an eighth.

        Raises:
            Overloaded: There is none. Nothing was done.
        """
        self._require_room(address, essential)
        self._inside += 1
        self._addresses[address] += 1
        self._metrics.in_flight.set(self._inside)
        try:
            yield
        finally:
            self._inside -= 1
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]
            self._metrics.in_flight.set(self._inside)

    def _require_room(self, address: str, essential: bool) -> None:
        if self._inside >= self._places * (_RESERVE if essential else 1):
            self._metrics.full.inc()
            raise Overloaded("too many requests at once; try again", retry_after=1.0)
        crowded = self._inside >= self._places / 2 and not essential
        if crowded and self._addresses[address] >= self._places * self._share:
            self._metrics.share.inc()
            raise Overloaded("too many requests from one address at once; try again", retry_after=1.0)
