"""The store in PostgreSQL, put together."""

from shared.store.postgres.access_tokens import PostgresAccessTokens, PostgresAssertions
from shared.store.postgres.clients import PostgresClients, PostgresConsents
from shared.store.postgres.codes import PostgresCodes
from shared.store.postgres.database import Database
from shared.store.postgres.families import PostgresFamilies
from shared.store.postgres.group_commit import GroupCommit
from shared.store.postgres.invalidations import PostgresInvalidations
from shared.store.postgres.keys import PostgresKeys
from shared.store.postgres.sessions import PostgresSessions
from shared.store.postgres.sweeping import PostgresSweeping
from shared.store.postgres.users import PostgresUsers


class PostgresStore(
    PostgresSessions,
    PostgresCodes,
    PostgresFamilies,
    PostgresAccessTokens,
    PostgresUsers,
    PostgresClients,
    PostgresConsents,
    PostgresAssertions,
    PostgresKeys,
    PostgresInvalidations,
    PostgresSweeping,
):
    """All capabilities of the store, in a PostgreSQL that several processes share."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, GroupCommit(database))

    def close(self) -> None:
        self._database.close()
