"""`authplane login` against a running plane, with a browser that has no screen."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.dev.plane import DevPlane
from tests.cli.conftest import Command
from tests.cli.processes import Ended, authplane_process
from tests.user_agent import UserAgent, query_of


class Login:
    """Runs the command, and the browser for it."""

    def __init__(self, plane: DevPlane, agent: UserAgent) -> None:
        self._issuer = plane.issuer
        self.agent = agent

    def run(self, *arguments: str, decision: str = "grant") -> Ended:
        """The command with these flags, to its end."""
        with authplane_process("login", "--issuer", self._issuer, "--no-open", *arguments) as process:
            self.agent.http.get(self.agent.authorize(process.wait_for_url(), decision))
            return process.wait()


@pytest.fixture
def login(plane: DevPlane) -> Iterator[Login]:
    """The command at the plane, and a fresh browser of the user "ada"."""
    agent = UserAgent(plane.issuer)
    yield Login(plane, agent)
    agent.close()


def test_tokens_are_shown_decoded(login: Login) -> None:
    """ID token, access token, the refreshed ones and userinfo, in JSON; no signature is in it."""
    ended = login.run("--scope", "openid profile", "--refresh", "--userinfo", "-o", "json")

    shown = json.loads(ended.stdout)
    claims = shown["login"]["id_token"]["claims"]
    assert (ended.code, claims["aud"], claims["amr"]) == (0, "spa", ["pwd"])
    assert shown["login"]["access_token"]["header"]["typ"] == "at+jwt"
    assert shown["login"]["refresh_token"] == "(issued)"
    assert shown["refresh"]["id_token"]["claims"]["auth_time"] == claims["auth_time"]
    assert shown["userinfo"]["name"] == "Ada Lovelace"
    assert "eyJ" not in ended.stdout


def test_a_table_is_for_people(login: Login) -> None:
    """A title for each token, and times as dates."""
    ended = login.run()

    assert "ID token, login\n" in ended.stdout
    assert "access token, login\n" in ended.stdout
    assert "auth_time  20" in ended.stdout


def test_one_token_can_be_printed_for_another_command(login: Login, authplane: Command) -> None:
    """`--print` writes nothing else to standard output."""
    ended = login.run("--print", "access_token")

    assert authplane.json("token", "introspect", stdin=ended.stdout)["username"] == "ada"


def test_a_confidential_client_authenticates(login: Login, authplane: Command, tmp_path: Path) -> None:
    """Its secret is read from a file, and characters that need encoding survive."""
    (tmp_path / "secret").write_text("a secret: with % & + and 32 characters\n")
    authplane.text(
        "client", "create", "tricky", "--redirect-uri", "http://127.0.0.1/callback", "--scope", "openid",
        "--grant-type", "authorization_code", "--client-secret-file", str(tmp_path / "secret"),
    )  # fmt: skip

    ended = login.run(
        "--client", "tricky", "--scope", "openid", "--client-secret-file", str(tmp_path / "secret"), "-o", "json"
    )

    assert (ended.code, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["login"]["refresh_token"] == "(none)"


def test_a_refused_consent_is_told(login: Login) -> None:
    """With the error that the plane sent; exit code 1."""
    ended = login.run("--scope", "openid offline_access", decision="deny")

    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("authplane: not logged in: access_denied: ")


def test_a_refused_secret_is_told(login: Login, tmp_path: Path) -> None:
    """With the endpoint's own words."""
    (tmp_path / "secret").write_text("not the secret of this client at all")

    ended = login.run("--client", "web", "--client-secret-file", str(tmp_path / "secret"))

    assert ended.code == 1
    assert ended.stderr.startswith("authplane: /auth/token answered 401: invalid_client: ")


def test_an_answer_of_another_login_is_not_taken(plane: DevPlane) -> None:
    """The wrong state is refused in the browser, and the command goes on waiting until its time is over."""
    agent = UserAgent(plane.issuer)
    with authplane_process("login", "--issuer", plane.issuer, "--no-open", "--timeout", "2") as process:
        redirect_uri = query_of(process.wait_for_url())["redirect_uri"]
        forged = agent.http.get(f"{redirect_uri}?code=x&state=x&iss={plane.issuer}")
        elsewhere = agent.http.get(redirect_uri.replace("callback", "favicon.ico"))
        ended = process.wait()
    agent.close()

    assert (forged.status_code, elsewhere.status_code) == (400, 404)
    assert (ended.code, ended.stderr) == (
        1,
        "authplane: no answer from the browser within 2 s; run the command again\n",
    )


def test_an_answer_of_another_issuer_is_not_taken(plane: DevPlane) -> None:
    """RFC 9207: a right state with a wrong or missing `iss` ends the login."""
    agent = UserAgent(plane.issuer)
    with authplane_process("login", "--issuer", plane.issuer, "--no-open") as process:
        query = query_of(process.wait_for_url())
        agent.http.get(f"{query['redirect_uri']}?code=x&state={query['state']}&iss=https://evil.example")
        ended = process.wait()
    agent.close()

    assert (ended.code, "another issuer (RFC 9207)" in ended.stderr) == (1, True)


def test_a_plane_that_is_not_there_is_told() -> None:
    """With the way to start one; exit code 3."""
    assert Command({}).failure("login", "--issuer", "http://127.0.0.1:1") == (
        3,
        "authplane: nobody answers at http://127.0.0.1:1; is the plane running? start it with: authplane dev",
    )


def test_an_issuer_must_call_itself_so(plane: DevPlane) -> None:
    """Its metadata names another issuer: OpenID Connect Discovery 4.3."""
    other_name = plane.issuer.replace("127.0.0.1", "localhost")

    code, message = Command({}).failure("login", "--issuer", other_name)

    assert (code, message) == (1, f"authplane: {other_name} calls itself {plane.issuer}; name that as --issuer")
