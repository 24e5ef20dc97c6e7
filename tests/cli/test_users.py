"""`authplane user` against a running plane."""

from pathlib import Path

from tests.cli.conftest import Command

PASSWORD = "a password that is long enough\n"


def test_a_user_is_created_with_claims_from_flags(authplane: Command) -> None:
    """Flags and --claim become claims with their JSON types; the password comes from standard input."""
    user = authplane.json(
        "user", "create", "hopper", "--email", "hopper@example.com", "--email-verified", "true",
        "--claim", "locale=en-US", "--claim", 'address={"country": "US"}', stdin=PASSWORD,
    )  # fmt: skip

    expected = {
        "email": "hopper@example.com",
        "email_verified": True,
        "locale": "en-US",
        "address": {"country": "US"},
    }
    assert (user["username"], user["claims"], user["disabled"]) == ("hopper", expected, False)
    assert isinstance(user["created_at"], float)


def test_a_user_is_shown_by_any_name(authplane: Command) -> None:
    """User name, e-mail address in any case and `sub` name the same user."""
    by_name = authplane.json("user", "show", "ada")

    assert by_name == authplane.json("user", "show", "ADA@example.com")
    assert by_name == authplane.json("user", "show", by_name["user_id"])


def test_tables_are_for_people(authplane: Command) -> None:
    """A table has a line for each user, and moments are dates."""
    lines = [line.split() for line in authplane.text("user", "list").splitlines()]
    assert ["ada", "Ada@Example.com", "Ada", "Lovelace", "no"] in [line[:5] for line in lines]
    assert "created   20" in authplane.text("user", "show", "ada")


def test_an_update_keeps_what_it_does_not_name(authplane: Command) -> None:
    """Claims are merged; --remove takes one away."""
    authplane.text("user", "create", "lamarr", "--name", "Hedy", "--claim", "nickname=H", stdin=PASSWORD)

    user = authplane.json("user", "update", "lamarr", "--email", "hedy@example.com", "--remove", "nickname")

    assert user["claims"] == {"name": "Hedy", "email": "hedy@example.com"}


def test_a_password_can_come_from_a_file(authplane: Command, tmp_path: Path) -> None:
    """--password-file is read, and the answer says how many sessions ended."""
    (tmp_path / "password").write_text(PASSWORD)
    authplane.text("user", "create", "noether", "--password-file", str(tmp_path / "password"))

    answer = authplane.json("user", "set-password", "noether", "--password-file", str(tmp_path / "password"))

    assert answer == {"sessions_ended": 0}


def test_a_user_is_disabled_and_enabled(authplane: Command) -> None:
    """The state is seen in what `show` says."""
    authplane.text("user", "create", "turing", stdin=PASSWORD)

    authplane.text("user", "disable", "turing")
    assert authplane.json("user", "show", "turing")["disabled"] is True
    authplane.text("user", "enable", "turing")
    assert authplane.json("user", "show", "turing")["disabled"] is False


def test_refusals_say_what_to_do(authplane: Command) -> None:
    """One line on standard error, with the next step, and exit code 1."""
    assert authplane.failure("user", "show", "nobody") == (
        1,
        "authplane: there is no such user; see: authplane user list",
    )
    code, message = authplane.failure("user", "create", "Ada", stdin=PASSWORD)
    assert (code, message.endswith("to change the user: authplane user update USER")) == (1, True)


def test_a_password_needs_a_source(authplane: Command) -> None:
    """An empty standard input is no password, and two sources are one too many."""
    assert authplane.failure("user", "create", "x", stdin="")[0] == 2
    assert authplane.failure("user", "create", "x", "--password-stdin", "--password-file", "y", stdin="z")[0] == 2


def test_a_claim_needs_an_equals_sign(authplane: Command) -> None:
    """The message shows the form."""
    assert authplane.failure("user", "update", "ada", "--claim", "locale") == (
        2,
        "authplane: --claim locale: write NAME=VALUE",
    )
