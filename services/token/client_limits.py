"""How often clients may fail to prove who they are, and how often they may ask for tokens."""

from services.token.authenticate_client import ClientAuthentication, PresentedClient
from shared.errors import InvalidClient
from shared.overload.rate_limit import RateLimit
from shared.records import Client

_LONGEST_ID = 256


class GuardedClients:
    """Refuses to check a client's credentials when too many were wrong (OAuth 2.1 section 2.3.1).

    Failures count by client and address, so nobody who guesses locks out the client itself.
    """

    def __init__(self, clients: ClientAuthentication, of_client_at_address: RateLimit, of_address: RateLimit) -> None:
        self._clients = clients
        self._of_client_at_address = of_client_at_address
        self._of_address = of_address

    def authenticate(self, presented: PresentedClient) -> Client:
        """As it is without limits.

        Raises:
            RateLimited: Too many credentials were wrong. None was checked.
        """
        pair = f"{presented.address} {presented.client_id[:_LONGEST_ID]}"
        with (
            self._of_client_at_address.counting(InvalidClient, pair),
            self._of_address.counting(InvalidClient, presented.address),
        ):
            return self._clients.authenticate(presented)


class MeasuredClients:
    """Lets each client ask for tokens so often. It counts who has proved to be the client, and nobody in its name."""

    def __init__(self, clients: ClientAuthentication, requests: RateLimit) -> None:
        self._clients = clients
        self._requests = requests

    def authenticate(self, presented: PresentedClient) -> Client:
        """As it is without limits.

        Raises:
            RateLimited: The client has asked for tokens too often.
        """
        client = self._clients.authenticate(presented)
        self._requests.take(client.client_id)
        return client
