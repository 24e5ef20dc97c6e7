"""The admin port of a running plane on PostgreSQL with memcached: what it shows is documented, and opens nothing."""

import io
import json
import os
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest

from cli.dev.plane import DevPlane
from shared.clock import SystemClock
from tests.conftest import SECRET, make_plane
from tests.refusals.flow import Flow
from tests.servers.memcached import MemcachedServer
from tests.servers.postgres import PostgresDatabases
from tools.reference import DOCS, events_page, families_at, metrics_page


@pytest.fixture(scope="module")
def running(postgres_databases: PostgresDatabases) -> Iterator[DevPlane]:
    with MemcachedServer() as memcached, postgres_databases.database() as url:
        settings: dict[str, Any] = {"store": "postgres", "database_url": url, "memcached_nodes": (memcached.name,)}
        with make_plane(SystemClock(), io.StringIO(), **settings) as plane:
            urllib.request.urlopen(f"{plane.issuer}/.well-known/openid-configuration", timeout=10).close()
            yield plane


def text(plane: DevPlane, path: str) -> str:
    with urllib.request.urlopen(plane.admin_url + path, timeout=20) as answer:
        return str(answer.read().decode())


def require_page(name: str, made: str) -> None:
    """Raises AssertionError when the page is another; or writes it, when that is what is wanted."""
    if os.environ.get("AUTHPLANE_WRITE_REFERENCE"):
        (DOCS / name).write_text(made)
    assert (DOCS / name).read_text() == made


def facts(plane: DevPlane, path: str) -> dict[str, dict[str, Any]]:
    asked = urllib.request.Request(plane.admin_url + path, headers={"Accept": "application/json"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return dict(json.load(answer))


def test_every_metric_is_documented_and_every_documented_metric_is_there(running: DevPlane) -> None:
    """With kind, labels and meaning; `make reference` writes the page anew."""
    require_page("metrics.md", metrics_page(families_at(running.admin_url + "/metrics")))


def test_every_event_is_documented(running: DevPlane) -> None:
    """With its facts."""
    require_page("events.md", events_page())


def test_the_status_tells_of_all_parts(running: DevPlane) -> None:
    """For programs and for people."""
    told = facts(running, "/statusz")
    assert told["process"]["version"] == "0.1.0"
    assert told["settings"]["store"] == "postgres"
    assert "max_staleness_seconds" not in told["settings"]  # It is as it is by default.
    assert set(told["ready"]) == {"auth", "token", "gateway", "sweeper"}
    assert all(told["ready"].values())
    assert told["lanes"].keys() == facts(running, "/statusz")["lanes"].keys() > {"token memory", "auth store"}
    assert told["pools"].keys() == facts(running, "/debug/pool")["pools"].keys()
    assert told["sweeper"]["up"] is True
    assert {"views", "caches"} == set(told["memory"])
    keys = told["keys"].values()
    assert sorted(key["alg"] for key in keys if key["state"] == "signs") == ["ES256", "RS256"]
    assert all(key.keys() == {"alg", "state", "activates", "retires"} for key in keys)

    readable = text(running, "/statusz")
    assert "uptime_seconds" in readable
    assert "token memory" in readable


def test_the_settings_are_shown_without_secrets(running: DevPlane) -> None:
    """Names and values, but for what opens something."""
    settings = facts(running, "/flagz")["settings"]
    assert settings["max_staleness_seconds"] == 1.0
    shown = text(running, "/flagz") + text(running, "/statusz") + json.dumps(settings)
    assert SECRET not in shown
    assert "postgresql://" not in shown


def test_threads_and_a_profile_name_the_program_s_lines(running: DevPlane) -> None:
    """Which thread, and where it is; never a value."""
    stacks = text(running, "/debug/threads")
    assert "gateway" in stacks
    assert "serve_forever" in stacks
    profile = text(running, "/debug/profile?seconds=0.2").splitlines()
    assert all(line.rsplit(" ", 1)[1].isdigit() for line in profile)
    assert any(line.startswith("admin;") for line in profile)


def test_a_profile_of_no_time_is_refused(running: DevPlane) -> None:
    """Nonsense is told."""
    with pytest.raises(HTTPError, match="400") as refused:
        text(running, "/debug/profile?seconds=many")
    refused.value.close()


def test_what_happens_is_counted(running: DevPlane) -> None:
    """A login costs a hash, is an event, and asks the pool for connections."""
    before = counted(running)
    flow = Flow(running)
    flow.code()
    flow.close()
    after = counted(running)
    grown = {name: after[name] - before[name] for name in after}
    assert grown["authplane_password_hash_seconds_count"] == 1
    assert grown["authplane_security_events_total login_succeeded"] == 1
    assert grown["authplane_security_events_total login_failed"] == 0
    assert grown["authplane_pool_requests_total"] > 0
    assert after["authplane_pool_max_connections"] == 16


def test_the_pages_may_need_a_token() -> None:
    """All but those that orchestrators ask."""
    token = "an-admin-token-of-32-characters-x"
    with make_plane(SystemClock(), io.StringIO(), admin_token=token) as plane:
        assert text(plane, "/livez") == "ok\n"
        for wrong in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": token}):
            with pytest.raises(HTTPError, match="401") as refused:
                urllib.request.urlopen(urllib.request.Request(plane.admin_url + "/metrics", headers=wrong), timeout=5)
            with refused.value as answer:
                assert answer.headers["WWW-Authenticate"] == "Bearer"
        right = urllib.request.Request(plane.admin_url + "/flagz", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(right, timeout=5) as answer:
            assert token not in answer.read().decode()


def counted(plane: DevPlane) -> dict[str, float]:
    """Values by name, and by event where there is one."""
    samples = [sample for family in families_at(plane.admin_url + "/metrics") for sample in family.samples]
    return {" ".join([each.name, *filter(None, [each.labels.get("event")])]): each.value for each in samples}
