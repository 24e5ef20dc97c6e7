"""Metrics of the gRPC servers."""

import grpc
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from shared.telemetry.buckets import BUCKETS
from shared.telemetry.metrics import CODES, RpcServerMetrics


def camel_case(code: grpc.StatusCode) -> str:
    return {"OK": "OK", "CANCELLED": "Canceled"}.get(code.name, code.name.title().replace("_", ""))


def test_codes_are_spelt_as_in_go() -> None:
    """Each at its number, so that dashboards made for others work."""
    assert {code.value[0]: camel_case(code) for code in grpc.StatusCode} == dict(enumerate(CODES))


@pytest.mark.parametrize(
    ("requests_stream", "responses_stream", "kind"),
    [
        (False, False, "unary"),
        (False, True, "server_stream"),
        (True, False, "client_stream"),
        (True, True, "bidi_stream"),
    ],
)
def test_series_have_the_names_and_labels_of_public_dashboards(
    requests_stream: bool, responses_stream: bool, kind: str
) -> None:
    """started, handled by code, and seconds."""
    registry = CollectorRegistry()
    metrics = RpcServerMetrics(registry).of_method(requests_stream, responses_stream, "a.v1.Service", "Method")
    metrics.started.inc()
    metrics.finished(8, 0.004, None)
    text = generate_latest(registry).decode()
    labels = f'grpc_method="Method",grpc_service="a.v1.Service",grpc_type="{kind}"'
    assert f"grpc_server_started_total{{{labels}}} 1.0" in text
    assert (f'grpc_server_handled_total{{grpc_code="ResourceExhausted",{labels}}} 1.0') in text
    assert f'grpc_server_handled_total{{grpc_code="OK",{labels}}} 0.0' in text
    at_most = {bucket: f'grpc_server_handling_seconds_bucket{{{labels},le="{bucket}"}}' for bucket in (0.003, 0.005)}
    assert f"{at_most[0.003]} 0.0" in text
    assert f"{at_most[0.005]} 1.0" in text


def test_buckets_are_fine_where_answers_from_memory_lie() -> None:
    """Nine of them up to 25 ms."""
    assert len([bucket for bucket in BUCKETS if bucket <= 0.025]) == 9
    assert list(BUCKETS) == sorted(BUCKETS)
