"""Which path leads to which endpoint, and what is answered elsewhere."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from gateway.endpoint import Endpoint
from gateway.problems import problem_details, problem_of
from gateway.rpc import REQUEST_ID


def router(endpoints: Mapping[str, Endpoint]) -> Router:
    """A router for exactly these paths: a redirect to a similar one could carry a body on (RFC 9700 section 4.12).

    Args:
        endpoints: By path, as Starlette writes it.
    """
    routes = [Route(path, endpoint) for path, endpoint in endpoints.items()]
    return Router(routes, redirect_slashes=False, default=_not_found)


def route_of(scope: Scope) -> str:
    """The route that an answered request took, or "none"; a label with few values."""
    return str(scope["route"].path) if "route" in scope else "none"


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    response = problem_details(problem_of(HTTPException(404, "there is nothing here")), scope[REQUEST_ID])
    await response(scope, receive, send)
