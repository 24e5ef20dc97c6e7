"""Settings of the PostgreSQL store."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr

from shared.settings import CommonSettings


def _database_url(value: SecretStr) -> SecretStr:
    # Here, since the gateway has these settings too and no use for 10 MB of driver.
    from psycopg import ProgrammingError  # noqa: PLC0415 - see above.
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - see above.

    try:
        conninfo_to_dict(value.get_secret_value())
    except ProgrammingError:  # What it says may hold the password.
        raise ValueError("must look like postgresql://user:password@host:port/database") from None
    return value


class PostgresSettings(CommonSettings):
    """Where PostgreSQL is, and how it is asked. Every wait has a bound."""

    database_url: Annotated[SecretStr, AfterValidator(_database_url)] | None = Field(
        None, description="The PostgreSQL to use: postgresql://user:password@host:port/database."
    )
    pg_pool_min: int = Field(2, ge=0, description="Connections that are kept open.")
    pg_pool_max: int = Field(16, ge=1, description="Most connections of each process that serve requests.")
    pg_pool_timeout_seconds: float = Field(2.0, gt=0, description="Longest wait for a free connection.")
    pg_pool_max_waiting: int = Field(
        128, ge=1, description="Most calls that wait for a connection; others are refused."
    )
    pg_pool_max_lifetime_seconds: float = Field(1800.0, gt=0, description="Age at which a connection is replaced.")
    pg_pool_max_idle_seconds: float = Field(600.0, gt=0, description="Idle time after which a connection is closed.")
    pg_connect_timeout_seconds: int = Field(2, ge=2, description="Longest wait for a new connection.")
    pg_statement_timeout_ms: int = Field(2000, ge=1, description="Longest run of one statement.")
    pg_lock_timeout_ms: int = Field(
        1500, ge=1, description="Longest wait for one lock; longer than deadlock_timeout, so that deadlocks are seen."
    )
    pg_idle_in_transaction_timeout_ms: int = Field(
        5000, ge=1, description="Idle time after which PostgreSQL ends a transaction, and frees its locks."
    )
    pg_sweeper_statement_timeout_ms: int = Field(1000, ge=10, description="Longest run of one of the sweeper's.")
    pg_sweeper_lock_timeout_ms: int = Field(100, ge=1, description="Longest wait of the sweeper for one lock.")
    pg_prepare_threshold: int = Field(
        3,
        ge=-1,
        description="Uses after which a statement is prepared; -1 for never, as a pooler of transactions may need.",
    )

    def verify(self) -> None:
        super().verify()
        if self.pg_pool_min > self.pg_pool_max:
            raise ValueError("pg_pool_min must not be greater than pg_pool_max")
        if self.pg_pool_max < self.store_workers + self.revocation_workers:
            raise ValueError(
                "pg_pool_max must be at least store_workers and revocation_workers together, "
                "or revocations wait for a connection behind everything else"
            )
        if self.pg_lock_timeout_ms >= self.pg_statement_timeout_ms:
            raise ValueError("pg_lock_timeout_ms must be less than pg_statement_timeout_ms, or it never ends a wait")
        longest = max(self.pg_pool_timeout_seconds, self.pg_statement_timeout_ms / 1000)
        if longest >= self.rpc_deadline_seconds:
            raise ValueError(
                "rpc_deadline_seconds must be greater than pg_pool_timeout_seconds and pg_statement_timeout_ms, "
                "or a call ends before it can say what was wrong"
            )

    def for_sweeper(self) -> Self:
        """The same with the limits of the sweeper, which rather gives up than makes anybody wait."""
        limits = {
            "pg_statement_timeout_ms": self.pg_sweeper_statement_timeout_ms,
            "pg_lock_timeout_ms": self.pg_sweeper_lock_timeout_ms,
            "pg_pool_min": 0,
        }
        return self.model_copy(update=limits)

    def connection_options(self, name: str) -> dict[str, object]:
        """Keyword arguments of a psycopg connection; PostgreSQL shows it under this name."""
        limits = {
            "statement_timeout": self.pg_statement_timeout_ms,
            "lock_timeout": self.pg_lock_timeout_ms,
            "idle_in_transaction_session_timeout": self.pg_idle_in_transaction_timeout_ms,
        }
        return {
            "application_name": f"authplane {name}",
            "connect_timeout": self.pg_connect_timeout_seconds,
            "options": " ".join(f"-c {name}={milliseconds}" for name, milliseconds in limits.items()),
            "target_session_attrs": "read-write",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "prepare_threshold": None if self.pg_prepare_threshold < 0 else self.pg_prepare_threshold,
        }
