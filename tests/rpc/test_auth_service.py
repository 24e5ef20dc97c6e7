"""The auth service over a real socket: what every method answers."""

from collections.abc import Iterator

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from authplane.auth.v1 import auth_pb2
from authplane.auth.v1 import user_admin_pb2 as admin_pb2
from services.auth.settings import AuthSettings
from shared.errors import Reason
from shared.store.access import StoreAccess
from tests.rpc.auth_plane import CALLBACK, PASSWORD, REQUEST, START, AuthPlane, auth_plane, failure, struct, told


@pytest.fixture
def plane(service_store: StoreAccess) -> Iterator[AuthPlane]:
    with auth_plane(service_store) as plane:
        yield plane


def test_a_user_logs_in_agrees_and_gets_a_code(plane: AuthPlane) -> None:
    """Row 7: login, then consent, then a code with state and iss: the interactions say what the pages need."""
    plane.create_ada()
    login = plane.authorize().interaction
    assert login == auth_pb2.Interaction(
        kind=auth_pb2.INTERACTION_KIND_LOGIN, requested_at=START, client_name="Web shop", redirect_uri=CALLBACK
    )
    plane.clock.advance(5)
    handle = plane.log_in().session_handle
    consent = plane.authorize(handle, interaction_requested_at=login.requested_at).interaction
    assert consent == auth_pb2.Interaction(
        kind=auth_pb2.INTERACTION_KIND_CONSENT,
        requested_at=START,
        client_name="Web shop",
        scopes=["openid", "profile"],
        username="ada",
        redirect_uri=CALLBACK,
    )
    response = plane.authorize(handle, consent_decision=auth_pb2.CONSENT_DECISION_GRANTED).response
    assert (response.redirect_uri, response.response_mode) == (CALLBACK, auth_pb2.RESPONSE_MODE_QUERY)
    code, *rest = [(parameter.name, parameter.value) for parameter in response.parameters]
    assert (code[0], code[1][:4], rest) == ("code", "apc_", [("state", "xyz"), ("iss", "https://id.example.com")])


def test_refusing_is_answered_to_the_client(plane: AuthPlane) -> None:
    """A refusal goes to the client, by the response mode that it asked for."""
    plane.create_ada()
    parameters = REQUEST | {"response_mode": "form_post"}
    decision = auth_pb2.CONSENT_DECISION_DENIED
    answer = plane.authorize(plane.log_in().session_handle, parameters=parameters, consent_decision=decision)
    assert answer.response.response_mode == auth_pb2.RESPONSE_MODE_FORM_POST
    assert [parameter.value for parameter in answer.response.parameters][:1] == ["access_denied"]


def test_a_session_is_shown_as_it_is(plane: AuthPlane) -> None:
    """Row 23: Login gives a handle and its session, ValidateSession the same session, and a new login another one."""
    user_id = plane.create_ada().user_id
    begun = plane.log_in()
    valid = plane.auth.ValidateSession(auth_pb2.ValidateSessionRequest(session_handle=begun.session_handle))
    assert told(valid) == auth_pb2.ValidateSessionResponse(active=True, session=begun.session)
    assert begun.session == auth_pb2.Session(
        session_id=begun.session.session_id,
        user_id=user_id,
        auth_time=START,
        acr="1",
        amr=["pwd"],
        created_at=START,
        expires_at=START + 43_200,
    )
    again = plane.log_in(previous=begun.session_handle)
    assert again.session.session_id != begun.session.session_id
    old = plane.auth.ValidateSession(auth_pb2.ValidateSessionRequest(session_handle=begun.session_handle))
    assert told(old) == auth_pb2.ValidateSessionResponse(active=False)


@pytest.mark.parametrize("handle", ["", "garbage", "aps_" + "A" * 56, "x" * 60_000])
def test_a_forged_handle_is_inactive_and_no_error(plane: AuthPlane, handle: str) -> None:
    """An unknown or forged session handle is answered `active: false`."""
    response = plane.auth.ValidateSession(auth_pb2.ValidateSessionRequest(session_handle=handle))
    assert told(response) == auth_pb2.ValidateSessionResponse(active=False)


def test_sessions_are_listed_and_ended(plane: AuthPlane) -> None:
    """Row 31: one session or all of a user end, and the answer says how many did."""
    user_id = plane.create_ada().user_id
    ids = [plane.log_in().session.session_id for _ in range(3)]
    listed = plane.auth.ListSessions(auth_pb2.ListSessionsRequest(user_id=user_id)).sessions
    assert {session.session_id for session in listed} == set(ids)
    assert plane.auth.EndSessions(auth_pb2.EndSessionsRequest(session_id=ids[0])).ended == 1
    assert plane.auth.EndSessions(auth_pb2.EndSessionsRequest(user_id=user_id)).ended == 2
    assert not plane.auth.ListSessions(auth_pb2.ListSessionsRequest(user_id=user_id)).sessions


def test_logout_asks_and_then_ends_the_session(plane: AuthPlane) -> None:
    """Row 31: without a hint the user confirms first; then the session is gone and the browser goes where it may."""
    plane.create_ada()
    handle = plane.log_in().session_handle
    request = auth_pb2.LogoutRequest(
        session_handle=handle, client_id="web", post_logout_redirect_uri="https://app.example.com/bye", state="s"
    )
    asked = plane.auth.Logout(request)
    assert (asked.logged_out, asked.client_name) == (False, "Web shop")
    request.confirmed = True
    assert told(plane.auth.Logout(request)) == auth_pb2.LogoutResponse(
        logged_out=True, redirect_uri="https://app.example.com/bye?state=s", client_name="Web shop"
    )
    assert not plane.auth.ValidateSession(auth_pb2.ValidateSessionRequest(session_handle=handle)).active


def test_an_access_token_tells_about_its_user_until_logout(plane: AuthPlane) -> None:
    """Rows 18 and 31: userinfo gives what was granted; a logout with the ID token needs no page and ends all of it."""
    user_id = plane.create_ada().user_id
    handle = plane.log_in().session_handle
    tokens = plane.tokens_for(handle, claims='{"userinfo": {"email": {"essential": true}}}')
    presented = auth_pb2.GetUserInfoRequest(access_token=tokens.access_token)
    assert MessageToDict(plane.auth.GetUserInfo(presented).claims) == {
        "sub": user_id,
        "name": "Ada Lovelace",
        "preferred_username": "ada",
        "updated_at": START,
    }
    logout = auth_pb2.LogoutRequest(session_handle=handle, id_token_hint=tokens.id_token)
    assert told(plane.auth.Logout(logout)) == auth_pb2.LogoutResponse(logged_out=True, client_name="Web shop")
    assert failure(lambda: plane.auth.GetUserInfo(presented)).reason == Reason.INVALID_TOKEN


def test_userinfo_needs_openid(plane: AuthPlane) -> None:
    """Row 19: a token without openid is denied as insufficient_scope (RFC 6750 section 3.1)."""
    plane.create_ada()
    token = plane.tokens_for(plane.log_in().session_handle, scope="profile").access_token
    refusal = failure(lambda: plane.auth.GetUserInfo(auth_pb2.GetUserInfoRequest(access_token=token)))
    assert (refusal.code, refusal.oauth_error) == (grpc.StatusCode.PERMISSION_DENIED, "insufficient_scope")


def test_a_user_is_administered(plane: AuthPlane) -> None:
    """Create, show, list, change, set the password, disable and enable: each does what it says."""
    ada = plane.create_ada()
    assert plane.users.GetUser(admin_pb2.GetUserRequest(user="ada@example.com")).user == ada
    assert MessageToDict(ada.claims) == {
        "email": "Ada@Example.com",
        "name": "Ada Lovelace",
        "address": {"country": "GB"},
    }
    assert list(plane.users.ListUsers(admin_pb2.ListUsersRequest()).users) == [ada]
    plane.clock.advance(60)
    updated = plane.users.UpdateUser(admin_pb2.UpdateUserRequest(user="ada", claims=struct(name="Ada King"))).user
    assert (MessageToDict(updated.claims), updated.updated_at) == ({"name": "Ada King"}, START + 60)
    plane.log_in()
    password = admin_pb2.SetPasswordRequest(user=ada.user_id, password="another password")
    assert plane.users.SetPassword(password).sessions_ended == 1
    assert failure(plane.log_in).reason == Reason.CREDENTIALS_INVALID
    plane.users.SetPassword(admin_pb2.SetPasswordRequest(user="ada", password=PASSWORD))
    plane.log_in()
    assert plane.users.DisableUser(admin_pb2.DisableUserRequest(user="ada")).sessions_ended == 1
    assert plane.users.GetUser(admin_pb2.GetUserRequest(user="ada")).user.disabled
    assert failure(plane.log_in).reason == Reason.CREDENTIALS_INVALID
    plane.users.EnableUser(admin_pb2.EnableUserRequest(user="ada"))
    assert plane.log_in().session.user_id == ada.user_id


def test_no_secret_is_logged(plane: AuthPlane) -> None:
    """Row 30: after logins, changes and refusals the log has neither names, passwords nor handles."""
    plane.create_ada()
    handle = plane.log_in().session_handle
    failure(lambda: plane.auth.Login(auth_pb2.LoginRequest(username="ada@example.com", password="hunter2hunter2")))
    plane.auth.Logout(auth_pb2.LogoutRequest(session_handle=handle, confirmed=True))
    plane.users.DisableUser(admin_pb2.DisableUserRequest(user="ada"))
    events = [entry["event"] for entry in plane.log.entries if entry.get("kind") == "security"]
    assert events == ["user_created", "login_succeeded", "login_failed", "sessions_ended", "user_disabled"]
    text = str(plane.log.entries).lower()
    assert not [secret for secret in ("example.com", "'ada'", PASSWORD, "hunter2", handle.lower()) if secret in text]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"password_workers": 28, "argon2_memory_kib": 19_456}, "password_workers times argon2_memory_kib is 532 MiB"),
        ({"password_memory_mib": 10**9}, "more than the machine has"),
        ({"password_wait_seconds": 10}, "password_wait_seconds must be less than rpc_deadline_seconds"),
        ({"rpc_max_concurrent": 200}, "rpc_max_concurrent must be greater than all workers and queues together"),
    ],
)
def test_bounds_that_contradict_each_other_are_refused(wrong: dict[str, int], told: str) -> None:
    """Before anything is opened."""
    AuthSettings(secret="s" * 32).verify()
    with pytest.raises(ValueError, match=told):
        AuthSettings.model_validate({"secret": "s" * 32, **wrong}).verify()
