"""Everything that a campaign runs on: PostgreSQL, memcached behind a cable, and the fleet."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.store.postgres.migrate import Migrator
from shared.store.postgres.server import LocalServer
from tests.memcached.cable import Cable
from tests.servers.memcached import MemcachedServer
from tests.servers.postgres import OPTIONS, open_store, programs
from tests.staleness.campaign import Campaign
from tests.staleness.endings import endings_of
from tests.staleness.fleet import Fleet
from tests.staleness.history import Trial, Undone, violations
from tests.staleness.homes import homes_of, reach
from tests.staleness.subjects import Subjects

# A server that is killed must come back with all it has acknowledged.
_DURABLE = {**OPTIONS, "synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}


@dataclass(frozen=True)
class Stage:
    """What may be broken, and the campaign that watches.

    Attributes:
        data: PostgreSQL's data folder.
        undone: What restores have undone so far.
    """

    postgres: LocalServer
    data: Path
    memcached: MemcachedServer
    cable: Cable
    fleet: Fleet
    campaign: Campaign
    undone: list[Undone] = field(default_factory=list)

    def violations(self, trials: Sequence[Trial]) -> list[str]:
        """The broken promises of trials, but for those whose ending a restore has undone."""
        judged = [trial for trial in trials if not any(undone.concerns(trial) for undone in self.undone)]
        return violations(judged, self.fleet.bound)


@contextmanager
def stage(folder: Path, bound: float = 1.0, seed: int = 1, **settings: Any) -> Iterator[Stage]:
    """Two processes of each part, running while the context is open.

    Args:
        bound: The `max_staleness_seconds` of every process.
    """
    with ExitStack() as stack:
        server = stack.enter_context(LocalServer(folder / "postgres", programs(), _DURABLE))
        Migrator(server.url).up()
        memcached = stack.enter_context(MemcachedServer())
        cable = stack.enter_context(Cable(memcached.name))
        wanted = {"max_staleness_seconds": bound, "cache_no_seconds": bound + 4, **settings}
        fleet = stack.enter_context(Fleet(server.url, cable.name, folder, **wanted))
        reached = stack.enter_context(reach(fleet))
        store = stack.enter_context(closing(open_store(server.url, pg_pool_timeout_seconds=10)))
        subjects = Subjects(store)
        subjects.prepare()
        campaign = Campaign(subjects.make, homes_of(reached), endings_of(reached), bound, seed)
        yield Stage(server, folder / "postgres" / "data", memcached, cable, fleet, campaign)
