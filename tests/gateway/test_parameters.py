"""Reading of parameters."""

import httpx2 as httpx
import pytest
from starlette.requests import Request

from gateway.parameters import ParameterReader, Parameters
from shared.errors import InvalidRequest
from tests.gateway.answers import CLIENT_CREDENTIALS
from tests.gateway.conftest import Gateway

FORM = {"content-type": "application/x-www-form-urlencoded"}


def query(text: bytes, max_fields: int = 10) -> Parameters:
    reader = ParameterReader(max_body_bytes=100, max_fields=max_fields)
    return reader.query(Request({"type": "http", "query_string": text, "headers": []}))


def test_form_encoding_is_decoded() -> None:
    """Plus signs, percent-encoded UTF-8 and plain UTF-8 all become text (RFC 6749 appendix B)."""
    expected = Parameters({"a": "x y", "b": "é&=", "c": "é"})

    assert expected == query("a=x+y&b=%C3%A9%26%3D&c=é".encode())


def test_no_query_has_no_parameters() -> None:
    """An absent query is no malformed one."""
    assert Parameters({}) == query(b"")


def test_a_parameter_without_a_value_is_omitted() -> None:
    """A parameter sent without a value is treated as if it had been omitted (RFC 6749 section 3.1)."""
    parameters = query(b"scope=&state=x")

    assert (parameters.values, parameters.get("scope")) == ({"state": "x"}, "")
    with pytest.raises(InvalidRequest, match="scope is missing"):
        parameters.require("scope")


@pytest.mark.parametrize("text", [b"a=1&b=2&a=1", b"a=&b=2&a=1", b"a=1&b=2&%61=3"])
def test_repeated_parameters_are_known_and_have_no_value(text: bytes) -> None:
    """Row 10: a name that comes twice is told apart, whatever its values and spelling (RFC 6749 section 3.1)."""
    parameters = query(text)

    assert (parameters.values, parameters.repeated) == ({"b": "2"}, ("a",))
    with pytest.raises(InvalidRequest, match="more than once: a"):
        parameters.unrepeated()


@pytest.mark.parametrize(
    "text",
    [b"a=%zz", b"a=%4", b"a=%ff", b"\xff=1", b"a=%00", b"%00=1", b"a", b"a=1&", b"&".join([b"a=1"] * 11)],
)
def test_malformed_parameters_are_refused(text: bytes) -> None:
    """Bad escapes, bytes that are not UTF-8, NUL, names without `=` and too many pairs are all invalid_request."""
    with pytest.raises(InvalidRequest):
        query(text)


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
@pytest.mark.parametrize("path", ["/auth/token", "/auth/introspect", "/auth/revoke"])
def test_other_media_types_are_refused(http: httpx.Client, path: str, content_type: str) -> None:
    """Row 11: a body that is no form is invalid_request in JSON (RFC 6749 section 4.1.3), not a 415."""
    response = http.post(path, content=b"grant_type=client_credentials", headers={"content-type": content_type})

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_media_type_parameters_and_case_do_not_matter(gateway: Gateway, http: httpx.Client) -> None:
    """`Application/X-WWW-Form-URLEncoded; charset=UTF-8` is a form (RFC 9110 section 8.3.1)."""
    gateway.script.answers("ClientCredentials", CLIENT_CREDENTIALS)
    headers = {"content-type": "Application/X-WWW-Form-URLEncoded; charset=UTF-8"}

    assert http.post("/auth/token", content=b"grant_type=client_credentials", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/auth/token", "/auth/introspect", "/auth/revoke", "/auth/userinfo"])
@pytest.mark.parametrize(
    "body", [b"token=x&token=x&grant_type=a&grant_type=a", b"token=%ff", b"token=%00", b"token=%zz", b"a=1&" * 101]
)
def test_every_json_endpoint_refuses_malformed_forms(
    gateway: Gateway, http: httpx.Client, path: str, body: bytes
) -> None:
    """Row 10: repetition and garbage are invalid_request everywhere, and no service is asked."""
    response = http.post(path, content=body, headers=FORM)

    assert (response.status_code, response.json()["error"], gateway.script.questions) == (400, "invalid_request", [])


@pytest.mark.parametrize("path", ["/auth/login", "/auth/consent", "/auth/logout", "/auth/authorize"])
@pytest.mark.parametrize("body", [b"state=%ff", b"state=%00", b"state=%zz", b"a=1&" * 101])
def test_every_page_refuses_malformed_forms(gateway: Gateway, http: httpx.Client, path: str, body: bytes) -> None:
    """Row 29: garbage is an error page, and no service is asked."""
    response = http.post(path, content=body, headers=FORM)

    assert (response.status_code, gateway.script.questions) == (400, [])
    assert response.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/auth/login", "/auth/consent", "/auth/logout"])
def test_every_page_refuses_repeated_parameters(gateway: Gateway, http: httpx.Client, path: str) -> None:
    """Row 10: repetition is an error page too, in the query and in the body."""
    by_get = http.get(f"{path}?state=1&state=2&ticket=x")
    by_post = http.post(path, content=b"state=1&state=2&ticket=x", headers=FORM)

    assert (by_get.status_code, by_post.status_code, gateway.script.questions) == (400, 400, [])
    assert "more than once" in by_get.text
