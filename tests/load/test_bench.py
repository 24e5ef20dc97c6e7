"""`make bench` in small: that it measures what it says and tells what is slower, not how fast anything is."""

import json
import os
import re
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from authplane.auth.v1 import auth_pb2
from authplane.token.v1 import token_pb2
from cli.dev.plane import DevPlane
from load.bench.clients import drive
from load.bench.compare import regressions
from load.bench.driver import Job
from load.bench.floors import Floors
from load.bench.lines import Compared, Line, compare
from load.bench.measured import Measured
from load.bench.memory_paths import MEMORY_PATHS, memory_paths
from load.bench.report import Curve, Report, Row, write
from load.bench.rpcs import RPCS, Timed, rpcs
from load.bench.store_paths import STORE_PATHS, store_paths
from load.bench.subject import Subject
from load.figures import Figures
from load.ghz import SCENARIOS, scenario_of
from load.plane import Plane
from load.population import population
from tests.servers.postgres import PostgresDatabases

AUTH, TOKEN = auth_pb2.DESCRIPTOR.services_by_name["AuthService"], token_pb2.DESCRIPTOR.services_by_name["TokenService"]
SECONDS = 0.3
_BUSY = {"ResourceExhausted", "RESOURCE_EXHAUSTED", "DeadlineExceeded", "DEADLINE_EXCEEDED", "503", "status"}
"""What a plane says that shares its cores with other tests; wrk does not tell one status from another."""
MADE = Measured(100, {}, 1.0, 1.0, 2.0, 3.0, 4.0, [(1.0, 50.0), (4.0, 100.0)], 55.0, ["apc_secret"])

FIGURES = Figures("Introspect", 100, {}, 1.0, 2.0, 3.0, 4.0)
TIMED = Timed(FIGURES, FIGURES)


def subject(plane: DevPlane, stack: ExitStack) -> Subject:
    reached = Plane(plane.issuer, plane.auth_target, plane.token_target, plane.admin_url)
    people = stack.enter_context(population(reached, "ES256"))
    return Subject(reached, people, *[os.getpid()] * 3)


def measured(lines: list[Line]) -> dict[str, Compared]:
    made = [compare(line, 1, SECONDS, lambda: None) for line in lines]
    return {f"{each.line.name} / {each.line.floor_name}": each for each in made}


@pytest.mark.parametrize("store_name", ["postgres"], indirect=True)
@pytest.mark.timeout(600)
def test_every_path_and_every_floor_answers(plane: DevPlane, postgres_databases: PostgresDatabases) -> None:
    """Well, and to the right questions: what one path yields another one uses."""
    with ExitStack() as stack:
        asked = subject(plane, stack)
        floors = Floors(stack, postgres_databases.url, rows=20_000)
        made = measured(list(memory_paths(asked, floors))) | measured(list(store_paths(asked, floors)))
    assert len(made) == MEMORY_PATHS + STORE_PATHS
    assert {reason for each in made.values() for reason in [*each.ours.failures, *each.floor.failures]} <= _BUSY
    assert all(each.ours.rate > 0 and each.floor.rate > 0 and each.share > 0 for each in made.values())
    assert made["refresh RPC / no-op RPC, one bare statement and two ES256 signatures"].ours.cpu_us > 0


@pytest.mark.parametrize("store_name", ["postgres"], indirect=True)
@pytest.mark.timeout(600)
def test_every_rpc_has_a_scenario(plane: DevPlane) -> None:
    """Which is asked well; a method that is new is missed here."""
    with ExitStack() as stack:
        made = list(rpcs(subject(plane, stack), SECONDS))
    reasons = {reason for each in made for reason in [*each.ours.failures, *each.floor.failures]}
    assert [reason for reason in reasons if not any(f"code = {busy}" in reason for busy in _BUSY)] == []
    assert sum(sum(each.ours.failures.values()) for each in made) < sum(each.ours.requests for each in made) / 2
    assert len(made) == RPCS
    methods = {method.name for service in (AUTH, TOKEN) for method in service.methods if not method.server_streaming}
    assert {each.ours.scenario for each in made} == methods
    assert {path.stem for path in SCENARIOS.iterdir()} == {scenario_of(method) for method in methods}


def test_an_open_loop_counts_from_when_it_was_due(plane: DevPlane) -> None:
    """And tells each second by itself."""
    request = b"GET /.well-known/openid-configuration HTTP/1.1\r\nhost: x\r\n\r\n".hex()
    address = plane.issuer.removeprefix("http://")
    made = drive(Job(address, "", [request], once=False, callers=0, seconds=2.0, rate=50.0))
    assert (made.requests, made.failures) == (100, {})
    assert len(made.timeline) >= 2
    assert sum(count for _, count, _ in made.timeline) == 100


def report(share: float = 0.9, milliseconds: float = 2.0) -> Report:
    line = Line("a path", "a floor", 0.85, lambda _: MADE, lambda _: MADE)
    rows = [
        Row("decisions", 200_000.0, "a second", 100_000.0, at_most=False),
        Row("p99", milliseconds, "ms", 10.0),
    ]
    curve = Curve("a path", [(10.0, MADE), (20.0, MADE)])
    return Report([Compared(line, MADE, MADE, share)], [TIMED], rows, [curve], [(0.0, 10.0, 5.0)], [{"part": "token"}])


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    """No script, picture, font or style from elsewhere; and nothing in it that was a credential."""
    text = write(report(), tmp_path).read_text()
    assert re.findall(r"<script|\bsrc=|@import|url\(|href=[\"']http", text) == []
    assert text.count("<svg") == 4
    assert "apc_secret" not in text + (tmp_path / "bench.json").read_text()


def test_the_figures_are_data(tmp_path: Path) -> None:
    """Of each path beside its floor, with the machine that they are of."""
    write(report(), tmp_path)
    told = json.loads((tmp_path / "bench.json").read_text())
    assert told["paths"][0] | {"ours": 0, "of_floor": 0} == {
        "name": "a path",
        "floor": "a floor",
        "target": 0.85,
        "share": 0.9,
        "met": True,
        "ours": 0,
        "of_floor": 0,
    }
    assert {"cores", "processor", "python", "commit"} <= told["host"].keys()
    assert told["rows"][0]["met"]


def test_what_is_slower_is_named(tmp_path: Path) -> None:
    """By more than two runs of the same differ."""
    write(report(), tmp_path)
    earlier = tmp_path / "bench.json"
    assert regressions(report(0.8), earlier) == []
    (line,) = regressions(report(0.5), earlier)
    assert line == "slower: a path, share of a floor: 0.5, was 0.9"
    (line,) = regressions(report(milliseconds=4.0), earlier)
    assert line == "more: p99: 4 ms, was 2"


def test_what_could_not_be_measured_is_said(tmp_path: Path) -> None:
    """And what was is not lost."""
    made = report()
    made.failure = "a part did not <start>"
    assert "a part did not &lt;start&gt;" in write(made, tmp_path).read_text()
    assert json.loads((tmp_path / "bench.json").read_text())["failure"] == made.failure


def test_a_bad_answer_misses_every_target() -> None:
    """However quickly it came."""
    good = report(2.0).compared[0]
    assert good.met
    assert not replace(good, ours=replace(MADE, failures={"503": 1})).met
