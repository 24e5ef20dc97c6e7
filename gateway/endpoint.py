"""An endpoint: one URL, its methods, and the one place where whatever goes wrong becomes an answer."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from gateway.problems import ProblemForm, problem_of
from gateway.rpc import REQUEST_ID

Handler = Callable[[Request], Awaitable[Response]]


class Endpoint:
    """Answers every request, whatever happens, and in the form that its callers understand.

    Args:
        handlers: By method. HEAD is answered like GET; the server leaves the body out.
        problem_form: How failures are told here.
        logger: Where the cause of what is our own fault goes, since it never goes into the answer.

    Attributes:
        methods: What it can be asked by.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], problem_form: ProblemForm, logger: FilteringBoundLogger
    ) -> None:
        self._handlers = {**handlers, **({"HEAD": handlers["GET"]} if "GET" in handlers else {})}
        self.methods = sorted(self._handlers)
        self._problem_form = problem_form
        self._logger = logger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            return await self._handler(request.method)(request)
        except Exception as error:  # The last resort: no failure may reach the client by itself.
            problem = problem_of(error)
            if problem.status == 500:
                self._logger.exception("internal_error", exc_info=error)
            return self._problem_form(problem, request.scope[REQUEST_ID])

    def _handler(self, method: str) -> Handler:
        if method not in self._handlers:
            allow = ", ".join(sorted(self._handlers))
            raise HTTPException(405, f"only {allow} can be used here", {"allow": allow})
        return self._handlers[method]
