"""Every failure in HTTP: the one table from what went wrong to a status, and the forms in which it is told.

The error's name in OAuth 2.0 decides alone, whether it comes from a service or from here. Internal text never leaves:
what has no such name is a `server_error` with a fixed description.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import grpc
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from gateway.json_response import JsonResponse, without_empty
from shared.errors import AuthplaneError
from shared.rpc.failure import failure_of

REALM = "authplane"

_STATUS_OF_ERROR = {
    "invalid_request": 400,
    "invalid_client": 401,
    "invalid_grant": 400,
    "unauthorized_client": 400,
    "unsupported_grant_type": 400,
    "invalid_scope": 400,
    "invalid_token": 401,
    "insufficient_scope": 403,
    "too_many_requests": 429,
    "temporarily_unavailable": 503,
    "server_error": 500,
}
_UNPRINTABLE = re.compile(r"[^ -~]|[\"\\]")
_SERVER_ERROR = "an internal error has occurred"


@dataclass(frozen=True, slots=True)
class Problem:
    """A failure as it may be told.

    Attributes:
        status: The HTTP status.
        error: Its name in OAuth 2.0; empty for a challenge to a caller who presented nothing.
        description: For the developer of the client.
        retry_after: Whole seconds; 0 when trying again makes no difference.
        allow: The methods that would have been right; empty unless the method was wrong.
    """

    status: int
    error: str
    description: str
    retry_after: int = 0
    allow: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What every form of the answer carries."""
        return without_empty({"retry-after": str(self.retry_after or ""), "allow": self.allow})


ProblemForm = Callable[[Problem, str], Response]
"""How an endpoint tells of a failure, given the request id."""


def problem_of(error: Exception) -> Problem:
    """What an exception means to the caller."""
    match error:
        case AuthplaneError():
            return _named(error.oauth_error, error.message, error.retry_after)
        case grpc.RpcError():
            failure = failure_of(error)
            return _named(failure.oauth_error, failure.message, failure.retry_after)
        case HTTPException():
            name = "" if error.status_code == 401 else "invalid_request"
            return Problem(error.status_code, name, error.detail, allow=(error.headers or {}).get("allow", ""))
        case ClientDisconnect():
            return Problem(400, "invalid_request", "the request ended early")
    return _named("server_error", _SERVER_ERROR, 0)


def _named(error: str, message: str, retry_after: float) -> Problem:
    status = _STATUS_OF_ERROR.get(error)
    if status is None or status == 500:
        return Problem(500, "server_error", _SERVER_ERROR)
    return Problem(status, error, message, max(1, math.ceil(retry_after)) if status in (429, 503) else 0)


def oauth_json(problem: Problem, _request_id: str) -> Response:
    """RFC 6749 section 5.2. A 401 always carries the challenge that HTTP wants (RFC 9110 section 11.6.1)."""
    challenge = {"www-authenticate": f'Basic realm="{REALM}", charset="UTF-8"'} if problem.status == 401 else {}
    return JsonResponse(_members(problem), problem.status, {**problem.headers, **challenge})


def bearer_challenge(problem: Problem, _request_id: str) -> Response:
    """RFC 6750 section 3; the same in the body, for clients whose libraries hide the header."""
    attributes = {"realm": REALM, **(_members(problem) if problem.error else {})}
    challenge = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in attributes.items())
    headers = {**problem.headers, **({"www-authenticate": challenge} if problem.status in (400, 401, 403) else {})}
    return JsonResponse(_members(problem), problem.status, headers) if problem.error else Response(None, 401, headers)


def problem_details(problem: Problem, _request_id: str) -> Response:
    """RFC 9457, for what no OAuth specification has a form for."""
    title = HTTPStatus(problem.status).phrase
    members = {"type": "about:blank", "status": problem.status, "title": title, "detail": problem.description}
    return JsonResponse(members, problem.status, problem.headers, "application/problem+json")


def _members(problem: Problem) -> dict[str, str]:
    return {"error": problem.error, "error_description": _printable(problem.description)}


def _printable(text: str) -> str:
    """The text within the characters that RFC 6749 section 5.2 and RFC 6750 section 3 allow."""
    return _UNPRINTABLE.sub("?", text.replace('"', "'"))
