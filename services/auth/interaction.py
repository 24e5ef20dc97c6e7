"""What a user owes before an authorization request can be answered."""

from dataclasses import dataclass
from enum import Enum, auto

from services.auth.authorization_request import AuthorizationRequest
from services.auth.authorization_response import AuthorizationRefused
from shared.records import Session


class InteractionKind(Enum):
    """What the user has to do."""

    LOGIN = auto()
    CONSENT = auto()


class ConsentDecision(Enum):
    """What the user answered to the question whether the client may have what it asks for."""

    NOT_ASKED = auto()
    GRANTED = auto()
    DENIED = auto()


@dataclass(frozen=True, slots=True)
class Interaction:
    """What the user has to do, with what a page needs to ask for it.

    Attributes:
        requested_at: When the first interaction for this request was asked for; comes back with the next attempt.
        scopes: What the client asks for; for consent.
        login_hint: Suggestion for the user name; for login.
        username: Who is asked; for consent.
    """

    kind: InteractionKind
    requested_at: float
    client_name: str
    redirect_uri: str
    scopes: tuple[str, ...] = ()
    login_hint: str = ""
    username: str = ""


def needs_login(
    request: AuthorizationRequest, session: Session, wanted_user_id: str, interaction_requested_at: float, now: float
) -> bool:
    """Whether the user of a live session has to prove again who they are (OpenID Connect Core 3.1.2.1, 3.1.2.3).

    Args:
        wanted_user_id: Whom the `id_token_hint` names; empty when there is none.
        interaction_requested_at: When this request first asked for an interaction, 0 when it did not. A login since
            then satisfies it, however long the user takes over the consent page.

    Raises:
        AuthorizationRefused: Somebody else has just logged in than the client asked for; asking again is no use.
    """
    is_fresh = 0 < interaction_requested_at <= session.auth_time
    if wanted_user_id not in ("", session.user_id) or not request.requested_claims.allow_subject(session.user_id):
        if is_fresh:
            raise AuthorizationRefused("login_required", "another user has logged in than was asked for")
        return True
    if is_fresh:
        return False
    # `max_age=0` means the same as `prompt=login`, hence no strict comparison.
    return not request.prompts.isdisjoint({"login", "select_account"}) or now - session.auth_time >= request.max_age
