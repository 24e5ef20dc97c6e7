"""Good requests in which any value may be any text: whatever it is, the answer is the endpoint's own."""

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.dev.plane import DevPlane
from tests.refusals.flow import AUTHORIZATION, CALLBACK, VERIFIER, Flow, of

EXAMPLES = int(os.environ.get("AUTHPLANE_TEST_EXAMPLES", "250"))
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


JSON = st.sampled_from(
    [
        *("null", "[]", "{}", "5", "NaN", "1e999", '"x"', '"\\ud800"', "[" * 3000, '{"a":' * 1000),
        *('{"id_token":5}', '{"userinfo":{"sub":{"values":{}}}}', '{"id_token":{"acr":{"values":[1,null]}}}'),
        *('{"sub":"\\ud800"}', '{"sub":{}}', '{"sub":"web","exp":1e999,"jti":5}', '{"alg":"none"}', '{"alg":5}'),
        *('{"alg":"ES256","kid":null}', '{"alg":"ES256","crit":5}', '{"alg":"ES256","crit":["b64"],"b64":false}'),
    ]
)
HEADER = st.just('{"alg":"ES256","kid":"x"}') | JSON
JWT = st.builds(lambda *parts: ".".join(map(encoded, parts)), HEADER, JSON, st.sampled_from(["", "x"]))
NUMBER = st.sampled_from(["0", "-1", "1e5", "9" * 5000, "\u0661", "0x10", " 1", "1.5"])
ODD_TEXT = st.sampled_from(["\u202e", "\ufeff", "\x7f", "\u2028", " ", "a  b", "\x00", "\r\n", "%00", "../.."])
WORD = st.sampled_from([VERIFIER, CALLBACK, "web", "none", "form_post", ""])
VALUE = st.one_of(st.text(max_size=40), ODD_TEXT, NUMBER, JSON, JWT, WORD)
HOLDS_JWT = {"client_assertion", "token", "access_token", "id_token_hint", "ticket"}


@dataclass(frozen=True)
class Request:
    """A good request."""

    method: str
    path: str
    parameters: dict[str, str]
    auth: tuple[str, str] | None = None


@pytest.fixture(scope="module")
def begun(plane: DevPlane) -> Iterator[tuple[Flow, list[Request]]]:
    """A browser that is logged in, and what it and its clients may well ask."""
    flow = Flow(plane)
    code, tokens = flow.code(), flow.tokens()
    redeem = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "scope": "openid"}
    assertion = {"client_assertion_type": JWT_BEARER, "client_assertion": "a.b.c"}
    authorization = {**AUTHORIZATION, "claims": "{}", "max_age": "1000", "prompt": "none", "login_hint": "ada"}
    logout = {
        "client_id": "web",
        "id_token_hint": "x",
        "post_logout_redirect_uri": "http://127.0.0.1:9999/",
        "state": "s",
    }
    yield (
        flow,
        [
            Request("GET", "/auth/authorize", {**authorization, "id_token_hint": tokens["id_token"]}),
            Request("POST", "/auth/authorize", {**authorization, "response_mode": "form_post"}),
            Request("GET", "/auth/login", {"ticket": "x"}),
            Request("POST", "/auth/login", {"ticket": "x", "csrf_token": "x", "username": "ada", "password": "x"}),
            Request("POST", "/auth/consent", {"ticket": "x", "csrf_token": "x", "decision": "grant"}),
            Request("POST", "/auth/token", redeem, of("web")),
            Request("POST", "/auth/token", refresh, of("web")),
            Request("POST", "/auth/token", {"grant_type": "client_credentials", "scope": "orders:read"}, of("machine")),
            Request("POST", "/auth/token", {"grant_type": "client_credentials", **assertion}),
            Request(
                "POST", "/auth/introspect", {"token": tokens["access_token"], "token_type_hint": "x"}, of("machine")
            ),
            Request("POST", "/auth/revoke", {"token": "x", "token_type_hint": "access_token"}, of("web")),
            Request("POST", "/auth/userinfo", {"access_token": tokens["access_token"]}),
            Request("GET", "/auth/logout", logout),
        ],
    )
    flow.close()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_value_makes_an_endpoint_stumble(begun: tuple[Flow, list[Request]], data: st.DataObject) -> None:
    """Rows 16 and 29: with one or two values replaced or left out, never a 5xx, and nothing of the inside."""
    flow, requests = begun
    request = data.draw(st.sampled_from(requests))
    names = data.draw(st.lists(st.sampled_from(sorted(request.parameters)), min_size=1, max_size=2))
    changed = {name: data.draw(JWT | VALUE if name in HOLDS_JWT else VALUE) for name in names}
    parameters = {**request.parameters, **changed}
    query, form = (parameters, None) if request.method == "GET" else (None, parameters)
    url = flow.issuer + request.path
    answer = flow.agent.http.request(request.method, url, params=query, data=form, auth=request.auth)
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text
