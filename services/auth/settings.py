"""Settings of the auth service."""

import os
from collections.abc import Mapping

from pydantic import Field

from shared.overload.lane_limits import LaneLimits, LaneName
from shared.settings import CommonSettings


def _cores() -> int:
    """On which this process may run: with `taskset` or a cpuset fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
        min(_cores(), 8), ge=1, description="Password checks at once; each takes a core and its memory."
    )
    password_queue: int = Field(
        7, ge=0, description="Password checks that may wait; beyond them logins are refused, to be tried again later."
    )
    password_wait_seconds: float = Field(
        1.0, gt=0, le=60, description="Seconds for which a password check may wait at most."
    )
    password_memory_mib: int = Field(
        512, ge=19, description="Memory that all password checks at once may take together, in MiB."
    )
    login_failures_seconds: float = Field(
        300.0, gt=0, description="Seconds in which so many logins may fail as the next three settings say."
    )
    login_failures_per_user_and_address: int = Field(
        10, ge=1, description="Failed logins of one user from one address; others are refused unchecked."
    )
    login_failures_per_address: int = Field(
        100, ge=1, description="Failed logins from one address, whoever the user; others are refused unchecked."
    )
    login_failures_per_user: int = Field(
        50, ge=1, description="Failed logins of one user from addresses where that user has not logged in before."
    )

    @property
    def password_memory_kib(self) -> int:
        """What all password checks at once take."""
        return self.password_workers * self.argon2_memory_kib

    def lanes(self) -> Mapping[LaneName, LaneLimits]:
        hashing = LaneLimits(self.password_workers, self.password_queue, self.password_wait_seconds, self.lane_share)
        return {**super().lanes(), LaneName.HASH: hashing}

    def verify(self) -> None:
        super().verify()
        if self.password_memory_kib > self.password_memory_mib * 1024:
            raise ValueError(
                f"password_workers times argon2_memory_kib is {self.password_memory_kib // 1024} MiB, "
                f"more than password_memory_mib ({self.password_memory_mib})"
            )
        if self.password_memory_mib * 1024 * 1024 > _memory_of_machine():
            raise ValueError("password_memory_mib is more than the machine has")
        if self.password_wait_seconds >= self.rpc_deadline_seconds:
            raise ValueError("password_wait_seconds must be less than rpc_deadline_seconds, or logins wait in vain")


def _memory_of_machine() -> int:
    """Bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
