"""Whether users allowed clients what they ask for, and remembering that they did."""

from services.auth.authorization_request import AuthorizationRequest
from services.auth.authorization_response import AuthorizationRefused
from services.auth.interaction import ConsentDecision
from shared.clock import Clock
from shared.records import Client
from shared.store import ConsentStore


def scopes_to_consent(request: AuthorizationRequest, client: Client) -> tuple[str, ...]:
    """What a client asks for, in order: the scopes, and those that claims asked for one by one belong to."""
    by_claim = request.requested_claims.scopes().intersection(client.scopes).difference(request.scopes)
    return (*request.scopes, *sorted(by_claim))


class ConsentKeeper:
    """Asks users once for each scope, unless the client wants them asked again or is a first party."""

    def __init__(self, consents: ConsentStore, clock: Clock) -> None:
        self._consents = consents
        self._clock = clock

    def needs_consent(
        self, request: AuthorizationRequest, client: Client, user_id: str, decision: ConsentDecision
    ) -> bool:
        """Whether the user has to be asked; remembers it when the user has just agreed.

        Raises:
            AuthorizationRefused: The user has just refused.
        """
        scopes = frozenset(scopes_to_consent(request, client))
        match decision:
            case ConsentDecision.DENIED:
                raise AuthorizationRefused("access_denied", "the user refused")
            case ConsentDecision.GRANTED:
                self._consents.grant_consent(user_id, client.client_id, scopes, self._clock.now())
                return False
            case ConsentDecision.NOT_ASKED:
                return "consent" in request.prompts or not self._may_skip(client, user_id, scopes)

    def _may_skip(self, client: Client, user_id: str, scopes: frozenset[str]) -> bool:
        return client.consent == "skip" or scopes <= self._consents.find_consent(user_id, client.client_id)
