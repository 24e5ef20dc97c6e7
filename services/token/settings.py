"""Settings of the token service."""

from pydantic import Field

from shared.settings import CommonSettings


class TokenSettings(CommonSettings):
    """What the token service can be told; every name is a flag, an environment variable and a TOML key."""

    token_host: str = Field("127.0.0.1", description="Address on which the token service listens.")
    token_port: int = Field(50052, ge=0, le=65535, description="Port of the token service; 0 takes a free one.")
    access_token_ttl: int = Field(600, ge=1, le=86_400, description="Lifetime of access tokens, in seconds.")
    id_token_ttl: int = Field(600, ge=1, le=86_400, description="Lifetime of ID tokens, in seconds.")
    refresh_token_ttl: int = Field(
        30 * 86_400,
        ge=1,
        description="Seconds after the login until which refresh tokens can be rotated, however often.",
    )
    refresh_grace_seconds: float = Field(
        10.0,
        ge=0,
        le=60,
        description="Seconds in which a rotated refresh token gets the same successor, for retries and tabs.",
    )
    key_overlap_seconds: float = Field(
        300.0, description="Seconds for which a new signing key is published before it signs."
    )
    client_failures_seconds: float = Field(
        60.0, gt=0, description="Seconds in which so many client credentials may be wrong as the next two settings say."
    )
    client_failures_per_client_and_address: int = Field(
        50, ge=1, description="Wrong credentials of one client from one address; others are refused unchecked."
    )
    client_failures_per_address: int = Field(
        200, ge=1, description="Wrong credentials from one address, whoever the client; others are refused unchecked."
    )
    client_requests_per_second: float = Field(
        1000.0, gt=0, description="Token requests of one client each second, with a burst of twice as many."
    )
    sweep_interval_seconds: float = Field(
        60.0, gt=0, description="Seconds between two runs of the sweeper, which removes what has expired."
    )
    sweep_statement_ms: float = Field(
        50.0, gt=0, le=1000, description="What one statement of the sweeper should take; sets how many rows it removes."
    )
    sweep_margin_seconds: float = Field(
        300.0, ge=0, description="Seconds for which revoked and used ids are kept longer, since clocks differ."
    )
    flush_interval_seconds: float = Field(
        0.2, gt=0, le=5, description="Seconds between two looks at invalidations that could wait a moment."
    )
    invalidation_retention_seconds: float = Field(
        3600.0, gt=0, description="Seconds for which the log of invalidations is kept; at least cache_seconds."
    )

    def verify(self) -> None:
        super().verify()
        if self.key_overlap_seconds <= self.max_staleness_seconds:
            raise ValueError(
                "key_overlap_seconds must be greater than max_staleness_seconds, or a key signs before all know it"
            )
        if self.invalidation_retention_seconds < self.cache_seconds:
            raise ValueError(
                "invalidation_retention_seconds must be at least cache_seconds, or a decision outlives what ended it"
            )
