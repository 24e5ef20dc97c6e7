"""Authorization responses: a code or an error, sent to the client by way of the browser (RFC 6749 section 4.1.2)."""

from dataclasses import dataclass
from enum import Enum


class ResponseMode(Enum):
    """How the parameters travel."""

    QUERY = "query"
    FORM_POST = "form_post"


class AuthorizationRefused(Exception):
    """The client gets an error response.

    Args:
        error: The `error` of RFC 6749 section 4.1.2.1 or OpenID Connect Core 3.1.2.6.
        description: Public text in the characters that RFC 6749 allows: printable ASCII without quotes and backslash.
    """

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """What goes back to the client.

    Attributes:
        redirect_uri: Verified against the client's registration.
        parameters: Names and values in order, not yet encoded.
    """

    redirect_uri: str
    response_mode: ResponseMode
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Where the response to one request goes, and what it carries in any case: `state` and `iss` (RFC 9207)."""

    redirect_uri: str
    response_mode: ResponseMode
    state: str
    issuer: str

    def success(self, code: str) -> AuthorizationResponse:
        """The response that carries a code."""
        return self._response(("code", code))

    def error(self, refusal: AuthorizationRefused) -> AuthorizationResponse:
        """The response that carries an error."""
        return self._response(("error", refusal.error), ("error_description", refusal.description))

    def _response(self, *parameters: tuple[str, str]) -> AuthorizationResponse:
        state = (("state", self.state),) if self.state else ()
        return AuthorizationResponse(self.redirect_uri, self.response_mode, (*parameters, *state, ("iss", self.issuer)))
