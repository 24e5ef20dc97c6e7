"""What is measured without a floor: steady load, memory, start, workers, and a restart under load."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
from google.protobuf.json_format import MessageToDict
from prometheus_client.parser import text_string_to_metric_families

from authplane.token.v1.token_pb2 import IntrospectRequest
from load.bench.clients import ClientFailed, drive, ghz
from load.bench.driver import Job
from load.bench.lines import Compared
from load.bench.production import Part, Production, part
from load.bench.questions import Questions
from load.bench.report import Curve, Row
from load.bench.subject import TOKEN, Subject
from load.client.__main__ import decisions
from load.ghz import ROOT
from load.plane import free_ports, free_ports_in_a_row
from load.population import population

_SHARES = (0.2, 0.4, 0.6, 0.7, 0.8, 0.9)
_AT = 0.7
_MOST = 4000.0
"""What one driver can send in an open loop."""
_STEADY_RATE, _STEADY_SECONDS = 200, 60
_COLD_SECONDS, _COLD_TOKENS = 30.0, 500
_CALLERS = 16


def curve(compared: Compared, seconds: float) -> tuple[Curve, list[Row]]:
    """Latency at rising rates; and whether p99 holds at 70 % of the peak, or at as much as the driver can send."""
    again, peak = compared.line.again, compared.ours.rate
    if again is None:
        return Curve(compared.line.name, ()), []
    shares = sorted({min(share, _MOST / peak) for share in _SHARES})
    points = [(share * peak, again(share * peak, seconds)) for share in shares]
    held = min(_AT, _MOST / peak)
    (made,) = (made for share, (_, made) in zip(shares, points, strict=True) if share == held)
    row = Row(f"{compared.line.name}: p99 at {held:.0%} of the peak, in p50s", made.p99 / made.p50, "x", 5.0)
    return Curve(compared.line.name, points), [row]


def steady(running: Production) -> Iterator[Row]:
    """200 requests a second of every kind for a minute, by `make load`, in memory and on PostgreSQL."""
    plane = running.plane
    ways = {
        "in memory": (),
        "on PostgreSQL": (
            *("--issuer", plane.issuer, "--auth-target", plane.auth_target, "--token-target", plane.token_target),
        ),
    }
    for where, flags in ways.items():
        with tempfile.NamedTemporaryFile(suffix=".json") as report:
            rate = ("--rate", str(_STEADY_RATE), "--duration", str(_STEADY_SECONDS), "--output", report.name)
            command = [sys.executable, "-m", "load", *rate, *flags]
            made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
            text = Path(report.name).read_text()
        if not text:
            raise ClientFailed(made.stderr or made.stdout)
        for each in json.loads(text)["scenarios"]:
            name = f"{each['scenario']}, {_STEADY_RATE}/s {where}"
            yield Row(f"{name}: p99", each["p99_ms"], "ms", 10.0)


def client(running: Production, seconds: float) -> Iterator[Row]:
    """Decisions of the Python client."""
    with population(running.plane) as people:
        for name, rate in decisions(running.plane, people, seconds).items():
            if "(" in name:
                yield Row(f"Python client, {name}", rate, "a second", 100_000, at_most=False)


def process(running: Production, subject: Subject, seconds: float) -> Iterator[Row]:
    """Memory and start of each part; what a second worker brings, and what it brings to keep one to a core."""
    for each in running.parts:
        yield Row(f"{each.kind}: memory when it is ready", each.memory / 2**20, "MiB", 80)
        yield Row(f"{each.kind}: start to ready", each.seconds_to_ready, "s", 1.5)
    asked = {
        "introspect": MessageToDict(IntrospectRequest(token=subject.access_tokens(1)[0])),
        "client_credentials": MessageToDict(Questions(subject.people).client_credentials_message()),
    }

    def rate(scenario: str, workers: int, *flags: str) -> float:
        with _token_service(running, workers, *flags) as made:
            address, messages = f"127.0.0.1:{made.port}", [asked[scenario]]
            ghz(address, scenario, messages, _CALLERS, 1.0)
            return ghz(address, scenario, messages, _CALLERS, seconds).rate

    more = rate("introspect", 2) / rate("introspect", 1)
    yield Row("Introspect RPC, two workers beside one", more, "x", 1.6, at_most=False)
    if hasattr(os, "sched_getaffinity"):
        core = str(min(os.sched_getaffinity(0)))
        kept = rate("client_credentials", 1, "--cores", core) / rate("client_credentials", 1)
        yield Row(
            "ClientCredentials RPC, a worker kept to a core beside one that is not", kept, "x", 1.0, at_most=False
        )


def cold_start(running: Production, subject: Subject) -> Sequence[tuple[float, float, float]]:
    """A token service with nothing in memory, asked at 70 % of what it answers when warm."""
    tokens = subject.access_tokens(_COLD_TOKENS)
    questions = [IntrospectRequest(token=token).SerializeToString().hex() for token in tokens]
    messages = [{"token": token} for token in tokens]
    ghz(running.plane.token_target, "introspect", messages, _CALLERS, 1.0)
    warm = ghz(running.plane.token_target, "introspect", messages, _CALLERS, 2.0).rate
    with _token_service(running, 1) as made:
        rate = min(_AT * warm, _MOST)
        address = f"127.0.0.1:{made.port}"
        job = Job(address, f"/{TOKEN}/Introspect", questions, once=False, callers=0, seconds=_COLD_SECONDS, rate=rate)
        return drive(job).timeline


def facts(each: Part) -> dict[str, str]:
    """What a part has to say after all of it."""
    samples: dict[str, float] = {}
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{each.admin_url}/metrics") as answer:
        for family in text_string_to_metric_families(answer.read().decode()):
            for sample in family.samples:
                labels = sample.labels
                if sample.name == "authplane_cache_requests_total":
                    key = f"{labels['cache']} {'hits' if labels['result'] == 'hit' else 'misses'}"
                    samples[key] = samples.get(key, 0.0) + sample.value
                elif sample.name in ("authplane_pool_wait_seconds_total", "authplane_feed_age_seconds"):
                    key = " ".join((sample.name, *labels.values()))
                    samples[key] = samples.get(key, 0.0) + sample.value
    shown = {name: f"{value:,.3f}".rstrip("0").rstrip(".") for name, value in sorted(samples.items()) if value}
    return {"part": each.kind, "memory, MiB": f"{_mebibytes(each.pid):.0f}", **shown}


def _mebibytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss / 2**20)


def _token_service(running: Production, workers: int, *flags: str) -> AbstractContextManager[Part]:
    (port,) = free_ports(1)
    return part("token", port, free_ports_in_a_row(workers), running.settings, workers, *flags)
