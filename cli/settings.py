"""Every setting of the plane in one value: one file serves all parts, and a name means the same everywhere."""

from typing import Literal

from pydantic import Field

from gateway.settings import GatewaySettings
from services.auth.settings import AuthSettings
from services.token.settings import TokenSettings
from shared.memcached.options import MemcachedOptions
from shared.settings import CommonSettings, Secret
from shared.store.postgres.settings import PostgresSettings


class StoreSettings(PostgresSettings):
    """Which store."""

    store: Literal["memory", "postgres"] = Field(
        "memory", description="Where users, clients and sessions are kept; several processes share a postgres only."
    )

    memcached_nodes: tuple[str, ...] = Field(
        (), description="memcached nodes that processes share as a second level: host:port; none to do without."
    )
    memcached_timeout_ms: int = Field(
        50, ge=1, le=1000, description="Longest wait for memcached; beyond it the store is asked."
    )

    @property
    def memcached_options(self) -> MemcachedOptions:
        """How memcached is asked.

        Raises:
            ValueError: A node is named in a way that is no address.
        """
        seconds = self.memcached_timeout_ms / 1000
        return MemcachedOptions(self.memcached_nodes, connect_timeout_seconds=seconds, timeout_seconds=seconds)

    @property
    def postgres_url(self) -> str:
        """Where PostgreSQL is.

        Raises:
            ValueError: No setting says.
        """
        if self.database_url is None:
            raise ValueError("database_url is missing, which the store postgres needs; DATABASE_URL serves as well")
        return self.database_url.get_secret_value()


class ProcessSettings(CommonSettings):
    """What concerns the process and not one of the parts in it."""

    admin_host: str = Field("127.0.0.1", description="Address on which metrics and health pages are served.")
    admin_port: int = Field(
        9091, ge=0, le=65535, description="Port of metrics and health pages; 9092 and 9093 for token and gateway."
    )
    admin_token: Secret | None = Field(
        None, description="What readers of the admin pages must bring, but for health; none lets whoever reaches them."
    )


class PlaneSettings(AuthSettings, TokenSettings, GatewaySettings, StoreSettings, ProcessSettings):
    """The settings of all parts."""
