"""`authplane top`: what happened between two looks."""

import io
import math
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.dev.plane import DevPlane
from cli.top.figures import figures, quantile
from cli.top.scrape import NoMetrics, parse, scrape
from shared.clock import SystemClock
from tests.cli.conftest import Command
from tests.cli.processes import authplane_process
from tests.conftest import make_plane
from tests.refusals.flow import Flow

TOKEN = "an-admin-token-of-at-least-32-characters"

BEFORE = """
# TYPE authplane_http_requests_total counter
authplane_http_requests_total{route="/a"} 100
authplane_http_requests_total{route="/b"} 50
# TYPE authplane_http_request_duration_seconds histogram
authplane_http_request_duration_seconds_bucket{le="0.001"} 10
authplane_http_request_duration_seconds_bucket{le="0.01"} 10
authplane_http_request_duration_seconds_bucket{le="+Inf"} 10
# TYPE authplane_cache_hits_total counter
authplane_cache_hits_total{cache="x"} 5
"""
AFTER = """
# TYPE authplane_http_requests_total counter
authplane_http_requests_total{route="/a"} 120
authplane_http_requests_total{route="/b"} 10
authplane_http_requests_total{route="/c"} 4
# TYPE authplane_http_request_duration_seconds histogram
authplane_http_request_duration_seconds_bucket{le="0.001"} 60
authplane_http_request_duration_seconds_bucket{le="0.01"} 110
authplane_http_request_duration_seconds_bucket{le="+Inf"} 110
# TYPE authplane_cache_hits_total counter
authplane_cache_hits_total{cache="x"} 8
# TYPE authplane_cache_misses_total counter
authplane_cache_misses_total{cache="x"} 1
# TYPE authplane_feed_age_seconds gauge
authplane_feed_age_seconds{part="a"} 0.5
authplane_feed_age_seconds{part="b"} 0.25
"""


def test_figures_are_of_the_interval() -> None:
    """Rates and quantiles of what came in between; a series that is new began at zero, one that fell began anew."""
    told = figures(parse(BEFORE, 10.0), parse(AFTER, 12.0))

    assert told.http == (20 + 10 + 4) / 2
    assert told.p50 == pytest.approx(0.001)
    assert told.p99 == pytest.approx(0.001 + 0.009 * 49 / 50)
    assert told.hit_rate == 0.75
    assert told.feed_age == 0.5


def test_what_is_not_there_is_none() -> None:
    """And nothing that was asked of nobody is zero percent."""
    told = figures(parse("", 0.0), parse("", 1.0))

    assert (told.http, told.rpc, told.p99, told.hit_rate, told.queued, told.pool_open) == (None,) * 6
    assert told.refused == 0


@pytest.mark.parametrize(
    ("buckets", "part", "value"),
    [
        ({0.1: 0.0, math.inf: 0.0}, 0.5, None),
        ({0.1: 10.0, math.inf: 10.0}, 0.5, 0.05),
        ({0.1: 0.0, 0.2: 10.0, math.inf: 10.0}, 0.5, 0.15),
        ({0.1: 5.0, math.inf: 10.0}, 0.99, 0.1),
    ],
)
def test_quantiles(buckets: dict[float, float], part: float, value: float | None) -> None:
    """As Prometheus reckons them; beyond the last bound nothing is known."""
    assert quantile(buckets, part) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize("text", ["<html>", "a b c d", 'x{y="z} 1'])
def test_what_is_no_metrics_is_told(text: str) -> None:
    """In few words."""
    with pytest.raises(NoMetrics, match="something else"):
        parse(text, 0.0)


@pytest.fixture(scope="module")
def guarded() -> Iterator[DevPlane]:
    with make_plane(SystemClock(), io.StringIO(), admin_token=TOKEN) as plane:
        yield plane


def test_a_running_plane_is_watched(guarded: DevPlane, tmp_path: Path) -> None:
    """Plain lines into a pipe, one for each process and look; a process that is gone does not disturb the others."""
    secret = tmp_path / "token"
    secret.write_text(TOKEN)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{free.getsockname()[1]}"
    flow = Flow(guarded)
    flow.machine_token()
    text = Command({}).text(
        *("top", guarded.admin_url, gone, "--interval", "0.1", "--count", "2", "--admin-token-file", str(secret))
    )
    flow.close()

    lines = text.splitlines()
    assert len(lines) == 4
    assert re.match(rf"{guarded.admin_url}  http/s=\d+\.\d  rpc/s=\d+\.\d  p50 ms=", lines[0])
    assert lines[1] == f"{gone}  does not answer"
    assert "\x1b" not in text


def test_requests_are_seen(guarded: DevPlane) -> None:
    """Those of the interval and no others."""
    flow = Flow(guarded)
    before = scrape(guarded.admin_url, TOKEN, 0.0)
    token = flow.machine_token()
    for _ in range(9):
        flow.introspect(token)
    told = figures(before, scrape(guarded.admin_url, TOKEN, 1.0))
    flow.close()

    assert told.http == 10
    assert told.hit_rate is not None
    assert told.hit_rate > 0


def test_a_missing_token_is_told(guarded: DevPlane) -> None:
    """With what to do."""
    code, message = Command({}).failure("top", guarded.admin_url, "--count", "1")

    assert code == 3
    assert "wants its admin token: --admin-token-file" in message


def test_no_plane_is_told() -> None:
    """As by every command."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        code, message = Command({}).failure("top", f"http://127.0.0.1:{free.getsockname()[1]}")
    assert (code, "does not answer; is the plane running?" in message) == (3, True)


def test_what_is_no_url_is_told() -> None:
    """Before anything is asked."""
    assert Command({}).failure("top", "localhost:9091")[0] == 2


def test_ctrl_c_ends_it_well(guarded: DevPlane, tmp_path: Path) -> None:
    """Without a word."""
    secret = tmp_path / "token"
    secret.write_text(TOKEN)
    arguments = (guarded.admin_url, "--interval", "0.1", "--admin-token-file", str(secret))
    with authplane_process("top", *arguments) as process:
        process.first_line()
        ended = process.end(signal.SIGINT)
    assert (ended.code, ended.stderr) == (0, "")
