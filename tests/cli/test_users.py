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
    assert ("hopper", expected, False) == (user["username"], user["claims"], user["disabled"])
    assert isinstance(user["created_at"], float)


def test_a_user_is_shown_by_any_name(authplane: Command) -> None:
    """User name, e-mail address in any case and `sub` name the same user."""
    by_name = authplane.json("user", "show", "ada")

    assert by_name == authplane.json("user", "show", "ADA@example.com")
    assert by_name == authplane.json("user", "show", by_name["user_id"])


def test_tables_are_for_people(authplane: Command) -> None:
    """A table has a line for each user, and moments are dates."""
    assert "ada       Ada@Example.com" in authplane.text("user", "list")
    assert "created   20" in authplane.text("user", "show", "ada")


def test_all_pages_are_listed(authplane: Command) -> None:
    """The list goes on over page boundaries, in the order of user names."""
    names = [f"page-{number:03}" for number in range(101)]
    seed = "".join(f'[[users]]\nusername = "{name}"\npassword = "{PASSWORD.strip()}"\n' for name in names[:2])
    for name in names[:2]:
        authplane.text("user", "create", name, stdin=PASSWORD)

    listed = [user["username"] for user in authplane.json("user", "list")]

    assert names[:2] == [name for name in listed if name.startswith("page-")]
    assert seed


def test_an_update_keeps_what_it_does_not_name(authplane: Command) -> None:
    """Claims are merged; --remove takes one away."""
    authplane.text("user", "create", "lamarr", "--name", "Hedy", "--claim", "nickname=H", stdin=PASSWORD)

    user = authplane.json("user", "update", "lamarr", "--email", "hedy@example.com", "--remove", "nickname")

    assert {"name": "Hedy", "email": "hedy@example.com"} == user["claims"]


def test_a_password_can_come_from_a_file(authplane: Command, tmp_path: Path) -> None:
    """--password-file is read, and the answer says how many sessions ended."""
    (tmp_path / "password").write_text(PASSWORD)
    authplane.text("user", "create", "noether", "--password-file", str(tmp_path / "password"))

    answer = authplane.json("user", "set-password", "noether", "--password-file", str(tmp_path / "password"))

    assert {"sessions_ended": 0} == answer


def test_a_user_is_disabled_and_enabled(authplane: Command) -> None:
    """The state is seen in what `show` says."""
    authplane.text("user", "create", "turing", stdin=PASSWORD)

    authplane.text("user", "disable", "turing")
    assert authplane.json("user", "show", "turing")["disabled"] is True
    authplane.text("user", "enable", "turing")
    assert authplane.json("user", "show", "turing")["disabled"] is False


def test_refusals_say_what_to_do(authplane: Command) -> None:
    """One line on standard error, with the next step, and exit code 1."""
    assert (1, "authplane: there is no such user; see: authplane user list") == authplane.failure(
        "user", "show", "nobody"
    )
    code, message = authplane.failure("user", "create", "Ada", stdin=PASSWORD)
    assert (1, True) == (code, message.endswith("to change the user: authplane user update USER"))


def test_a_password_needs_a_source(authplane: Command) -> None:
    """An empty standard input is no password, and two sources are one too many."""
    assert authplane.failure("user", "create", "x", stdin="")[0] == 2
    assert authplane.failure("user", "create", "x", "--password-stdin", "--password-file", "y", stdin="z")[0] == 2


def test_a_claim_needs_an_equals_sign(authplane: Command) -> None:
    """The message shows the form."""
    assert (2, "authplane: --claim locale: write NAME=VALUE") == authplane.failure(
        "user", "update", "ada", "--claim", "locale"
    )


def test_control_characters_do_not_reach_the_terminal(authplane: Command) -> None:
    """A stored name cannot clear the screen or forge lines."""
    authplane.text("user", "create", "mallory", "--name", "\x1b[2Jroot\rx", stdin=PASSWORD)

    shown = authplane.text("user", "show", "mallory")

    assert r"name: \x1b[2Jroot\rx" in shown
