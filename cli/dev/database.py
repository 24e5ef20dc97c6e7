"""The database of `authplane dev --store postgres`."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from cli.failures import CommandFailed
from cli.settings import PlaneSettings
from shared.errors import Unavailable
from shared.store.postgres.migrate import MigrationRefused, Migrator
from shared.store.postgres.server import LocalServer


@contextmanager
def development_database(settings: PlaneSettings, directory: Path) -> Iterator[PlaneSettings]:
    """Settings that name a database with the newest schema: the one they name, or one of our own in the directory.

    Raises:
        CommandFailed: It does not start or cannot be changed; the message says why.
    """
    try:
        if settings.database_url is not None:
            Migrator(settings.postgres_url).up()
            yield settings
            return
        with LocalServer(directory / "postgres") as server:
            Migrator(server.url).up()
            yield settings.model_copy(update={"database_url": SecretStr(server.url)})
    except (Unavailable, MigrationRefused) as error:
        raise CommandFailed(str(error)) from error


def lasting_secret(directory: Path) -> str:
    """A secret that is as lasting as the database: without it, what that holds is of no use."""
    file = directory / "secret"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return file.read_text(encoding="ascii")
