"""Settings of the gateway."""

from pathlib import Path

from pydantic import Field

from shared.settings import CommonSettings


class GatewaySettings(CommonSettings):
    """What the gateway can be told; every name is a flag, an environment variable and a TOML key."""

    gateway_host: str = Field("127.0.0.1", description="Address on which the gateway listens.")
    gateway_port: int = Field(8080, ge=0, le=65535, description="Port of the gateway; 0 takes a free one.")
    auth_target: str = Field("127.0.0.1:50051", description="Address of the auth service, as gRPC names it.")
    token_target: str = Field("127.0.0.1:50052", description="Address of the token service, as gRPC names it.")
    rpc_timeout_seconds: float = Field(
        3.0, gt=0, le=60, description="Deadline of a call to a service; an answer that comes later is a 503."
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

    def verify(self) -> None:
        super().verify()
        if self.drain_seconds <= self.rpc_timeout_seconds:
            raise ValueError("drain_seconds must be greater than rpc_timeout_seconds, or a stop cuts off answers")
