"""The PostgreSQL that evidence is taken on, for the commands that take some."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.failures import PlaneUnreachable
from evidence.explain.server import OtherServer, OurServer, Server
from shared.errors import Unavailable
from shared.store.postgres.scratch import ScratchDatabase
from shared.store.postgres.server import LocalServer


@contextmanager
def evidence_server(named: str | None, options: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The server of the named database; when none is named, one of our own while the context is open.

    Args:
        named: As in `named_database`.
        options: Settings of a server of our own.

    Raises:
        PlaneUnreachable: It cannot be used, from the start or from some moment in the context.
    """
    try:
        if named is not None:
            # Whether it gives databases is asked here, before any progress is shown.
            with ScratchDatabase(named):
                pass
            yield OtherServer(named)
            return
        with (
            tempfile.TemporaryDirectory(prefix="authplane-") as directory,
            LocalServer(Path(directory), options=options) as server,
        ):
            yield OurServer(server)
    except Unavailable as error:
        # Whoever takes evidence runs the server, and needs its own words; they never hold the password.
        said = " ".join(str(error.__cause__ or "").split())
        raise PlaneUnreachable(f"{error}: {said}" if said else str(error)) from error
