"""Settings that all parts share. Each part adds its own; the command line reads them from their sources."""

import ipaddress
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from shared.overload.lane_limits import LaneLimits, LaneName
from shared.secrets import derive_key
from shared.tls import TlsFiles

MIN_SECRET_LENGTH = 32
_URL_TEXT = re.compile(r"[\x21-\x7e]+", re.ASCII)


def _issuer(value: str) -> str:
    parts = urlsplit(value)
    if not parts.hostname or set(value) & set("?#@") or value.endswith(("/", ":")) or not _URL_TEXT.fullmatch(value):
        raise ValueError("must be a URL without user, query, fragment and final slash (RFC 8414 section 2)")
    if parts.port == 0:  # Raises ValueError for what is no port at all.
        raise ValueError("must have a port that can be reached")
    if not value.startswith("https://") and not (value.startswith("http://") and is_loopback(parts.hostname)):
        raise ValueError("must be https, or http on a loopback address")
    return value


def _secret(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < MIN_SECRET_LENGTH:
        raise ValueError(f"must have at least {MIN_SECRET_LENGTH} characters")
    return value


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Secret = Annotated[SecretStr, AfterValidator(_secret)]


class CommonSettings(BaseModel):
    """What every part can be told. Unknown names are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        "http://127.0.0.1:8080", description="The issuer: what clients call the plane, and the base of all its URLs."
    )
    secret: Secret = Field(
        description="Protects handles, signing keys and forms. Whoever has it can forge them; all processes share it."
    )
    previous_secrets: tuple[Secret, ...] = Field(
        (), description="Secrets that were replaced, while anything made with them is still in use."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="How log lines look; auto is readable on a terminal and JSON elsewhere."
    )
    request_log_ratio: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Part of the requests that have a line in the log; those that are traced have one too.",
    )
    trace: Literal["off", "otlp", "console"] = Field(
        "off", description="Where traces go: to a collector by OTLP over gRPC, or as a tree to the log of all requests."
    )
    trace_endpoint: str | None = Field(
        None, description="The collector: http://host:port, https for TLS; none for OTEL_EXPORTER_OTLP_ENDPOINT."
    )
    trace_ratio: float = Field(
        0.01, ge=0, le=1, description="Part of the requests that is traced when their callers do not say."
    )
    max_staleness_seconds: float = Field(
        1.0,
        gt=0,
        le=60,
        description="Bound on staleness: seconds after which what was revoked is refused everywhere, at the latest.",
    )
    feed_poll_seconds: float = Field(
        0.05, gt=0, description="Longest pause between two looks at what was invalidated; mostly it is told at once."
    )
    cache_seconds: float = Field(
        600.0, gt=0, description="Longest life of a cached decision, in seconds, while nothing invalidates it."
    )
    cache_no_seconds: float = Field(
        5.0, gt=0, description="Seconds for which a no is kept; longer than max_staleness_seconds."
    )
    cache_entries: int = Field(50_000, ge=1, description="Most entries of each cache.")
    cache_bytes: int = Field(64 * 1024 * 1024, ge=1024, description="Most bytes of each cache, by an estimate.")
    cache_log_tags: int = Field(
        100_000, ge=1, description="Invalidations that are remembered; what was decided before them is not used."
    )
    memory_workers: int = Field(
        8, ge=1, le=256, description="Threads for calls that are answered from memory; replies that are kept need none."
    )
    memory_queue: int = Field(64, ge=0, description="Such calls that may wait for a thread; others are refused.")
    store_workers: int = Field(6, ge=1, le=256, description="Threads for calls that ask or change the store.")
    store_queue: int = Field(64, ge=0, description="Such calls that may wait for a thread; others are refused.")
    revocation_workers: int = Field(4, ge=1, le=256, description="Threads for calls that revoke or log out.")
    revocation_queue: int = Field(128, ge=0, description="Such calls that may wait for a thread; others are refused.")
    lane_budget_ms: float = Field(
        20.0, ge=0, description="Longest wait for a thread while more calls come than are answered; 0 for no limit."
    )
    lane_share: float = Field(
        0.5, gt=0, le=1, description="Part of all places of a busy lane that one caller may have, by its address."
    )
    rpc_max_concurrent: int = Field(
        1024, ge=1, description="Most calls of each gRPC server altogether; a backstop that refuses even health checks."
    )
    rpc_deadline_seconds: float = Field(
        10.0, gt=0, le=300, description="Longest time for a call, whatever deadline its caller gives."
    )
    rpc_drain_seconds: float = Field(
        5.0, ge=0, description="Seconds that calls under way may take to finish when a gRPC server stops."
    )
    drain_pause_seconds: float = Field(
        0.0, ge=0, le=60, description="Seconds between saying not ready and refusing calls, for balancers to notice."
    )
    rpc_tls_certificate: Path | None = Field(
        None,
        description="PEM file: certificate chain of the gRPC server, or of the gateway towards it; none for no TLS.",
    )
    rpc_tls_key: Path | None = Field(None, description="PEM file: the key of rpc_tls_certificate.")
    rpc_tls_ca: Path | None = Field(
        None, description="PEM file: authorities whose gRPC servers the gateway believes; none for plain text."
    )
    rpc_tls_client_ca: Path | None = Field(
        None, description="PEM file: authorities whose callers a gRPC server lets in; none lets everybody in."
    )
    rpc_reflection: bool = Field(True, description="Whether the gRPC servers describe themselves (reflection).")
    rpc_channelz: bool = Field(False, description="Whether the gRPC servers show their channels (channelz).")

    def verify(self) -> None:
        """Checks what no single setting can tell.

        Raises:
            ValueError: Settings contradict each other; the message names them.
        """
        secrets = [secret.get_secret_value() for secret in (self.secret, *self.previous_secrets)]
        if len(set(secrets)) != len(secrets):
            raise ValueError("secret and previous_secrets must all differ")
        if self.feed_poll_seconds >= self.max_staleness_seconds:
            raise ValueError("feed_poll_seconds must be less than max_staleness_seconds, or no cached decision is used")
        if self.cache_no_seconds <= self.max_staleness_seconds:
            raise ValueError("cache_no_seconds must be greater than max_staleness_seconds, or a no may become a yes")

        if (self.rpc_tls_certificate is None) != (self.rpc_tls_key is None):
            raise ValueError("rpc_tls_certificate and rpc_tls_key belong together")
        if self.rpc_tls_client_ca is not None and self.rpc_tls_certificate is None:
            raise ValueError("rpc_tls_client_ca needs rpc_tls_certificate: without TLS nobody shows a certificate")
        if self.rpc_tls_files is not None:
            self.rpc_tls_files.verify()
        places = sum(limits.places for limits in self.lanes().values())
        if places >= self.rpc_max_concurrent:
            raise ValueError(
                f"rpc_max_concurrent must be greater than all workers and queues together ({places}), "
                "or the backstop refuses what the lanes would take"
            )

    @property
    def rpc_tls_files(self) -> TlsFiles | None:
        """Of the gRPC servers; none for plain text."""
        if self.rpc_tls_certificate is None or self.rpc_tls_key is None:
            return None
        return TlsFiles(self.rpc_tls_certificate, self.rpc_tls_key, self.rpc_tls_client_ca)

    def lanes(self) -> Mapping[LaneName, LaneLimits]:
        """The bounds of each kind of work."""
        return {
            LaneName.MEMORY: self._lane(self.memory_workers, self.memory_queue, self.lane_budget_ms),
            LaneName.STORE: self._lane(self.store_workers, self.store_queue, self.lane_budget_ms),
            # Whoever ends something rather waits than hears no.
            LaneName.REVOCATION: self._lane(self.revocation_workers, self.revocation_queue, 0.0),
        }

    def _lane(self, workers: int, queue: int, budget_ms: float) -> LaneLimits:
        return LaneLimits(workers, queue, budget_ms / 1000 or math.inf, self.lane_share)

    def derived_keys(self, purpose: str) -> list[bytes]:
        """The keys for a purpose: of the present secret first, then of those before it."""
        return [derive_key(secret.get_secret_value(), purpose) for secret in (self.secret, *self.previous_secrets)]
