"""What may be used once is used once, whoever is fast and whoever comes back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2 as httpx
import pytest

from tests.refusals.flow import Flow, of

PARALLEL = 8


def at_once(ask: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """The answers to the same request, sent many times at once."""
    with ThreadPoolExecutor(PARALLEL) as threads:
        return [future.result() for future in [threads.submit(ask) for _ in range(PARALLEL)]]


def test_many_redemptions_at_once_give_one_grant(flow: Flow) -> None:
    """Rows 3 and 4: one succeeds; since the others were valid uses too, what it gave is revoked. No error is a 5xx."""
    code = flow.code()
    answers = at_once(lambda: flow.redeem(code))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (PARALLEL - 1)
    assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {"invalid_grant"}
    tokens = next(answer.json() for answer in answers if answer.status_code == 200)
    assert flow.introspect(tokens["access_token"]) == {"active": False}
    assert flow.introspect(tokens["refresh_token"]) == {"active": False}


def test_many_guesses_at_once_revoke_nothing(flow: Flow) -> None:
    """Row 4: who has the code but not the verifier can neither use it nor spoil what came of it."""
    code = flow.code()
    tokens = flow.redeem(code).json()
    answers = at_once(lambda: flow.redeem(code, code_verifier="w" * 43))
    assert {answer.json()["error"] for answer in answers} == {"invalid_grant"}
    assert flow.introspect(tokens["access_token"])["active"]


def test_many_refreshes_at_once_give_one_successor(flow: Flow) -> None:
    """Row 5, CVE-2026-1035 and palaia#346: all get the same refresh token, and it is the only one that lives."""
    first = flow.tokens()["refresh_token"]
    answers = at_once(lambda: flow.refresh(first))
    assert [answer.status_code for answer in answers] == [200] * PARALLEL
    (successor,) = {answer.json()["refresh_token"] for answer in answers}
    assert flow.introspect(first) == {"active": False}
    assert flow.introspect(successor)["active"]


@pytest.mark.parametrize("generation", [0, 1, 7, 18])
def test_every_token_of_a_chain_is_dead(flow: Flow, generation: int) -> None:
    """Row 5, keycloak#50999 and #52666: after twenty rotations as fast as they go, each consumed token convicts the
    family, and only the one before the last is still within the grace.
    """
    chain = [flow.tokens()["refresh_token"]]
    for _ in range(20):
        chain.append(flow.refresh(chain[-1]).json()["refresh_token"])
    assert flow.refresh(chain[-2]).json()["refresh_token"] == chain[-1]
    reused = flow.refresh(chain[generation])
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert flow.refresh(chain[-1]).json()["error"] == "invalid_grant"


def test_a_reused_token_of_another_client_convicts_nobody(flow: Flow) -> None:
    """Row 5: who is not the client can neither use the token nor end the family with it."""
    tokens = flow.tokens()
    second = flow.refresh(tokens["refresh_token"]).json()
    third = flow.refresh(second["refresh_token"]).json()
    assert flow.refresh(tokens["refresh_token"], of("plain")).json()["error"] == "invalid_grant"
    assert flow.refresh(third["refresh_token"]).status_code == 200


def test_a_refresh_and_a_revocation_at_once_leave_nothing(flow: Flow) -> None:
    """Row 12: whichever comes first, after the revocation was answered no token of the family lives."""
    for _ in range(5):
        tokens = flow.tokens()
        with ThreadPoolExecutor(2) as threads:
            refreshed = threads.submit(flow.refresh, tokens["refresh_token"])
            revoked = threads.submit(flow.revoke, tokens["refresh_token"])
        assert revoked.result().status_code == 200
        successors = refreshed.result().json()
        for token in (tokens["access_token"], tokens["refresh_token"], *successors.values()):
            assert flow.introspect(str(token)) == {"active": False}


def test_an_artefact_of_one_kind_is_none_of_another(flow: Flow) -> None:
    """CVE-2025-46815: a code is no refresh token, a session is neither, and none of them is an access token."""
    tokens, code = flow.tokens(), flow.code()
    session = flow.agent.http.cookies["authplane_session"]
    for token in (tokens["refresh_token"], tokens["access_token"], session):
        assert flow.redeem(token).json()["error"] == "invalid_grant"
    for token in (code, tokens["access_token"], tokens["id_token"], session):
        assert flow.refresh(token).json()["error"] == "invalid_grant"
    for token in (code, tokens["refresh_token"], tokens["id_token"], session):
        assert flow.userinfo(token).status_code == 401
    for token in (code, tokens["id_token"], session):
        assert flow.introspect(token) == {"active": False}
        assert flow.revoke(token).status_code == 200
    assert flow.redeem(code).status_code == 200
