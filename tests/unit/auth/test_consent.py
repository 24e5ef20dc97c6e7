"""Consent: asked for once for each scope, remembered, and asked again when the client wants it."""

import json

import pytest

from services.auth.authorize import AuthorizationAttempt
from services.auth.interaction import ConsentDecision, Interaction, InteractionKind
from tests.unit.auth.world import CALLBACK, PASSWORD, REQUEST, START, World, client

ASKING = client(consent="ask", client_name="Guest book")


def attempt(handle: str, decision: ConsentDecision = ConsentDecision.NOT_ASKED, **changes: str) -> AuthorizationAttempt:
    return AuthorizationAttempt(REQUEST | changes, session_handle=handle, consent_decision=decision)


def test_a_consent_interaction_says_what_the_page_needs(world: World) -> None:
    """The page learns who asks, for what, and who is asked."""
    world.store.insert_client(ASKING)
    assert world.interaction(attempt(world.log_in())) == Interaction(
        kind=InteractionKind.CONSENT,
        requested_at=START,
        client_name="Guest book",
        redirect_uri=CALLBACK,
        scopes=("openid", "profile"),
        username="ada",
    )


def test_consent_is_remembered(world: World) -> None:
    """After the user agreed the client gets a code at once, with prompt=none too."""
    world.store.insert_client(ASKING)
    handle = world.log_in()
    assert world.outcome(attempt(handle, ConsentDecision.GRANTED)) == "code"
    assert world.outcome(attempt(handle)) == "code"
    assert world.outcome(attempt(handle, prompt="none")) == "code"


def test_consent_outlives_the_session(world: World) -> None:
    """What the user allowed is remembered for the next session."""
    world.store.insert_client(ASKING)
    world.outcome(attempt(world.log_in(), ConsentDecision.GRANTED))
    assert world.outcome(attempt(world.log_in())) == "code"


def test_consent_is_of_one_user_to_one_client(world: World) -> None:
    """Neither another user nor another client profits from a consent."""
    world.store.insert_client(ASKING)
    world.store.insert_client(client(client_id="other", consent="ask"))
    world.creator.create("grace", PASSWORD, {})
    handle = world.log_in()
    world.outcome(attempt(handle, ConsentDecision.GRANTED))
    assert world.outcome(attempt(world.log_in("grace"))) == "CONSENT"
    assert world.outcome(attempt(handle, client_id="other")) == "CONSENT"


def test_a_scope_beyond_what_was_granted_is_asked_for(world: World) -> None:
    """A smaller request passes, a larger one asks, and granting it adds to what was granted."""
    world.store.insert_client(ASKING)
    handle = world.log_in()
    world.outcome(attempt(handle, ConsentDecision.GRANTED))
    assert world.outcome(attempt(handle, scope="openid")) == "code"
    assert world.outcome(attempt(handle, scope="openid email")) == "CONSENT"
    assert world.outcome(attempt(handle, ConsentDecision.GRANTED, scope="openid email")) == "code"
    assert world.outcome(attempt(handle, scope="openid profile email")) == "code"


def test_a_claim_needs_consent_to_its_scope(world: World) -> None:
    """Asking for a claim by the claims parameter does not get around consent to the scope it belongs to."""
    world.store.insert_client(ASKING)
    handle = world.log_in()
    world.outcome(attempt(handle, ConsentDecision.GRANTED))
    claims = json.dumps({"userinfo": {"email": None}, "id_token": {"phone_number": None}})
    assert world.interaction(attempt(handle, claims=claims)).scopes == ("openid", "profile", "email", "phone")
    assert world.outcome(attempt(handle, prompt="none", claims=claims)) == "consent_required"


def test_nobody_is_asked_for_what_the_client_cannot_get(world: World) -> None:
    """A claim beyond the client's registration is dropped, so no consent to its scope is asked for."""
    world.store.insert_client(client(consent="ask", scopes=("openid", "profile")))
    claims = json.dumps({"userinfo": {"email": None}})
    assert world.interaction(attempt(world.log_in(), claims=claims)).scopes == ("openid", "profile")


def test_refusing_is_access_denied(world: World) -> None:
    """A user who refuses is reported as access_denied, and nothing is remembered."""
    world.store.insert_client(ASKING)
    handle = world.log_in()
    assert world.outcome(attempt(handle, ConsentDecision.DENIED)) == "access_denied"
    assert world.outcome(attempt(handle)) == "CONSENT"


@pytest.mark.parametrize(
    ("consent", "prompt", "outcome"),
    [
        ("skip", "", "code"),
        ("skip", "none", "code"),
        ("skip", "consent", "CONSENT"),
        ("ask", "", "CONSENT"),
        ("ask", "none", "consent_required"),
        ("ask", "consent", "CONSENT"),
    ],
)
def test_first_parties_skip_consent(world: World, consent: str, prompt: str, outcome: str) -> None:
    """Row 18: a first-party client asks only with prompt=consent; prompt=none shows no page."""
    world.store.insert_client(client(consent=consent))
    assert world.outcome(attempt(world.log_in(), prompt=prompt)) == outcome


def test_prompt_consent_asks_in_spite_of_an_earlier_consent(world: World) -> None:
    """prompt=consent asks again, and the answer to it is enough."""
    world.store.insert_client(ASKING)
    handle = world.log_in()
    world.outcome(attempt(handle, ConsentDecision.GRANTED))
    assert world.outcome(attempt(handle, prompt="consent")) == "CONSENT"
    assert world.outcome(attempt(handle, ConsentDecision.GRANTED, prompt="consent")) == "code"
