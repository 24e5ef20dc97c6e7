"""Where spans go: to a collector by OTLP, or as a tree to whoever watches."""

from collections import defaultdict
from typing import TextIO

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import INVALID_SPAN_CONTEXT, SpanContext
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

_MOST_TREES = 64
_WIDTH = 160


def to_collector(endpoint: str | None, delay_seconds: float, patience_seconds: float) -> SpanProcessor:
    """Sends spans in batches over gRPC, from a thread of its own; when the collector is slow or gone they are dropped.

    Args:
        endpoint: "http://host:port", or "https://..." for TLS; none for the variables that OpenTelemetry specifies.
        delay_seconds: Between two batches.
        patience_seconds: With a collector that does not take them, and so the longest that the end of a process waits.
    """
    return BatchSpanProcessor(
        OTLPSpanExporter(endpoint, timeout=patience_seconds), schedule_delay_millis=delay_seconds * 1000
    )


class TreePrinter(SpanProcessor):
    """Prints each trace when its first span ends. For a process that has all parts of the plane in it.

    Args:
        stream: Where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False, width=None if stream.isatty() else _WIDTH)
        self._running = set[int]()
        self._ended: dict[int, list[ReadableSpan]] = defaultdict(list)

    def on_start(self, span: ReadableSpan, parent_context: object = None) -> None:
        self._running.add(_own_id(span))

    def on_end(self, span: ReadableSpan) -> None:
        self._running.discard(_own_id(span))
        parent = _parent_id(span)
        if parent in self._running:
            self._ended[parent].append(span)
            while len(self._ended) > _MOST_TREES:
                self._ended.pop(next(iter(self._ended)))
            return
        tree = Tree(f"[bold]{_line(span)}[/bold]  [dim]trace {_context(span).trace_id:032x}[/dim]")
        self._add_children(tree, span)
        self._console.print(tree)

    def _add_children(self, tree: Tree, span: ReadableSpan) -> None:
        for child in sorted(self._ended.pop(_own_id(span), []), key=lambda each: each.start_time or 0):
            self._add_children(tree.add(_line(child)), child)


def _context(span: ReadableSpan) -> SpanContext:
    return span.get_span_context() or INVALID_SPAN_CONTEXT


def _own_id(span: ReadableSpan) -> int:
    return _context(span).span_id


def _parent_id(span: ReadableSpan) -> int:
    return span.parent.span_id if span.parent else 0


def _line(span: ReadableSpan) -> str:
    milliseconds = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
    facts = "  ".join(f"{name.rpartition('.')[2]}={value!s}" for name, value in (span.attributes or {}).items())
    return f"{escape(span.name)}  [green]{milliseconds:.2f} ms[/green]  [dim]{escape(facts)}[/dim]"
