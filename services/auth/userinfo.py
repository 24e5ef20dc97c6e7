"""What an access token says of its user (OpenID Connect Core 5.3)."""

from typing import Any

from shared.errors import InsufficientScope, InvalidToken
from shared.store import UserStore
from shared.tokens.access_token import AccessTokenVerifier
from shared.tokens.user_claims import claims_of_scopes, select_claims


class UserInfo:
    """Tells clients about the users who let them know."""

    def __init__(self, users: UserStore, access_tokens: AccessTokenVerifier) -> None:
        self._users = users
        self._access_tokens = access_tokens

    def claims(self, access_token: str) -> dict[str, Any]:
        """The claims that the token's scopes stand for, those that were asked for one by one, and `sub`.

        Raises:
            InvalidToken: The token is not good, or is a client's own, even of a client that is called like a user
                (RFC 9700 section 4.15).
            InsufficientScope: The token lacks `openid`.
        """
        token = self._access_tokens.verify(access_token)
        if "openid" not in token.scopes:
            raise InsufficientScope("the access token lacks the scope openid")
        user = self._users.find_user(token.user_id) if token.user_id else None
        if user is None:
            raise InvalidToken("the access token is not about a user")
        names = claims_of_scopes(token.scopes) | token.requested_claims.get("userinfo", {}).keys()
        return {**select_claims(user, names), "sub": user.user_id}
