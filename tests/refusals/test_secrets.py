"""Canaries: what is secret is found nowhere afterwards."""

import io
import re
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

import psycopg
import pytest
from psycopg import sql

from cli.dev.plane import DevPlane
from shared.clock import SystemClock
from tests.conftest import SECRET, make_plane
from tests.refusals.flow import CHALLENGE, SECRETS, VERIFIER, Flow, of
from tests.servers.memcached import MemcachedServer
from tests.servers.postgres import PostgresDatabases
from tests.tracing.receiver import collecting
from tests.user_agent import UserAgent, forms_of

PASSWORD = "correct horse battery staple"
WRONG_PASSWORD = "a wrong password"
WRONG_SECRET = "a wrong secret"
POST_SECRET = "post-secret-at-least-32-characters-long"
EVENTS = {
    "login_failed",
    "login_succeeded",
    "code_replayed",
    "refresh_token_reused",
    "family_revoked",
    "access_token_revoked",
    "sessions_ended",
}

HEALTH_AND_DEBUG = (
    *("/livez", "/readyz?verbose", "/statusz", "/flagz"),
    *("/debug/cache", "/debug/pool", "/debug/threads", "/debug/profile?seconds=0.1"),
)


@dataclass
class Observed:
    """What was seen of a plane from outside, and what must not be in it."""

    log: str = ""
    metrics: str = ""
    health: str = ""
    traces: str = ""
    database: str = ""
    shared_cache: str = ""
    refusals: list[str] = field(default_factory=list)
    canaries: dict[str, str] = field(default_factory=dict)


def log_in(flow: Flow, observed: Observed) -> None:
    """Once in vain, once not, once in the other's browser."""
    page = flow.agent.settle(flow.agent.get(flow.authorization_url()))
    fields = forms_of(page.text)[0].fields
    observed.canaries |= {"ticket": fields["ticket"], "CSRF token": fields["csrf_token"]}
    again = flow.agent.submit(page, username="ada", password=WRONG_PASSWORD).text
    # The form is the same again, and has to have both.
    observed.refusals.append(again.replace(fields["ticket"], "").replace(fields["csrf_token"], ""))
    observed.refusals.append(flow.agent.submit(page, csrf_token="", username="ada", password=PASSWORD).text)
    other = UserAgent(flow.issuer)
    observed.refusals.append(other.submit(page, username="ada", password=PASSWORD).text)
    other.close()


def spend(flow: Flow, observed: Observed) -> None:
    """Everything that is issued, used and misused."""
    code = flow.code()
    first = flow.redeem(code).json()
    second = flow.refresh(first["refresh_token"]).json()
    third = flow.refresh(second["refresh_token"]).json()
    machine = flow.machine_token()
    for token in (machine, third["access_token"], third["id_token"], third["refresh_token"]):
        flow.introspect(token)
    for name, tokens in {"first": first, "second": second, "third": third}.items():
        observed.canaries |= {f"{name} {kind}": tokens[kind] for kind in ("access_token", "refresh_token", "id_token")}
    observed.canaries |= {"code": code, "machine token": machine}
    observed.canaries["session"] = flow.agent.http.cookies["authplane_session"]
    observed.canaries["browser"] = flow.agent.http.cookies["authplane_browser"]
    observed.refusals += [
        flow.redeem(code, ("web", WRONG_SECRET)).text,
        flow.redeem(code, of("plain")).text,
        flow.redeem(code, code_verifier="w" * 43).text,
        flow.refresh(first["refresh_token"]).text,
        flow.redeem(code).text,
        flow.refresh(third["refresh_token"]).text,
        flow.userinfo(third["access_token"]).text,
        flow.userinfo(third["id_token"]).text,
        flow.http.get("/auth/userinfo", params={"access_token": third["access_token"]}).text,
        flow.revoke(machine).text,
        flow.revoke(machine, "machine").text,
        flow.revoke(flow.tokens()["refresh_token"]).text,
        flow.token(
            None, grant_type="refresh_token", client_id="post", client_secret=POST_SECRET, refresh_token="x"
        ).text,
        flow.token(grant_type=SECRETS["web"], client_id=SECRETS["web"], code=code).text,
        flow.agent.get(f"/auth/authorize?client_id={quote(SECRETS['web'])}&state={code}").text,
        flow.agent.get(f"/auth/logout?id_token_hint={third['refresh_token']}").text,
        flow.http.get(f"/{code}/{machine}").text,
    ]
    flow.agent.submit(flow.agent.get("/auth/logout"))


def seen_by_operators(plane: DevPlane, path: str) -> str:
    with urllib.request.urlopen(plane.admin_url + path, timeout=5) as answer:
        return str(answer.read().decode())


def dump_of(url: str) -> str:
    """Every row of every table, as text."""
    text = io.StringIO()
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            statement = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
            with connection.cursor().copy(statement) as copy:
                text.writelines(bytes(block).decode() for block in copy)
    return text.getvalue()


@pytest.fixture(scope="module", params=["json", "console"])
def observed(request: pytest.FixtureRequest, postgres_databases: PostgresDatabases) -> Observed:
    """A plane that logs and traces all it can, once in each format of the log, after all flows."""
    log = io.StringIO()
    observed = Observed()
    with collecting() as (receiver, endpoint), MemcachedServer() as memcached, postgres_databases.database() as url:
        settings: dict[str, Any] = {
            "store": "postgres",
            "database_url": url,
            "memcached_nodes": (memcached.name,),
            "trace": "otlp",
            "trace_endpoint": endpoint,
            "trace_ratio": 1.0,
            "log_level": "debug",
            "log_format": request.param,
        }
        with make_plane(SystemClock(), log, **settings) as plane:
            flow = Flow(plane)
            log_in(flow, observed)
            spend(flow, observed)
            flow.close()
            observed.metrics = seen_by_operators(plane, "/metrics")
            observed.health = "".join(seen_by_operators(plane, path) for path in HEALTH_AND_DEBUG)
            held = {name: memcached.read(name).decode("latin-1") for name in memcached.names()}
            observed.shared_cache = "\n".join([*held, *held.values()])
        observed.database = dump_of(url)
        observed.traces = "\n".join(str(each) for each in receiver.spans())
    observed.log = log.getvalue()
    observed.canaries |= SECRETS
    observed.canaries |= {
        "password": PASSWORD,
        "wrong password": WRONG_PASSWORD,
        "wrong secret": WRONG_SECRET,
        "secret in the body": POST_SECRET,
        "secret of the plane": SECRET,
        "verifier": VERIFIER,
        "challenge": CHALLENGE,
        "e-mail address": "Ada@Example.com",
        "telephone number": "20 7946",
    }
    return observed


def spellings(canary: str) -> set[str]:
    """A canary as it may be written down; of a token, its signature tells as much as all of it."""
    signature = {canary.rpartition(".")[2]} if canary.count(".") == 2 else set[str]()
    return {canary, canary.lower(), quote(canary), quote_plus(canary), canary.encode().hex(), *signature}


def found(observed: Observed, text: str) -> list[str]:
    return [name for name, canary in observed.canaries.items() if any(each in text for each in spellings(canary))]


def test_the_log_says_what_happened_and_no_secret(observed: Observed) -> None:
    """Row 30: no password, code, token, cookie, verifier, client secret, ticket, nor who the user is beyond the id."""
    assert {event for event in EVENTS if event not in observed.log} == set()
    assert found(observed, observed.log) == []


def test_metrics_and_health_have_few_labels_and_no_secret(observed: Observed) -> None:
    """Row 30: nor a label with a user, a client, a path or a token in it."""
    assert "authplane_http_requests_total" in observed.metrics
    assert found(observed, observed.metrics + observed.health) == []
    labels = set(re.findall(r'(\w+)="', observed.metrics))
    assert labels.isdisjoint({"user", "user_id", "username", "sub", "client", "client_id", "path", "url", "token"})
    assert not re.search(r'"(ada|web|machine)"', observed.metrics)


def test_traces_name_what_was_done_and_no_secret(observed: Observed) -> None:
    """Row 30: routes and methods, and neither paths nor what was presented."""
    assert "POST /auth/token" in observed.traces
    assert "SELECT" in observed.traces
    assert found(observed, observed.traces) == []


def test_what_is_stored_opens_nothing(observed: Observed) -> None:
    """Row 30: whoever has a copy of the database, or of memcached, has no token, code, password, secret or cookie."""
    assert "ada" in observed.database
    assert observed.shared_cache
    stored = {"e-mail address", "telephone number", "challenge"}
    """Claims of a user, and what a verifier is checked with."""
    assert set(found(observed, observed.database)) <= stored
    assert set(found(observed, observed.shared_cache)) <= stored


def test_no_refusal_repeats_what_was_presented(observed: Observed) -> None:
    """Rows 29 and 30: an error says what is wrong with a thing, and not what it was."""
    assert len(observed.refusals) == 20
    assert found(observed, "\n".join(observed.refusals)) == []


def test_the_search_would_find_something(observed: Observed) -> None:
    """Each canary is found where it stands, so that finding none means that there is none."""
    for name, canary in observed.canaries.items():
        assert name in found(observed, f"some {canary} text")
        assert len(canary) >= 7
