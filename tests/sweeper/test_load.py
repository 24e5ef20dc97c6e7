"""`make sweep-load`, shortly: a backlog goes while requests are served."""

import os
from pathlib import Path

import psycopg

from load.sweep.database import fill
from load.sweep.phases import measure
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.server import LocalServer
from tests.servers.postgres import programs

ROWS = int(os.environ.get("AUTHPLANE_TEST_SWEPT_ROWS", "20000"))
OPTIONS = {"autovacuum_naptime": "1s"}


def test_a_backlog_goes_while_requests_are_served(tmp_path: Path) -> None:
    """All of it, without a failed request; the lag returns to nothing, and the covering index covers again."""
    with LocalServer(tmp_path / "postgres", programs(), OPTIONS) as server:
        Migrator(server.url).up()
        url_file = tmp_path / "url"
        url_file.write_text(server.url)
        with psycopg.connect(server.url, autocommit=True) as connection:
            fill(connection, ROWS)
            report = measure(connection, url_file, rate=50, seconds=2, vacuum_wait=20.0, say=lambda _: None)
    assert [phase.figures.failures for phase in (report.without, report.during, report.after)] == [{}, {}, {}]
    assert (report.swept.rows >= ROWS, report.swept.lag, report.left, report.swept.failures) == (True, 0.0, 0, 0)
    before, _, later = report.fetches
    assert (before, later is not None, report.vacuums > 0) == (0.0, True, True)
    # Without VACUUM it would be each of a hundred. The load's own sessions take the room of what was swept and change
    # those pages once more, too few of them for autovacuum to come again.
    assert (later or 0.0) < 10
