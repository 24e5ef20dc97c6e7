"""No process believes what was revoked for longer than the bound; over processes, on one clock."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from shared.store.postgres.migrate import Migrator
from shared.store.postgres.scratch import ScratchDatabase
from shared.store.postgres.server import LocalServer
from tests.servers.memcached import MemcachedServer
from tests.servers.postgres import OPTIONS, open_store, programs
from tests.staleness.campaign import Campaign
from tests.staleness.endings import endings_of
from tests.staleness.fleet import Fleet
from tests.staleness.history import quantile, violations
from tests.staleness.homes import homes_of, reach
from tests.staleness.subjects import Subjects


@pytest.mark.timeout(300)
def test_healthy(tmp_path: Path) -> None:
    with LocalServer(tmp_path / "pg", programs(), OPTIONS) as server, ScratchDatabase(server.url) as scratch, MemcachedServer() as memcached:
        Migrator(scratch.url).up()
        with Fleet(scratch.url, memcached.name, tmp_path) as fleet, reach(fleet) as reached:
            store = open_store(scratch.url)
            subjects = Subjects(store)
            subjects.prepare()
            campaign = Campaign(subjects.make, homes_of(reached), endings_of(reached), 1.0, 1)
            import time
            b = time.monotonic()
            trials = campaign.run(200)
            print(time.monotonic() - b)
            delays = [delay for trial in trials for delay in trial.delays().values()]
            print(len(delays), quantile(delays, .5), quantile(delays, .99), max(delays))
            print(sum(len(t.probes) for t in trials), sum(p.yes is None for t in trials for p in t.probes))
            v = violations(trials, 1.0)
            print(len(v), v[:10])
            store.close()
            assert not v
