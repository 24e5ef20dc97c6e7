"""Settings of the auth service."""

import os

from pydantic import Field

from shared.settings import CommonSettings


class AuthSettings(CommonSettings):
    """What the auth service can be told; every name is a flag, an environment variable and a TOML key."""

    auth_host: str = Field("127.0.0.1", description="Address on which the auth service listens.")
    auth_port: int = Field(50051, ge=0, le=65535, description="Port of the auth service; 0 takes a free one.")
    session_ttl: int = Field(12 * 3600, ge=1, description="Lifetime of login sessions, in seconds.")
    code_ttl: int = Field(60, ge=1, le=600, description="Lifetime of authorization codes, in seconds.")
    argon2_memory_kib: int = Field(
        19_456, ge=19_456, le=4_194_304, description="Memory that one password check takes, in KiB."
    )
    argon2_time_cost: int = Field(2, ge=2, le=100, description="Passes over that memory.")
    argon2_parallelism: int = Field(1, ge=1, le=64, description="Lanes of that memory, each with a thread.")
    password_workers: int = Field(
        min(os.cpu_count() or 1, 8), ge=1, description="Password checks at once; each takes a core and its memory."
    )
    password_queue: int = Field(
        7, ge=0, description="Password checks that may wait; beyond them logins are refused, to be tried again later."
    )
    password_wait_seconds: float = Field(
        1.0, ge=0, le=60, description="Seconds for which a password check may wait at most."
    )

    def verify(self) -> None:
        super().verify()
        if self.password_workers + self.password_queue >= self.rpc_workers:
            raise ValueError(
                "password_workers and password_queue together must be less than rpc_workers, or logins block all else"
            )
