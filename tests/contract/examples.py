"""Records to put into a store, each with what matters to the test set and the rest sensible."""

import itertools
from typing import Any

from shared.handles import digest
from shared.records import AuthorizationCode, Client, Family, Session, SigningKey, User
from shared.store import CodeRedemption, Rotation, Store

NOW = 1_800_000_000.0
DAY = 86_400.0
_numbers = itertools.count()


def user(username: str = "", **changes: Any) -> User:
    number = next(_numbers)
    values: dict[str, Any] = {
        "user_id": f"user-{number}",
        "username": username or f"name-{number}",
        "password_hash": "hash",
        "claims": {},
        "disabled": False,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return User(**{**values, **changes})


def client(client_id: str = "web", **changes: Any) -> Client:
    values: dict[str, Any] = {
        "client_id": client_id,
        "client_name": "Web",
        "token_endpoint_auth_method": "client_secret_basic",
        "secret_hash": digest("secret"),
        "jwks": {},
        "redirect_uris": ("https://web.example/callback",),
        "post_logout_redirect_uris": (),
        "grant_types": ("authorization_code", "refresh_token"),
        "scopes": ("openid", "email"),
        "id_token_signed_response_alg": "RS256",
        "require_pkce": True,
        "consent": "ask",
        "introspect": "own",
        "audiences": (),
        "disabled": False,
        "epoch": 0,
        "created_at": NOW,
    }
    return Client(**{**values, **changes})


def session(owner: User, **changes: Any) -> Session:
    values: dict[str, Any] = {
        "session_id": digest(f"session-{next(_numbers)}"),
        "user_id": owner.user_id,
        "auth_time": NOW,
        "acr": "1",
        "amr": ("pwd",),
        "created_at": NOW,
        "expires_at": NOW + DAY,
    }
    return Session(**{**values, **changes})


def code(of: Session, **changes: Any) -> AuthorizationCode:
    values: dict[str, Any] = {
        "code_hash": digest(f"code-{next(_numbers)}"),
        "client_id": "web",
        "redirect_uri": "https://web.example/callback",
        "code_challenge": "challenge",
        "user_id": of.user_id,
        "session_id": of.session_id,
        "scopes": ("openid", "email"),
        "nonce": "nonce",
        "requested_claims": {"id_token": {"email": None}},
        "auth_time": of.auth_time,
        "acr": of.acr,
        "amr": of.amr,
        "created_at": NOW,
        "expires_at": NOW + 60,
        "not_after": NOW + DAY,
    }
    return AuthorizationCode(**{**values, **changes})


def redemption(of: AuthorizationCode, **changes: Any) -> CodeRedemption:
    number = next(_numbers)
    values: dict[str, Any] = {
        "code_hash": of.code_hash,
        "client_id": of.client_id,
        "redirect_uri": of.redirect_uri,
        "code_challenge": of.code_challenge,
        "family_id": digest(f"family-{number}"),
        "token_hash": digest(f"token-{number}"),
        "lifetime": 30 * DAY,
        "now": NOW + 1,
    }
    return CodeRedemption(**{**values, **changes})


def rotation(of: Family, **changes: Any) -> Rotation:
    """A rotation of the family's newest token; the successor is derived, as the token service derives it."""
    values: dict[str, Any] = {
        "family_id": of.family_id,
        "token_hash": of.token_hash,
        "generation": of.generation,
        "client_id": of.client_id,
        "scopes": (),
        "successor_hash": digest(f"{of.family_id} {of.generation + 1}"),
        "grace": 10.0,
        "now": NOW + 10,
    }
    return Rotation(**{**values, **changes})


def key(kid: str, **changes: Any) -> SigningKey:
    values: dict[str, Any] = {"kid": kid, "alg": "ES256", "sealed": "sealed", "created_at": NOW, "activates_at": NOW}
    return SigningKey(**{**values, **changes})


def logged_in(store: Store, owner: User | None = None, **changes: Any) -> Session:
    """A session in the store, of a new user if none is given."""
    owner = owner or user()
    if store.find_user(owner.user_id) is None:
        store.insert_user(owner)
    begun = session(owner, **changes)
    assert store.insert_session(begun, owner.password_hash, "")
    return begun


def granted(store: Store, of: Session | None = None, **changes: Any) -> Family:
    """A family in the store."""
    issued = code(of or logged_in(store), **changes)
    store.insert_code(issued)
    return store.redeem_code(redemption(issued))
