"""Waiting until there is a database to serve from."""

import threading

from structlog.typing import FilteringBoundLogger

from cli.failures import WrongUsage
from cli.settings import StoreSettings
from shared.errors import AuthplaneError
from shared.store.postgres.migrate import MigrationRefused, Migrator

_RETRY_SECONDS = 1.0


def wait_for_schema(settings: StoreSettings, stop: threading.Event, logger: FilteringBoundLogger) -> bool:
    """Returns true once the database has the schema that serving needs, and false when it is to stop before.

    Neither a database that is yet to start nor one that is yet to be migrated is a reason to end: whoever starts all
    parts at once need not put them in order. Each reason is logged once.

    Raises:
        WrongUsage: No setting names a database.
    """
    try:
        migrator = Migrator(settings.postgres_url)
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    told = ""
    while not stop.is_set():
        try:
            migrator.require_served_schema()
            return True
        except (AuthplaneError, MigrationRefused) as error:
            if str(error) != told:
                told = str(error)
                logger.warning("not_ready", reason=told)
        stop.wait(_RETRY_SECONDS)
    return False
