"""What is settled when a request arrives: from where it comes, and by when it has to be answered."""

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.addresses import ClientAddresses
from shared.clock import Clock
from shared.deadline import Deadline

CLIENT_ADDRESS = "authplane.client_address"
"""Key of the client's address in the ASGI scope."""

DEADLINE = "authplane.deadline"
"""Key of the request's deadline in the ASGI scope."""


class Arrivals:
    """Notes address and deadline of each request.

    Args:
        seconds: For each request, whatever it asks of the services.
    """

    def __init__(self, app: ASGIApp, addresses: ClientAddresses, seconds: float, clock: Clock) -> None:
        self._app = app
        self._addresses = addresses
        self._seconds = seconds
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[CLIENT_ADDRESS] = self._addresses.of(scope)
        scope[DEADLINE] = Deadline(self._seconds, self._clock)
        await self._app(scope, receive, send)
