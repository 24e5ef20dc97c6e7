"""Settings of the gateway."""

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.settings import CommonSettings
from shared.tls import TlsFiles


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError("must be a network in the form 10.0.0.0/8, or a single address") from None
    return value


class GatewaySettings(CommonSettings):
    """What the gateway can be told; every name is a flag, an environment variable and a TOML key."""

    gateway_host: str = Field("127.0.0.1", description="Address on which the gateway listens.")
    gateway_port: int = Field(8080, ge=0, le=65535, description="Port of the gateway; 0 takes a free one.")
    tls_certificate: Path | None = Field(
        None, description="PEM file: certificate chain for HTTPS; none when a proxy ends TLS, or for loopback."
    )
    tls_key: Path | None = Field(None, description="PEM file: the key of tls_certificate.")
    auth_target: str = Field("127.0.0.1:50051", description="Address of the auth service, as gRPC names it.")
    token_target: str = Field("127.0.0.1:50052", description="Address of the token service, as gRPC names it.")
    request_deadline_seconds: float = Field(
        3.0, gt=0, le=60, description="Time for all that a request asks of the services; beyond it the answer is a 503."
    )
    max_concurrent_requests: int = Field(
        256, ge=1, description="Most requests that wait for the services at once; others are a 503."
    )
    address_share: float = Field(
        0.5, gt=0, le=1, description="Part of those that one address may have, once half of all places are taken."
    )
    max_connections: int = Field(
        2048, ge=16, description="Most connections; for one more, the one that has waited longest for a request is cut."
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        (), description="Networks of proxies whose X-Forwarded-For is believed: 10.0.0.0/8; none to ignore it."
    )
    ticket_ttl: int = Field(
        3600, ge=60, description="Seconds that a user may take over a login, consent or logout page."
    )
    template_directory: Path | None = Field(
        None, description="Directory whose templates and assets replace those of the same name."
    )
    max_body_bytes: int = Field(65_536, ge=1024, le=131_072, description="Longest request body; a longer one is a 413.")
    max_fields: int = Field(100, ge=10, description="Most parameters of one request; more are a 400.")
    max_header_bytes: int = Field(
        16_384, ge=8192, description="Longest request target and header fields together; beyond it is a 431."
    )
    max_header_fields: int = Field(100, ge=10, description="Most header fields of one request; more are a 431.")
    request_timeout_seconds: float = Field(
        30.0, gt=0, description="Seconds in which a connection must bring a whole request, or be cut."
    )
    keep_alive_seconds: int = Field(15, ge=1, description="Seconds for which an idle connection is kept open.")
    drain_seconds: int = Field(
        10, ge=1, description="Seconds that requests under way may take to finish when the gateway stops."
    )

    @property
    def tls_files(self) -> TlsFiles | None:
        """For HTTPS; none for HTTP."""
        if self.tls_certificate is None or self.tls_key is None:
            return None
        return TlsFiles(self.tls_certificate, self.tls_key)

    def verify(self) -> None:
        super().verify()
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together")
        if self.tls_files is not None:
            self.tls_files.verify()
        if self.drain_seconds <= self.request_deadline_seconds:
            raise ValueError("drain_seconds must be greater than request_deadline_seconds, or a stop cuts off answers")
