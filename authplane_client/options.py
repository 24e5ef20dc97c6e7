"""How a client works; the defaults are meant to be kept."""

from dataclasses import dataclass

import grpc


@dataclass(frozen=True, slots=True)
class Options:
    """Bounds of a client.

    Attributes:
        max_staleness: Seconds after which what was revoked is refused here, at the latest.
        poll_seconds: Longest pause between two looks at what was invalidated; mostly the client is told at once.
        timeout: Deadline of a call, in seconds, unless the call names its own.
        channels: Connections to each service, used in turn.
        max_entries: Most answers of each kind that are kept.
        max_bytes: Most bytes of them, by an estimate.
        max_seconds: Longest life of a kept answer.
        no_seconds: How long a no is kept; longer than `max_staleness`.
        log_tags: Invalidations that are remembered.
        credentials: Of the channels, as `grpc.ssl_channel_credentials` makes them; none for plain text.

    Raises:
        ValueError: A bound is not positive, or they contradict each other.
    """

    max_staleness: float = 1.0
    poll_seconds: float = 0.05
    timeout: float = 1.0
    channels: int = 1
    max_entries: int = 50_000
    max_bytes: int = 64 * 1024 * 1024
    max_seconds: float = 600.0
    no_seconds: float = 5.0
    log_tags: int = 100_000
    credentials: grpc.ChannelCredentials | None = None

    def __post_init__(self) -> None:
        if min(getattr(self, name) for name in self.__slots__ if name != "credentials") <= 0:
            raise ValueError("every option must be positive")
        if self.poll_seconds >= self.max_staleness:
            raise ValueError("poll_seconds must be less than max_staleness, or nothing that is kept is used")
        if self.no_seconds <= self.max_staleness:
            raise ValueError("no_seconds must be greater than max_staleness, or a no may become a yes")
