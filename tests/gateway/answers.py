"""What scripted services answer, and the requests that lead to it."""

from typing import Any

import httpx2 as httpx

from authplane.auth.v1 import auth_pb2
from authplane.token.v1 import token_pb2
from tests.gateway.conftest import Gateway
from tests.user_agent import Form, forms_of, query_of

REDIRECT_URI = "https://app.example.com/callback"
SESSION_COOKIE = "authplane_session"
BROWSER_COOKIE = "authplane_browser"

TOKENS = token_pb2.Tokens(access_token="at", token_type="Bearer", expires_in=600, scope="orders:read")
CLIENT_CREDENTIALS = token_pb2.ClientCredentialsResponse(tokens=TOKENS)
LOGGED_IN = auth_pb2.LoginResponse(session_handle="aps_new")


def code_response(**fields: Any) -> auth_pb2.AuthorizeResponse:
    """A success response in the query."""
    parameters = {"code": "apc_code", "state": "s & t", "iss": "http://127.0.0.1:8080"}
    response = auth_pb2.AuthorizationResponse(
        redirect_uri=REDIRECT_URI,
        response_mode=auth_pb2.RESPONSE_MODE_QUERY,
        parameters=[auth_pb2.ResponseParameter(name=name, value=value) for name, value in parameters.items()],
    )
    response.MergeFrom(auth_pb2.AuthorizationResponse(**fields))
    return auth_pb2.AuthorizeResponse(response=response)


def login_needed(**fields: Any) -> auth_pb2.AuthorizeResponse:
    """The user has to log in."""
    interaction = auth_pb2.Interaction(
        kind=auth_pb2.INTERACTION_KIND_LOGIN,
        requested_at=1_799_999_999.25,
        client_name="Web <shop>",
        login_hint="ada",
        redirect_uri=REDIRECT_URI,
    )
    interaction.MergeFrom(auth_pb2.Interaction(**fields))
    return auth_pb2.AuthorizeResponse(interaction=interaction)


def consent_needed() -> auth_pb2.AuthorizeResponse:
    """The user has to consent."""
    return auth_pb2.AuthorizeResponse(
        interaction=auth_pb2.Interaction(
            kind=auth_pb2.INTERACTION_KIND_CONSENT,
            requested_at=1_799_999_999.25,
            client_name="Web <shop>",
            scopes=["openid", "email"],
            username="ada",
            redirect_uri=REDIRECT_URI,
        )
    )


def open_login(gateway: Gateway, http: httpx.Client, **parameters: str) -> httpx.Response:
    """The login page of an authorization request."""
    gateway.script.answers("Authorize", login_needed())
    started = http.get("/auth/authorize", params={"client_id": "web", "state": "s", **parameters})
    return http.get(started.headers["location"])


def open_consent(gateway: Gateway, http: httpx.Client, session: str = "aps_session") -> httpx.Response:
    """The consent page of an authorization request in a session."""
    http.cookies.set(SESSION_COOKIE, session)
    gateway.script.answers("Authorize", consent_needed())
    started = http.get("/auth/authorize", params={"client_id": "web", "state": "s"})
    return http.get(started.headers["location"])


def open_logout(gateway: Gateway, http: httpx.Client, **parameters: str) -> httpx.Response:
    """The page that asks whether to log out."""
    gateway.script.answers("Logout", auth_pb2.LogoutResponse(logged_out=False, client_name="Web <shop>"))
    return http.get("/auth/logout", params=parameters)


def form_of(page: httpx.Response) -> Form:
    """The form of a page."""
    assert page.headers["content-type"] == "text/html; charset=utf-8", page.text
    return forms_of(page.text)[0]


def ticket_of(response: httpx.Response) -> str:
    """The ticket in a redirect."""
    return query_of(response.headers["location"])["ticket"]


def set_cookies(response: httpx.Response) -> dict[str, str]:
    """The attributes of the cookies that a response sets, by name."""
    headers = [header.partition("=") for header in response.headers.get_list("set-cookie")]
    return {name: rest for name, _, rest in headers}
