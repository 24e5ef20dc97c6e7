"""The `claims` request parameter (OpenID Connect Core 5.5)."""

import json
from typing import Any

import pytest

from services.auth.authorize import AuthorizationAttempt
from tests.unit.auth.world import REQUEST, World, client


def with_claims(claims: dict[str, Any], **changes: str) -> dict[str, str]:
    return REQUEST | changes | {"claims": json.dumps(claims)}


def test_claims_are_kept_for_the_userinfo_endpoint_and_the_id_token(world: World) -> None:
    """What was asked for one by one is kept with the code, with how it was asked."""
    world.store.insert_client(client())
    asked = {
        "userinfo": {"email": {"essential": True}, "name": None},
        "id_token": {"phone_number": None, "locale": {"value": "fr"}},
    }
    assert world.family_for(with_claims(asked), world.log_in()).requested_claims == {
        "userinfo": {"email": {"essential": True}, "name": {}},
        "id_token": {"phone_number": {}, "locale": {"value": "fr"}},
    }


def test_claims_beyond_the_registration_are_dropped(world: World) -> None:
    """A claim is given only to a client that may have a scope that stands for it."""
    world.store.insert_client(client(scopes=("openid", "profile", "email")))
    asked = {"userinfo": {"email": None, "phone_number": {"essential": True}, "password_hash": None, "sub": None}}
    family = world.family_for(with_claims(asked), world.log_in())
    assert family.requested_claims == {"userinfo": {"email": {}}, "id_token": {}}


@pytest.mark.parametrize(
    ("acr", "outcome"),
    [
        ({"essential": True, "values": ["2", "3"]}, "unmet_authentication_requirements"),
        ({"essential": True, "value": "urn:mace:incommon:iap:silver"}, "unmet_authentication_requirements"),
        ({"essential": True, "values": [1]}, "unmet_authentication_requirements"),
        ({"essential": True, "values": ["2", "1"]}, "code"),
        ({"essential": True, "value": "1"}, "code"),
        ({"essential": True}, "code"),
        ({"essential": False, "values": ["2"]}, "code"),
        ({"values": ["2"]}, "code"),
        (None, "code"),
    ],
)
def test_an_essential_acr_must_be_possible(world: World, acr: dict[str, Any] | None, outcome: str) -> None:
    """Only an essential acr that a password does not reach is refused (Core 5.5.1.1)."""
    world.store.insert_client(client())
    attempt = AuthorizationAttempt(with_claims({"id_token": {"acr": acr}}), session_handle=world.log_in())
    assert world.outcome(attempt) == outcome


def test_an_impossible_acr_is_said_before_anybody_logs_in(world: World) -> None:
    """Nobody is asked for a password for a request that cannot be met anyway."""
    world.store.insert_client(client())
    asked = with_claims({"id_token": {"acr": {"essential": True, "value": "9"}}})
    assert world.outcome(AuthorizationAttempt(asked)) == "unmet_authentication_requirements"


@pytest.mark.parametrize(
    ("wish", "outcome"),
    [
        ({"value": "ADA"}, "code"),
        ({"values": ["x", "ADA"]}, "code"),
        ({"essential": True}, "code"),
        ({"value": "somebody"}, "login_required"),
        ({"values": ["somebody"]}, "login_required"),
        ({"value": 7}, "login_required"),
        ({"value": None}, "login_required"),
    ],
)
def test_a_subject_that_was_asked_for_must_be_the_user(world: World, wish: dict[str, Any], outcome: str) -> None:
    """Row 18: a sub value of another user is answered login_required when no page may be shown (Core 5.5.1)."""
    world.store.insert_client(client())
    wish = json.loads(json.dumps(wish).replace("ADA", world.ada.user_id))
    asked = with_claims({"id_token": {"sub": wish}}, prompt="none")
    assert world.outcome(AuthorizationAttempt(asked, session_handle=world.log_in())) == outcome
