"""What becomes of failures that nobody meant."""

import grpc
import httpx2 as httpx
import pytest

from authplane.token.v1 import token_pb2
from gateway.problems import problem_of
from shared.errors import (
    AuthplaneError,
    DeadlineExceeded,
    InternalError,
    Overloaded,
    RateLimited,
    StoreFull,
    Unavailable,
)
from tests.gateway.answers import code_response
from tests.gateway.conftest import Gateway, run_gateway

RETRYABLE = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
)


def refresh(http: httpx.Client) -> httpx.Response:
    return http.post("/auth/token", data={"grant_type": "refresh_token", "refresh_token": "apr_secret"})


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_internal_text_never_leaves(gateway: Gateway, http: httpx.Client, code: grpc.StatusCode) -> None:
    """Row 29: whatever status comes without the vocabulary, its text stays inside (ASVS 16.5.1)."""
    gateway.script.answers("RefreshToken", code)
    gateway.script.answers("Authorize", code)

    json, page = refresh(http), http.get("/auth/authorize")

    expected = (503, "temporarily_unavailable") if code in RETRYABLE else (500, "server_error")
    assert expected == (json.status_code, json.json()["error"])
    assert expected[0] == page.status_code
    assert ("postgres" in json.text, "postgres" in page.text) == (False, False)
    assert ("retry-after" in json.headers, "retry-after" in page.headers) == (code in RETRYABLE,) * 2


def test_a_fault_is_logged_with_the_request_id(gateway: Gateway, http: httpx.Client) -> None:
    """Row 29: the cause is in the log under the id that the caller got, and no credential with it (row 30)."""
    gateway.script.answers("RefreshToken", grpc.StatusCode.INTERNAL)

    response = refresh(http)

    faults = [line for line in gateway.log.getvalue().splitlines() if "internal_error" in line]
    assert [True] == [f'"request_id":"{response.headers["x-request-id"]}"' in line for line in faults]
    assert "apr_secret" not in gateway.log.getvalue()


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (StoreFull("full"), 503, 5),
        (Overloaded("busy", 0.2), 503, 1),
        (Unavailable("away"), 503, 1),
        (DeadlineExceeded("late"), 503, 1),
        (InternalError("secret"), 500, 0),
        (ValueError("secret"), 500, 0),
    ],
)
def test_each_failure_has_one_meaning(error: Exception, status: int, retry_after: int) -> None:
    """Retry-After is a whole number of seconds and never 0; faults have a fixed description."""
    problem = problem_of(error)

    assert (status, retry_after) == (problem.status, problem.retry_after)
    assert "secret" not in problem.description


def test_every_error_of_the_vocabulary_has_a_status() -> None:
    """A new OAuth error in the vocabulary must be given a status, or it would become a fault."""
    named = [error for error in _subclasses(AuthplaneError) if error.oauth_error not in ("", "server_error")]

    assert [] == [error for error in named if problem_of(_made(error)).error != error.oauth_error]


def test_too_often_is_a_429(gateway: Gateway, http: httpx.Client) -> None:
    """A limit of the caller's own is told apart from a plane that is full."""
    gateway.script.answers("RefreshToken", RateLimited("the client has asked for tokens too often", 2.5))
    response = refresh(http)
    assert (response.status_code, response.headers["retry-after"]) == (429, "3")
    assert response.json() == {
        "error": "too_many_requests",
        "error_description": "the client has asked for tokens too often",
    }


def test_a_service_that_is_away_is_a_503() -> None:
    """Nobody listens: the answer comes at once, and tells to try again."""
    for gateway in run_gateway(auth_target="127.0.0.1:1", token_target="127.0.0.1:1"):
        with gateway.browser() as http:
            json, page = refresh(http), http.get("/auth/authorize")

        assert ("temporarily_unavailable", "1") == (json.json()["error"], json.headers["retry-after"])
        assert (503, "1") == (page.status_code, page.headers["retry-after"])


def test_calls_have_a_deadline(gateway: Gateway, http: httpx.Client) -> None:
    """The service knows how long it may take."""
    gateway.script.answers("RefreshToken", token_pb2.RefreshTokenResponse())
    gateway.script.answers("Authorize", code_response())

    refresh(http)
    http.get("/auth/authorize")

    assert [3.0, 3.0] == [pytest.approx(seconds, abs=0.5) for seconds in gateway.script.seconds_left]


def _subclasses(root: type[AuthplaneError]) -> list[type[AuthplaneError]]:
    return [each for child in root.__subclasses__() for each in (child, *_subclasses(child))]


def _made(kind: type[AuthplaneError]) -> AuthplaneError:
    return kind("x", 1.0) if issubclass(kind, Overloaded | RateLimited) else kind("x")
