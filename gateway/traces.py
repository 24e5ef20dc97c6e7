"""The span of every request."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.spans import NoTracer, Span, Tracer, enter


class Traced:
    """Around everything, so that an answer from memory has a span too; `HttpMetrics` tells it how the request went."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        span = self._tracer.serve("request", self._trace_parent(scope))
        if span.exemplar:
            return self._recorded(span, scope, receive, send)
        enter(span)  # It ends with the task, which is the request's own; nothing of it is kept.
        return self._app(scope, receive, send)

    async def _recorded(self, span: Span, scope: Scope, receive: Receive, send: Send) -> None:
        with span:
            await self._app(scope, receive, send)

    def _trace_parent(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"traceparent":
                return str(value, "latin-1")
        return ""


def traced(app: ASGIApp, tracer: Tracer) -> ASGIApp:
    """The application, traced if anything is."""
    return app if isinstance(tracer, NoTracer) else Traced(app, tracer)
