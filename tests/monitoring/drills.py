"""`make drills`: five things go wrong in a fleet, and docs/drills.md says what the dashboard showed.

The fleet is that of the tests: two processes of each part, PostgreSQL, memcached, and a real Prometheus. Each problem
lasts some seconds; the panels' queries are asked before it and in it, and those that changed most are written down.
"""

import math
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from rich.progress import track

from authplane.token.v1 import token_pb2, token_pb2_grpc
from tests.faults.asks import of_memory, of_newcomers, of_the_gateways, of_the_store
from tests.faults.doors import CLIENT
from tests.faults.stage import Stage, stage
from tests.faults.watch import Watch
from tests.monitoring.scene import guesses, prometheus_of
from tests.servers.prometheus import PrometheusServer
from tools.dashboard import query
from tools.panels.rows import ROWS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "drills.md"

_SECONDS = 20.0
_WINDOW = "10s"
_SHOWN = 7
_OF_ONE_CLIENT = 100
_NOTHING = {"s": 0.002, "reqps": 0.5, "ops": 0.5, "short": 1.0, "percentunit": 0.02, "bytes": 2e7}
"""By unit, what is too little to speak of."""


@dataclass(frozen=True)
class Drill:
    """A problem, and the panel that names its cause."""

    title: str
    done: str
    read: str
    panel: str
    strike: Callable[[Stage], AbstractContextManager[None]]


@contextmanager
def _far(running: Stage) -> Iterator[None]:
    running.cable.delay = 0.1
    yield
    running.cable.delay = 0.0


@contextmanager
def _cold(running: Stage) -> Iterator[None]:
    with Watch(of_newcomers(running, running.fleet.token)):
        yield


@contextmanager
def _without_memcached(running: Stage) -> Iterator[None]:
    with Watch(of_newcomers(running, running.fleet.token)):
        running.memcached.kill()
        yield
        running.memcached.start()


@contextmanager
def _one_client(running: Stage) -> Iterator[None]:
    """Sixteen of its threads ask for what it has no right to, as quickly as they are answered."""
    tokens, stop = token_pb2_grpc.TokenServiceStub(running.channel(running.fleet.token[0])), threading.Event()

    def hurry() -> None:
        while not stop.is_set():
            try:
                tokens.RefreshToken(token_pb2.RefreshTokenRequest(refresh_token="none", client=CLIENT), timeout=5)
            except grpc.RpcError:
                continue

    with ThreadPoolExecutor(16) as threads:
        for _ in range(16):
            threads.submit(hurry)
        try:
            yield
        finally:
            stop.set()


DRILLS = (
    Drill(
        "A slow database",
        "100 ms more on the way from one process of each service to PostgreSQL.",
        "*RPC by method* and *HTTP by route* are slow for whatever needs the store, and not for what memory answers. "
        "*Store by operation* is as slow as they are, for every operation at once, of some processes only: it is not "
        "the plan of one statement but the way to the database.",
        "Store by operation",
        _far,
    ),
    Drill(
        "A cold cache",
        "Every question is about somebody new, as after a restart.",
        "More operations of the store than usual though nobody asks for more; *Hit rate* falls. *Misses by reason* "
        "says `absent`: nothing was taken out of the cache, it never was in it.",
        "Misses by reason",
        _cold,
    ),
    Drill(
        "A flood of password hashes",
        "24 callers guess passwords, each from many addresses.",
        "Logins are slow or refused and all else is not, since hashes have a lane of their own: *Wait in lanes* and "
        "*Refused by reason* say `hash`. *Password hashes* shows as many as the cores can compute, each of them slow. "
        "Whether it is guessing or a busy morning is what *Logins* tells: `login_failed` or `login_succeeded`.",
        "Password hashes",
        guesses,
    ),
    Drill(
        "memcached is gone",
        "Its process is killed while newcomers are asked about.",
        "Callers notice nothing. *memcached* changes from `hit` and `miss` to what is neither, and the store is asked "
        "more.",
        "memcached",
        _without_memcached,
    ),
    Drill(
        "One hot client",
        "Sixteen threads of one client present tokens as quickly as they are answered; "
        f"{_OF_ONE_CLIENT} a second is its limit here.",
        "One method has most of *Requests*. *Limits* names the limit that holds the client back; the log has its name.",
        "Limits",
        _one_client,
    ),
)


def main() -> None:
    """Drills, and writes the page."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = stack.enter_context(stage(folder, client_requests_per_second=_OF_ONE_CLIENT))
        prometheus = stack.enter_context(prometheus_of(running, folder))
        parts = [_page(drill, running, prometheus) for drill in track(DRILLS, "drilling", transient=True)]
    DOCS.write_text(_HEAD + "\n".join(parts))


def _page(drill: Drill, running: Stage, prometheus: PrometheusServer) -> str:
    usual = {**of_memory(running, running.fleet.token), **of_the_store(running, running.services)}
    with Watch({**usual, **of_the_gateways(running)}):
        time.sleep(_SECONDS)
        before = readings(prometheus)
        with drill.strike(running):
            time.sleep(_SECONDS)
            during, firing = readings(prometheus), prometheus.firing()
    running.settle()
    shown = changes(before, during)
    assert drill.panel in shown, f"{drill.title}: {drill.panel} shows nothing of it, but {list(shown)}"
    told = ", ".join(sorted(firing)) or "none yet"
    rows = "".join(
        f"| {'**' + panel + '**' if panel == drill.panel else panel} | {series} | {was} | {now} |\n"
        for panel, (series, was, now) in shown.items()
    )
    return (
        f"## {drill.title}\n\n{drill.done}\n\n| panel | series | before | in it |\n|---|---|---:|---:|\n{rows}\n"
        f"Alerts that fire: {told}.\n\n{drill.read}\n\nThe cause is named by: **{drill.panel}**.\n"
    )


Readings = Mapping[tuple[str, str, str], float]
"""Values by panel, unit and series."""


def readings(prometheus: PrometheusServer) -> Readings:
    """What every panel shows now."""
    found: dict[tuple[str, str, str], float] = {}
    for row in ROWS.values():
        for panel in row:
            for legend, template in panel.queries.items():
                for each in prometheus.query(query(template, at='job=~".+"', window=_WINDOW)):
                    series = legend
                    for name, value in each["metric"].items():
                        series = series.replace("{{" + name + "}}", value)
                    found[panel.title, panel.unit, series] = float(each["value"][1])
    return found


def changes(before: Readings, during: Readings) -> dict[str, tuple[str, str, str]]:
    """The panels that changed most, each with the series that did, and its two values."""
    best: dict[str, tuple[float, str, str, str]] = {}
    for key, now in during.items():
        panel, unit, series = key
        was = before.get(key, 0.0)
        if math.isnan(now):
            continue
        was = 0.0 if math.isnan(was) else was
        least = _NOTHING[unit]
        score = abs(math.log((max(now, 0.0) + least) / (max(was, 0.0) + least)))
        if score > best.get(panel, (0.1, "", "", ""))[0]:
            best[panel] = score, series, _told(was, unit), _told(now, unit)
    ordered = sorted(best.items(), key=lambda item: -item[1][0])
    return {panel: told[1:] for panel, told in ordered[:_SHOWN]}


def _told(value: float, unit: str) -> str:
    match unit:
        case "s":
            return f"{value * 1000:,.1f} ms"
        case "reqps" | "ops":
            return f"{value:,.1f} /s"
        case "percentunit":
            return f"{value:.1%}"
        case "bytes":
            return f"{value / 1e6:,.1f} MB"
        case _:
            return f"{value:,.0f}"


_HEAD = """# Drills

Five problems, made in a fleet of two processes of each part, PostgreSQL and memcached, under traffic of every kind, on
two cores; what the [dashboard](monitoring.md) showed, and which panel names the cause. `make drills` does it again and
writes this page. The panels are those that changed most, each with the series in which they did.

"""


if __name__ == "__main__":
    main()
