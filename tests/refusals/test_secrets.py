"""Canaries: what is secret is found nowhere afterwards."""

import io
import urllib.request

from shared.clock import SystemClock
from tests.conftest import SECRET, make_plane
from tests.refusals.flow import SECRETS, VERIFIER, Flow


def test_no_secret_is_seen_from_outside() -> None:
    """Row 30: logs, metrics, health pages and error bodies hold no password, code, token, cookie, secret or address."""
    log = io.StringIO()
    with make_plane(SystemClock(), log, log_level="debug") as plane:
        flow = Flow(plane)
        flow.agent.password = "a wrong password"
        page = flow.agent.settle(flow.agent.get(flow.authorization_url()))
        flow.agent.submit(page, username="ada", password="a wrong password")
        flow.agent.password = "correct horse battery staple"
        code = flow.code()
        first = flow.redeem(code).json()
        second = flow.refresh(first["refresh_token"]).json()
        machine = flow.machine_token()
        seen = [flow.redeem(code).text, flow.redeem(code, ("web", "a wrong secret")).text]
        seen += [flow.refresh(first["refresh_token"]).text, flow.userinfo(second["access_token"]).text]
        flow.introspect(machine)
        flow.revoke(machine, "machine")
        cookie = flow.agent.http.cookies["authplane_session"]
        flow.close()
        for path in ("/metrics", "/livez", "/readyz?verbose"):
            seen.append(urllib.request.urlopen(plane.admin_url + path, timeout=5).read().decode())
    seen.append(log.getvalue())
    assert "login_failed" in log.getvalue()
    assert "code_replayed" in log.getvalue()
    canaries = [
        "a wrong password",
        "correct horse battery staple",
        "a wrong secret",
        "Ada@Example.com",
        SECRET,
        VERIFIER,
        code,
        cookie,
        machine,
        *SECRETS.values(),
        *(tokens[name] for tokens in (first, second) for name in ("access_token", "refresh_token", "id_token")),
    ]
    assert [canary for canary in canaries for text in seen if canary in text] == []
