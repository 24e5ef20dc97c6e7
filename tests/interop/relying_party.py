"""What a web application does with its OpenID Connect library: one method per step of the protocol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from tests.interop.library import Json, Library


@dataclass(frozen=True)
class Registration:
    """A client as the plane and its library both know it.

    Args:
        metadata: Members of RFC 7591, as in the seed; with `private_key`, a JWK, for private_key_jwt.
        pkce: Whether the library is told to use it.
    """

    metadata: Mapping[str, Json]
    pkce: bool = True

    def __repr__(self) -> str:
        return self.client_id

    @property
    def client_id(self) -> str:
        """The client's id."""
        return str(self.metadata["client_id"])

    @property
    def redirect_uri(self) -> str:
        """The first that is registered."""
        return str(self.metadata["redirect_uris"][0])

    @property
    def scope(self) -> str:
        """Everything that the client may ask for."""
        return " ".join(self.metadata["scopes"])

    @property
    def id_token_alg(self) -> str:
        """How the client's ID tokens are signed."""
        return str(self.metadata.get("id_token_signed_response_alg", "RS256"))

    def but(self, **metadata: Json) -> Self:
        """The same client with some of its metadata replaced."""
        return replace(self, metadata={**self.metadata, **metadata})

    def wire(self) -> Mapping[str, Json]:
        """What a program needs to know."""
        wanted = ("client_id", "client_secret", "token_endpoint_auth_method", "private_key")
        known = {name: self.metadata[name] for name in wanted if name in self.metadata}
        return {**known, "id_token_signed_response_alg": self.id_token_alg, "pkce": self.pkce}


@dataclass(frozen=True)
class AuthorizationRequest:
    """Where the browser is sent, and what the application remembers meanwhile."""

    url: str
    state: str
    nonce: str
    code_verifier: str | None


@dataclass(frozen=True)
class Tokens:
    """A token response whose ID token, if any, the library has accepted."""

    response: Mapping[str, Json] = field(repr=False)
    claims: Mapping[str, Json]

    @property
    def access_token(self) -> str:
        """The access token."""
        return str(self.response["access_token"])

    @property
    def refresh_token(self) -> str:
        """The refresh token."""
        return str(self.response["refresh_token"])

    @property
    def id_token(self) -> str:
        """The ID token."""
        return str(self.response["id_token"])


class RelyingParty:
    """A client of the plane, made of a library that knows nothing of it. Methods raise what `Library.ask` raises."""

    def __init__(self, library: Library, issuer: str, registration: Registration) -> None:
        self.library = library
        self.issuer = issuer
        self.registration = registration

    def begin(self, redirect_uri: str = "", **extra: str) -> AuthorizationRequest:
        """Discovers the plane and makes an authorization request."""
        registration = self.registration
        arguments = {"redirect_uri": redirect_uri or registration.redirect_uri, "scope": registration.scope}
        answer = self._ask("authorization_url", **arguments, extra=extra)
        return AuthorizationRequest(answer["url"], answer["state"], answer["nonce"], answer["code_verifier"])

    def redeem(self, callback: str, request: AuthorizationRequest) -> Tokens:
        """Exchanges the code and validates the ID token."""
        return self._tokens(self._ask("redeem", callback=callback, **_remembered(request)))

    def redeem_form_post(self, callback: str, fields: Mapping[str, str], request: AuthorizationRequest) -> Tokens:
        """The same for a response that was posted to the callback."""
        answer = self._ask("redeem_form_post", callback=callback, fields=fields, **_remembered(request))
        return self._tokens(answer)

    def userinfo(self, tokens: Tokens) -> Mapping[str, Json]:
        """The claims, of the subject of the ID token."""
        return self._json("userinfo", access_token=tokens.access_token, subject=tokens.claims["sub"])

    def refresh(self, refresh_token: str) -> Tokens:
        """Exchanges a refresh token."""
        return self._tokens(self._ask("refresh", refresh_token=refresh_token))

    def introspect(self, token: str) -> Mapping[str, Json]:
        """What the plane says about the token."""
        return self._json("introspect", token=token)

    def revoke(self, token: str) -> None:
        """Revokes the token."""
        self._ask("revoke", token=token)

    def client_credentials(self, scope: str) -> Tokens:
        """A token for the client itself."""
        return self._tokens({"tokens": self._ask("client_credentials", scope=scope)})

    def logout_url(self, tokens: Tokens, post_logout_redirect_uri: str, state: str) -> str:
        """Where the browser is sent to log out."""
        arguments = {"post_logout_redirect_uri": post_logout_redirect_uri, "state": state}
        return str(self._ask("logout_url", id_token=tokens.id_token, **arguments))

    def _tokens(self, answer: Mapping[str, Json]) -> Tokens:
        return Tokens(answer["tokens"], answer.get("claims", {}))

    def _json(self, verb: str, **args: Json) -> Mapping[str, Json]:
        answer: Mapping[str, Any] = self._ask(verb, **args)
        return answer

    def _ask(self, verb: str, **args: Json) -> Json:
        return self.library.ask(verb, self.issuer, self.registration.wire(), args)


# Makes a relying party from the names of its library and its client.
NewParty = Callable[[str, str], RelyingParty]


def _remembered(request: AuthorizationRequest) -> dict[str, Json]:
    return {"state": request.state, "nonce": request.nonce, "code_verifier": request.code_verifier}
