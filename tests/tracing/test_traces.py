"""Traces of requests, as a collector gets them from a plane on PostgreSQL."""

import io
import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from shared.clock import SystemClock
from tests.conftest import make_plane
from tests.eventually import eventually
from tests.refusals.flow import Flow
from tests.servers.postgres import PostgresDatabases
from tests.tracing.receiver import Receiver, collecting


class Traced:
    """A plane that sends its traces to a receiver."""

    def __init__(self, flow: Flow, receiver: Receiver, log: io.StringIO, admin_url: str) -> None:
        self.flow = flow
        self.receiver = receiver
        self.log = log
        self.admin_url = admin_url

    def userinfo(self, access_token: str, flags: str = "01") -> str:
        """Asks for claims in a trace of its own; gives the id of the trace."""
        trace_id = secrets.token_hex(16)
        headers = {
            "authorization": f"Bearer {access_token}",
            "traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-{flags}",
        }
        assert self.flow.http.get("/auth/userinfo", headers=headers).status_code == 200
        return trace_id

    def tree(self, trace_id: str) -> list[str]:
        eventually(lambda: any(name.startswith("GET") for name in self.receiver.tree(trace_id)))
        return self.receiver.tree(trace_id)


@pytest.fixture(scope="module")
def traced(postgres_databases: PostgresDatabases) -> Iterator[Traced]:
    """Nothing is traced by chance: a trace begins with the caller."""
    log = io.StringIO()
    with collecting() as (receiver, endpoint), postgres_databases.database() as url:
        settings: dict[str, Any] = {"store": "postgres", "database_url": url, "trace_endpoint": endpoint}
        with make_plane(SystemClock(), log, **settings, trace="otlp", trace_ratio=0.0, request_log_ratio=0.0) as plane:
            flow = Flow(plane)
            yield Traced(flow, receiver, log, plane.admin_url)
            flow.close()


def test_a_cold_answer_leads_from_the_gateway_to_the_statement(traced: Traced) -> None:
    """Gateway, RPC, the miss of a cache, the wait for a connection, the statement; each inside of the one before."""
    tree = traced.tree(traced.userinfo(traced.flow.tokens()["access_token"]))

    assert tree[:3] == [
        "GET /auth/userinfo",
        "  authplane.auth.v1.AuthService/GetUserInfo",
        "    authplane.auth.v1.AuthService/GetUserInfo",
    ]
    miss = next(number for number, name in enumerate(tree) if name.startswith("      cache "))
    assert tree[miss + 1].strip() == "pool wait"
    assert tree[miss + 2].strip().startswith("SELECT ")
    assert tree[miss + 1].startswith(" " * 8)
    assert tree[miss + 2].startswith(" " * 8)


def test_a_warm_answer_asks_nobody(traced: Traced) -> None:
    """One span, which says that it was a hit."""
    token = traced.flow.tokens()["access_token"]
    traced.userinfo(token)
    trace_id = traced.userinfo(token)

    assert traced.tree(trace_id) == ["GET /auth/userinfo"]
    (only,) = traced.receiver.of_trace(trace_id)
    assert only.attributes["authplane.cache.outcome"] == "hit"
    assert only.attributes["authplane.cache.name"] == "userinfos"


def test_spans_say_what_is_to_be_known(traced: Traced) -> None:
    """Attributes by the semantic conventions, and our own."""
    trace_id = traced.userinfo(traced.flow.tokens()["access_token"])
    tree = traced.tree(trace_id)
    spans = {(each.name, each.span.kind): each.attributes for each in traced.receiver.of_trace(trace_id)}
    of_name = {name: attributes for (name, _), attributes in spans.items()}

    http = of_name["GET /auth/userinfo"]
    assert (http["http.route"], http["http.request.method"]) == ("/auth/userinfo", "GET")
    assert http["http.response.status_code"] == 200
    served = next(each for (name, kind), each in spans.items() if name.endswith("GetUserInfo") and kind == 2)
    assert served["rpc.system.name"] == "grpc"
    assert served["rpc.status_code"] == "OK"
    missed = next(each for name, each in of_name.items() if name.startswith("cache "))
    assert missed["authplane.cache.outcome"] == "miss"
    assert missed["authplane.cache.miss_reason"] == "absent"
    assert of_name["pool wait"]["authplane.pool.wait_ms"] >= 0
    statement = next(name.strip() for name in tree if "SELECT" in name)
    assert of_name[statement]["db.system.name"] == "postgresql"
    assert of_name[statement]["db.query.summary"] == statement
    assert of_name[statement]["db.response.returned_rows"] in {0, 1}
    assert {each.service for each in traced.receiver.of_trace(trace_id)} == {"authplane"}


def test_whoever_does_not_trace_is_not_traced(traced: Traced) -> None:
    """A caller who says so, and one who says nothing."""
    token = traced.flow.tokens()["access_token"]
    quiet = traced.userinfo(token, flags="00")
    traced.tree(traced.userinfo(token))  # Sent after it.

    assert traced.receiver.of_trace(quiet) == []
    assert not [each for each in traced.receiver.spans() if each.name in {"POST /auth/token", "POST /auth/login"}]


def test_a_figure_leads_to_its_trace(traced: Traced) -> None:
    """Exemplars, for who accepts OpenMetrics."""
    trace_id = traced.userinfo(traced.flow.tokens()["access_token"])
    traced.tree(trace_id)
    accept = {"accept": "application/openmetrics-text"}
    text = traced.flow.http.get(f"{traced.admin_url}/metrics", headers=accept).text

    marked = [line for line in text.splitlines() if trace_id in line]
    assert any(line.startswith("authplane_http_request_duration_seconds_bucket") for line in marked)
    assert any(line.startswith("grpc_server_handling_seconds_bucket") for line in marked)


def test_a_trace_leads_to_its_lines(traced: Traced) -> None:
    """What is traced is logged, once in each process that it passed, with the id of the trace and of the request."""
    trace_id = traced.userinfo(traced.flow.tokens()["access_token"])
    traced.tree(trace_id)

    lines = [json.loads(line) for line in traced.log.getvalue().splitlines()]
    of_trace = [line for line in lines if line.get("trace_id") == trace_id]
    assert [line["event"] for line in of_trace] == ["rpc", "request"]
    assert len({line["request_id"] for line in of_trace}) == 1
    assert [line for line in lines if line["event"] in {"rpc", "request"} and "trace_id" not in line] == []
