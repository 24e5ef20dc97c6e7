"""Channels to the services, and what they retry by themselves."""

import json
from collections.abc import Sequence

import grpc
import grpc.aio

# Safe to repeat: they change nothing, or change the same thing to the same value.
_IDEMPOTENT = (
    ("authplane.auth.v1.AuthService", "ValidateSession"),
    ("authplane.auth.v1.AuthService", "GetUserInfo"),
    ("authplane.auth.v1.AuthService", "ListSessions"),
    ("authplane.auth.v1.AuthService", "Logout"),
    ("authplane.token.v1.TokenService", "Introspect"),
    ("authplane.token.v1.TokenService", "BatchIntrospect"),
    ("authplane.token.v1.TokenService", "Revoke"),
    ("authplane.token.v1.TokenService", "GetJwks"),
    ("authplane.token.v1.TokenService", "SyncInvalidations"),
)

SERVICE_CONFIG = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
        "methodConfig": [
            {
                "name": [{"service": service, "method": method} for service, method in _IDEMPOTENT],
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 2,
                    # A server that stops answers CANCELLED or UNAVAILABLE; a full one has not executed the call.
                    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED", "RESOURCE_EXHAUSTED"],
                },
            }
        ],
    }
)
"""The published service config: round robin, and retries with a budget where repeating is safe."""

Credentials = grpc.ChannelCredentials | None
"""Of a channel; none for plain text."""

_OPTIONS: Sequence[tuple[str, str | int]] = (
    ("grpc.service_config", SERVICE_CONFIG),
    ("grpc.enable_http_proxy", 0),
    # Reconnect quickly: the other side restarts in seconds.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # While calls wait, notice within seconds that the other side is gone without a word. Servers permit 10 seconds.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
)


def sync_channel(target: str, number: int = 0, credentials: Credentials = None) -> grpc.Channel:
    """A channel for threads; channels of different numbers have connections of their own."""
    if credentials is None:
        return grpc.insecure_channel(target, options=_options(number))
    return grpc.secure_channel(target, credentials, options=_options(number))


def async_channel(target: str, number: int = 0, credentials: Credentials = None) -> grpc.aio.Channel:
    """A channel for an event loop; to be made on it."""
    if credentials is None:
        return grpc.aio.insecure_channel(target, options=_options(number))
    return grpc.aio.secure_channel(target, credentials, options=_options(number))


def _options(number: int) -> Sequence[tuple[str, str | int]]:
    # Channels with the same options share their connections.
    return (*_OPTIONS, ("authplane.channel_number", number))
