"""What a service gets of the store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.cache.caches import Caches
from shared.cache.recording import current
from shared.deadline import current_deadline
from shared.errors import Unavailable
from shared.readiness import Check
from shared.store.contract import Store
from shared.store.pending import PendingInvalidations
from shared.store.sweeping import Sweeping

_WAIT_SECONDS = 0.2
_SILENCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class StoreAccess:
    """The store and what is kept of it in this process.

    Attributes:
        store: Seen through the caches.
        caches: For what services decide themselves.
        pending: Invalidations that somebody has to log from time to time.
        sweeping: For that somebody, who also removes what has expired.
        pools: What the pools of connections have counted, by name.
    """

    store: Store
    caches: Caches
    pending: PendingInvalidations
    sweeping: Sweeping
    pools: Mapping[str, Callable[[], Mapping[str, int]]] = field(default_factory=dict)

    def pool_facts(self) -> dict[str, Mapping[str, int]]:
        """What each pool has counted since its start."""
        return {name: statistics() for name, statistics in self.pools.items()}

    def checks(self) -> Mapping[str, Check]:
        """What a service on this store needs to be ready: the feed tells within moments when the store is gone."""
        view = self.caches.view
        return {"store": lambda: view.age() < _SILENCE_SECONDS, "feed": view.is_fresh}

    def reach(self, version: int) -> None:
        """Has the running call answered at or past a version that its caller has seen; 0 for any.

        The feed brings it within moments. If it does not, nothing that is kept here is used, and the store is asked.

        Raises:
            Unavailable: The store itself has not got that far: it is one that was restored, or the version is made up.
        """
        if version <= 0:
            return
        current().at_least = version
        if (
            self.caches.view.wait_for(version, current_deadline().bound(_WAIT_SECONDS))
            or self.store.newest_version() >= version
        ):
            return
        raise Unavailable(f"version {version} of the store has not been seen here yet; try again")

    def as_of(self) -> int:
        """The version as of which what the running call wanted to end is refused, whoever ended it."""
        return current().store_version or self.store.newest_version()
