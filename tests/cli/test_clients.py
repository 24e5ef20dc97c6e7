"""`authplane client` against a running plane."""

import json
from pathlib import Path

from joserfc.jwk import ECKey

from tests.cli.conftest import Command

SHOP = (
    "--redirect-uri", "https://shop.example/callback", "--grant-type", "authorization_code",
    "--grant-type", "refresh_token", "--scope", "openid", "--scope", "email",
)  # fmt: skip


def test_a_client_is_registered_from_flags(authplane: Command) -> None:
    """Lists, choices and truth values come as they are meant, and a secret is made."""
    client = authplane.json("client", "create", "shop", *SHOP, "--require-pkce", "false", "--consent", "skip")

    expected = {
        "client_id": "shop",
        "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": ["https://shop.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scopes": ["openid", "email"],
        "id_token_signed_response_alg": "RS256",
        "require_pkce": False,
        "consent": "skip",
    }
    assert {name: client[name] for name in expected} == expected
    assert len(client["client_secret"]) >= 32


def test_a_secret_can_be_given_in_a_file(authplane: Command, tmp_path: Path) -> None:
    """Then none is made, and none is shown."""
    (tmp_path / "secret").write_text("x" * 32 + "\n")

    client = authplane.json("client", "create", "own-secret", *SHOP, "--client-secret-file", str(tmp_path / "secret"))

    assert client["client_secret"] == ""


def test_an_empty_secret_is_refused(authplane: Command, tmp_path: Path) -> None:
    """It is not taken for the wish to have one made."""
    (tmp_path / "empty").write_text("\n")

    code, message = authplane.failure("client", "create", "x", *SHOP, "--client-secret-file", str(tmp_path / "empty"))

    assert (code, message) == (2, f"authplane: the secret file {tmp_path / 'empty'} is empty")


def test_public_keys_come_from_a_file(authplane: Command, tmp_path: Path) -> None:
    """--jwks-file makes a client of private_key_jwt, and what is no JSON is refused."""
    key = ECKey.generate_key("P-256", {"kid": "one"}).as_dict(private=False)
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [key]}))
    (tmp_path / "broken.json").write_text("{")
    method = ("--token-endpoint-auth-method", "private_key_jwt")

    client = authplane.json("client", "create", "signer", *SHOP, *method, "--jwks-file", str(tmp_path / "jwks.json"))

    assert [key["kid"] for key in client["jwks"]["keys"]] == ["one"]
    assert authplane.failure("client", "create", "x", *SHOP, "--jwks-file", str(tmp_path / "broken.json"))[0] == 2


def test_an_update_keeps_what_it_does_not_name(authplane: Command) -> None:
    """One list is replaced as a whole, the rest stays."""
    before = authplane.json("client", "create", "kept", *SHOP)

    after = authplane.json("client", "update", "kept", "--scope", "openid")

    assert after["scopes"] == ["openid"]
    assert {**before, "scopes": None, "client_secret": None} == {**after, "scopes": None, "client_secret": None}


def test_a_secret_is_rotated(authplane: Command) -> None:
    """The new one differs and is told once."""
    first = authplane.json("client", "create", "rotated", *SHOP)["client_secret"]

    second = authplane.json("client", "rotate-secret", "rotated")["client_secret"]

    assert first != second
    assert second not in authplane.text("client", "show", "rotated")


def test_a_client_is_disabled_and_enabled(authplane: Command) -> None:
    """The state is seen in the list."""
    authplane.text("client", "create", "barred", *SHOP)

    authplane.text("client", "disable", "barred")
    listed = {client["client_id"]: client for client in authplane.json("client", "list")}
    assert listed["barred"]["disabled"] is True
    authplane.text("client", "enable", "barred")
    assert authplane.json("client", "show", "barred")["disabled"] is False


def test_tables_are_for_people(authplane: Command) -> None:
    """A line for each client in the list, and a line for each setting of one."""
    lines = [line.split() for line in authplane.text("client", "list").splitlines()]
    assert ["machine", "machine", "client_secret_basic", "client_credentials", "no"] in lines
    assert "requires pkce     yes" in authplane.text("client", "show", "spa")


def test_refusals_say_what_to_do(authplane: Command) -> None:
    """One line on standard error with the next step; a value of a wrong kind names its flag."""
    assert authplane.failure("client", "show", "none")[1].endswith("see: authplane client list")
    code, message = authplane.failure("client", "create", "web", *SHOP)
    assert (code, message.endswith("to change the client: authplane client update CLIENT_ID")) == (1, True)
    code, message = authplane.failure("client", "create", "x", "--grant-type", "password")
    assert (code, message.startswith("authplane: --grant-type: grant_types[0]: input should be")) == (2, True)
