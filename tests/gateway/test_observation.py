"""What stays of every request."""

import json

import httpx2 as httpx
import pytest

from authplane.token.v1 import token_pb2
from tests.gateway.answers import CLIENT_CREDENTIALS
from tests.gateway.conftest import Gateway


def count(gateway: Gateway, route: str, method: str, status: str) -> float:
    labels = {"route": route, "method": method, "status": status}
    return gateway.registry.get_sample_value("authplane_http_requests_total", labels) or 0.0


def test_the_request_id_is_taken_passed_on_and_returned(gateway: Gateway, http: httpx.Client) -> None:
    """One id leads through the logs of all parts."""
    gateway.script.answers("ClientCredentials", CLIENT_CREDENTIALS)

    response = http.post(
        "/auth/token", data={"grant_type": "client_credentials"}, headers={"x-request-id": "from-the-proxy.1"}
    )

    assert "from-the-proxy.1" == response.headers["x-request-id"]
    assert "from-the-proxy.1" == gateway.script.metadata[-1]["x-request-id"]


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, "é"])
def test_an_id_that_is_not_harmless_is_replaced(http: httpx.Client, given: str) -> None:
    """Row 30: nothing gets into logs and headers by way of an id."""
    response = http.get("/", headers=[(b"x-request-id", given.encode("latin-1"))])

    assert 32 == len(response.headers["x-request-id"])


def test_requests_are_counted_by_route_method_and_status(gateway: Gateway, http: httpx.Client) -> None:
    """The route, never the URL."""
    before = count(gateway, "/auth/assets/{name}", "GET", "200")

    http.get("/auth/assets/style.css?a=1")

    assert before + 1 == count(gateway, "/auth/assets/{name}", "GET", "200")
    seconds = gateway.registry.get_sample_value(
        "authplane_http_request_duration_seconds_count",
        {"route": "/auth/assets/{name}", "method": "GET", "status": "200"},
    )
    assert before + 1 == seconds


def test_labels_have_few_values(gateway: Gateway, http: httpx.Client) -> None:
    """Row 30: what clients make up is one route and one method."""
    before = count(gateway, "none", "other", "404")

    http.request("PROPFIND", "/one")
    http.request("MKCOL", "/two")

    assert before + 2 == count(gateway, "none", "other", "404")


def test_the_log_has_no_credentials(gateway: Gateway, http: httpx.Client) -> None:
    """Row 30: neither from the URL nor from header or body."""
    gateway.script.answers("RedeemCode", token_pb2.RedeemCodeResponse())

    http.get("/auth/login?ticket=t0p-secret")
    http.post("/auth/token", data={"grant_type": "authorization_code", "code": "t0p-secret"}, auth=("w", "t0p-secret"))

    lines = [json.loads(line) for line in gateway.log.getvalue().splitlines()]
    assert ["/auth/login", "/auth/token"] == [line["route"] for line in lines if line["event"] == "request"]
    assert "t0p-secret" not in gateway.log.getvalue()


def test_line_breaks_do_not_reach_the_log(gateway: Gateway, http: httpx.Client) -> None:
    """Row 30: every line of the log is one event."""
    http.get("/auth/login?ticket=%0A%7B%22event%22%3A%22forged%22%7D")

    assert "forged" not in [json.loads(line)["event"] for line in gateway.log.getvalue().splitlines()]
