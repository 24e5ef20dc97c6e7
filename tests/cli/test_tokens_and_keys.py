"""`authplane token` and `authplane keys` against a running plane."""

import pytest

from authplane.token.v1.token_pb2 import ClientAuthentication, ClientCredentialsRequest
from cli.connection import token_service
from cli.dev.plane import DevPlane
from tests.cli.conftest import Command


@pytest.fixture
def access_token(plane: DevPlane) -> str:
    """An access token of the client "machine"."""
    machine = ClientAuthentication(client_id="machine", client_secret_basic="machine-secret-at-least-32-characters")
    with token_service(plane.token_target) as token:
        return token.tokens.ClientCredentials(ClientCredentialsRequest(client=machine)).tokens.access_token


def test_an_active_token_is_introspected(authplane: Command, access_token: str) -> None:
    """Its members are those of RFC 7662, numbers as numbers; absent ones are left out."""
    answer = authplane.json("token", "introspect", access_token)

    assert (answer["active"], answer["sub"], answer["scope"]) == (True, "machine", "orders:read orders:write")
    assert isinstance(answer["exp"], int)
    assert "username" not in answer


def test_a_token_comes_from_standard_input(authplane: Command, access_token: str) -> None:
    """So that it is in no list of processes."""
    assert "active      yes" in authplane.text("token", "introspect", stdin=access_token + "\n")
    assert authplane.failure("token", "introspect", stdin="") == (
        2,
        "authplane: name a token, or write one to standard input",
    )


def test_a_revoked_token_is_inactive(authplane: Command, access_token: str) -> None:
    """And then nothing else is said of it."""
    authplane.text("token", "revoke", access_token)

    assert authplane.json("token", "introspect", access_token) == {"active": False}


def test_a_token_is_read_without_asking_anyone(access_token: str) -> None:
    """`inspect` works without a plane, and says that nothing is proven."""
    shown = Command({"AUTHPLANE_TOKEN_TARGET": "127.0.0.1:1"}).json("token", "inspect", access_token)

    assert (
        shown["header"]["typ"],
        shown["claims"]["client_id"],
        shown["signature"],
    ) == ("at+jwt", "machine", "not verified")


def test_a_signature_is_verified(authplane: Command, access_token: str) -> None:
    """--verify asks the plane for its keys; a token of which one character differs fails."""
    head, _, signature = access_token.rpartition(".")
    forged = f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"

    assert authplane.json("token", "inspect", access_token, "--verify")["signature"] == "verified"
    assert authplane.failure("token", "inspect", forged, "--verify") == (
        1,
        "authplane: the signature does not verify (bad_signature)",
    )


@pytest.mark.parametrize(
    ("handle", "kind"), [("aps_x", "session handle"), ("apc_x", "authorization code"), ("apr_x", "refresh token")]
)
def test_handles_are_told_apart(authplane: Command, handle: str, kind: str) -> None:
    """A handle says nothing but what kind it is."""
    assert authplane.json("token", "inspect", handle)["kind"].startswith(kind)


def test_what_is_no_token_is_said_to_be_none(authplane: Command) -> None:
    """One line, exit code 1."""
    code, message = authplane.failure("token", "inspect", "nonsense")

    assert (code, message.startswith("authplane: this is no JWT")) == (1, True)


def test_keys_are_rotated_with_overlap(authplane: Command) -> None:
    """The new key is published first and signs later; the table says when."""
    [made] = authplane.json("keys", "rotate", "--alg", "ES256")

    keys = {key["kid"]: key for key in authplane.json("keys", "list")}
    assert (keys[made["kid"]]["alg"], keys[made["kid"]]["signing"]) == ("ES256", False)
    assert "signs in 5 min" in authplane.text("keys", "list")


def test_keys_are_rotated_at_once(authplane: Command) -> None:
    """--immediately, for both algorithms when none is named."""
    made = authplane.json("keys", "rotate", "--immediately")

    assert {key["alg"]: key["signing"] for key in made} == {"ES256": True, "RS256": True}


def test_nobody_answering_is_told(plane: DevPlane) -> None:
    """With the way to start a plane, and exit code 3; the other service is not taken for this one."""
    assert Command({}).failure("keys", "list", "--token-target", "127.0.0.1:1") == (
        3,
        "authplane: no answer from 127.0.0.1:1; is the plane running? start it with: authplane dev",
    )
    assert Command({}).failure("keys", "list", "--token-target", plane.auth_target) == (
        1,
        f"authplane: {plane.auth_target} is another service; see --auth-target and --token-target",
    )
