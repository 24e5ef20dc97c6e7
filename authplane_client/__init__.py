"""The Python client of authplane for internal services: checks tokens and sessions, mostly from its own memory.

    with Client("token:50052", "auth:50051") as client:
        token = client.introspect(bearer)
        if not token.active: ...

Whatever was revoked is refused here `max_staleness` seconds after the acknowledgement at the latest.
"""

from authplane_client.aio import AsyncClient
from authplane_client.answers import Introspection, Session
from authplane_client.client import Client
from authplane_client.options import Options
from shared.errors import AuthplaneError, DeadlineExceeded, InvalidRequest, Overloaded, RateLimited, Unavailable

__all__ = [
    "AsyncClient",
    "AuthplaneError",
    "Client",
    "DeadlineExceeded",
    "Introspection",
    "InvalidRequest",
    "Options",
    "Overloaded",
    "RateLimited",
    "Session",
    "Unavailable",
]
