"""The tags of the invalidation log: what a cached decision may depend on."""

KEYS = "keys"
"""The signing keys, all together."""


def session_tag(session_id: str) -> str:
    """A session, and all that was issued from it."""
    return f"session:{session_id}"


def family_tag(family_id: str) -> str:
    """A family with all its tokens."""
    return f"family:{family_id}"


def user_tag(user_id: str) -> str:
    """A user with all sessions and tokens."""
    return f"user:{user_id}"


def client_tag(client_id: str) -> str:
    """A client with all that was issued to it."""
    return f"client:{client_id}"


def access_token_tag(jti: str) -> str:
    """A single access token."""
    return f"jti:{jti}"


def refresh_token_tag(token_hash: str) -> str:
    """A single refresh token."""
    return f"token:{token_hash}"


def consent_tag(user_id: str, client_id: str) -> str:
    """What a user allowed a client."""
    return f"consent:{user_id}:{client_id}"
