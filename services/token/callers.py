"""Who asks about a token: a client, or a service inside the plane."""

from dataclasses import replace

from services.token.authenticate_client import INTERNAL_SERVICE, NOBODY, ClientAuthentication, PresentedClient
from shared.errors import InvalidClient
from shared.records import Client

INTERNAL_CALLER = replace(NOBODY, introspect="any", disabled=False)
"""Stands for a service inside the plane, which may see and revoke every token."""


class CallerIdentifier:
    """Finds out who calls introspection or revocation."""

    def __init__(self, clients: ClientAuthentication) -> None:
        self._clients = clients

    def identify(self, presented: PresentedClient) -> Client:
        """The calling client, or `INTERNAL_CALLER`.

        Raises:
            InvalidClient: See client authentication.
        """
        if presented.method == INTERNAL_SERVICE:
            return INTERNAL_CALLER
        return self._clients.authenticate(presented)

    def identify_confidential(self, presented: PresentedClient) -> Client:
        """As `identify`, but a public client is refused: it cannot prove who it is (RFC 7662 section 2.1)."""
        caller = self.identify(presented)
        if caller.is_public:
            raise InvalidClient("introspection needs a client that authenticates")
        return caller
