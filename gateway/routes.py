"""Which path leads to which endpoint, and in which form each tells of its failures."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Scope

from gateway.endpoint import Endpoint


def router(endpoints: Mapping[str, Endpoint], elsewhere: Endpoint) -> Router:
    """A router for exactly these paths: a redirect to a similar one could carry a body on (RFC 9700 section 4.12).

    Args:
        endpoints: By path, as Starlette writes it.
        elsewhere: Answers every other path.
    """
    routes = [Route(path, endpoint) for path, endpoint in endpoints.items()]
    return Router(routes, redirect_slashes=False, default=elsewhere)


def route_of(scope: Scope) -> str:
    """The route that an answered request took, or "none"; a label with few values."""
    return str(scope["route"].path) if "route" in scope else "none"


async def not_found(_request: Request) -> Response:
    """Answers what is asked of no endpoint."""
    raise HTTPException(404, "there is nothing here")
