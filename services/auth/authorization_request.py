"""The parameters of an authorization request (RFC 6749 section 4.1.1, OpenID Connect Core 3.1.2.1, RFC 7636)."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.auth.authorization_response import AuthorizationRefused, ResponseMode
from services.auth.plain_text import is_plain
from services.auth.requested_claims import RequestedClaims, parse_requested_claims
from shared.records import Client

PROMPTS = frozenset({"none", "login", "consent", "select_account"})

LONGEST = {
    "state": 4096,
    "nonce": 1024,
    "scope": 2048,
    "prompt": 64,
    "login_hint": 320,
    "id_token_hint": 8192,
    "claims": 8192,
}
"""Characters a parameter may have; those that are not named here have a form, or are ignored."""

_CODE_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_MAX_AGE = re.compile(r"[0-9]{1,10}", re.ASCII)

_UNSUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asks for, in a form that means something.

    Attributes:
        redirect_uri: As the client spelt it; empty when it did not, for the token request has to repeat it.
        max_age: Seconds since the user last proved who they are, at most; infinity when the client does not care.
        code_challenge: S256; empty when there is none.
    """

    redirect_uri: str
    scopes: tuple[str, ...]
    nonce: str
    code_challenge: str
    prompts: frozenset[str]
    max_age: float
    login_hint: str
    id_token_hint: str
    requested_claims: RequestedClaims

    @property
    def is_silent(self) -> bool:
        """Whether no page may be shown (`prompt=none`)."""
        return "none" in self.prompts


def requested_response_mode(parameters: Mapping[str, str]) -> ResponseMode:
    """How to answer, be it with an error: as was asked for if that is understood, else in the query."""
    return ResponseMode.FORM_POST if parameters.get("response_mode") == "form_post" else ResponseMode.QUERY


def echoed_state(parameters: Mapping[str, str]) -> str:
    """The `state` to send back, be it with an error; empty when it is none that may be sent back."""
    state = parameters.get("state", "")
    return state if len(state) <= LONGEST["state"] and is_plain(state) else ""


def parse_authorization_request(
    parameters: Mapping[str, str], repeated: Collection[str], client: Client
) -> AuthorizationRequest:
    """Reads the request of a known client with a verified redirect URI. Unknown parameters are ignored.

    Raises:
        AuthorizationRefused: The first fault found, in the order of the checks below.
    """
    _check_form(parameters, repeated)
    _check_response(parameters, client)
    return AuthorizationRequest(
        redirect_uri=parameters.get("redirect_uri", ""),
        scopes=_scopes(parameters.get("scope", ""), client),
        nonce=parameters.get("nonce", ""),
        code_challenge=_code_challenge(parameters, client),
        prompts=_prompts(parameters.get("prompt", "")),
        max_age=_max_age(parameters.get("max_age", "")),
        login_hint=parameters.get("login_hint", ""),
        id_token_hint=parameters.get("id_token_hint", ""),
        requested_claims=parse_requested_claims(parameters.get("claims", "")),
    )


def _check_form(parameters: Mapping[str, str], repeated: Collection[str]) -> None:
    if repeated:
        raise AuthorizationRefused("invalid_request", "a parameter must not be repeated")
    for name, error in _UNSUPPORTED.items():
        if name in parameters:
            raise AuthorizationRefused(error, f"{name} is not supported")
    for name, longest in LONGEST.items():
        if len(parameters.get(name, "")) > longest:
            raise AuthorizationRefused("invalid_request", f"{name} must have at most {longest} characters")
        # The JSON text of `claims` may have line breaks.
        if name != "claims" and not is_plain(parameters.get(name, "")):
            raise AuthorizationRefused("invalid_request", f"{name} must not contain control characters")


def _check_response(parameters: Mapping[str, str], client: Client) -> None:
    if "response_type" not in parameters:
        raise AuthorizationRefused("invalid_request", "response_type is missing")
    if parameters["response_type"] != "code":
        raise AuthorizationRefused("unsupported_response_type", "response_type must be code")
    if parameters.get("response_mode", "query") not in {mode.value for mode in ResponseMode}:
        raise AuthorizationRefused("invalid_request", "response_mode must be query or form_post")
    if "authorization_code" not in client.grant_types:
        raise AuthorizationRefused("unauthorized_client", "the client is not registered for authorization codes")


def _scopes(text: str, client: Client) -> tuple[str, ...]:
    if not text:
        raise AuthorizationRefused("invalid_scope", "name at least one scope")
    scopes = tuple(dict.fromkeys(text.split(" ")))
    # What is malformed is nobody's scope: between two blanks, for example, there is an empty one.
    if not set(scopes) <= set(client.scopes):
        raise AuthorizationRefused("invalid_scope", "scope is malformed or beyond what the client may have")
    return scopes


def _code_challenge(parameters: Mapping[str, str], client: Client) -> str:
    challenge, method = parameters.get("code_challenge", ""), parameters.get("code_challenge_method", "")
    if not challenge and not method and not client.require_pkce and not client.is_public:
        return ""
    if not _CODE_CHALLENGE.fullmatch(challenge):
        raise AuthorizationRefused("invalid_request", "code_challenge must have 43 characters of base64url")
    if method != "S256":
        raise AuthorizationRefused("invalid_request", "code_challenge_method must be S256")
    return challenge


def _prompts(text: str) -> frozenset[str]:
    prompts = frozenset(text.split(" ")) if text else frozenset[str]()
    if not prompts <= PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise AuthorizationRefused("invalid_request", "prompt must be none, or any of login, consent, select_account")
    return prompts


def _max_age(text: str) -> float:
    if text and not _MAX_AGE.fullmatch(text):
        raise AuthorizationRefused("invalid_request", "max_age must be a number of seconds")
    return float(text) if text else math.inf
