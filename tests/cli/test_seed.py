"""Seed files, and `authplane seed`."""

from pathlib import Path

import pytest

from cli.commands.dev import DEMO_SEED
from cli.failures import WrongUsage
from cli.seed_file import load_seed
from tests.cli.conftest import Command

USER = '[[users]]\nusername = "eve"\npassword = "a password that is long enough"\n'
CLIENT = '[[clients]]\nclient_id = "seeded"\nredirect_uris = ["https://seeded.example/"]\n'
GRANTS = 'grant_types = ["authorization_code"]\nscopes = ["openid"]\n'


def seed_file(directory: Path, text: str) -> Path:
    path = directory / "seed.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[user]]\n", "seed.toml: user: unknown key; did you mean users?"),
        (USER + 'emial = "e@example.com"\n', "seed.toml: users[0].emial: unknown key; did you mean email?"),
        (USER + "xyzzy = 1\n", "seed.toml: users[0].xyzzy: unknown key"),
        (USER + 'address = { town = "X" }\n', "seed.toml: users[0].address.town: unknown key"),
        ('[[users]]\nusername = "eve"\n', "seed.toml: users[0].password: is missing"),
        (USER + 'password_file = "p"\n', "seed.toml: users[0]: give password or password_file, not both"),
        (USER + USER, "seed.toml: given twice: eve"),
        (CLIENT + "scopes = 1\n", "seed.toml: clients[0].scopes: input should be a valid list"),
        (CLIENT + 'consent = "never"\n', "seed.toml: clients[0].consent: input should be 'ask' or 'skip'"),
        ("[[users\n", "seed.toml is not valid TOML: "),
    ],
)
def test_a_wrong_seed_file_is_explained(tmp_path: Path, text: str, message: str) -> None:
    """The message names the file and the key."""
    with pytest.raises(WrongUsage) as caught:
        load_seed(seed_file(tmp_path, text))

    assert str(caught.value).startswith(message)


def test_errors_do_not_show_secrets(tmp_path: Path) -> None:
    """A value of the wrong type is not repeated, since it may be a secret."""
    with pytest.raises(WrongUsage) as caught:
        load_seed(seed_file(tmp_path, '[[users]]\nusername = "eve"\npassword = ["hush"]\n'))

    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("key", ["client_secret_file", "secret_file"])
def test_secrets_come_from_files_beside_the_seed(tmp_path: Path, key: str) -> None:
    """Paths are relative to the seed file; the line break at the end is not part of the secret."""
    (tmp_path / "eve.txt").write_text("from a file\n")
    text = f'[[users]]\nusername = "eve"\npassword_file = "eve.txt"\n{CLIENT}{key} = "eve.txt"\n'

    seed = load_seed(seed_file(tmp_path, text))

    assert seed.users[0].password.get_secret_value() == "from a file"
    assert seed.clients[0].secret == "from a file"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Be it the seed file or a secret's."""
    with pytest.raises(WrongUsage, match=r"cannot read the seed file .*: No such file or directory"):
        load_seed(tmp_path / "none.toml")
    with pytest.raises(WrongUsage, match=r"cannot read the secret file .*none\.txt: No such file or directory"):
        load_seed(seed_file(tmp_path, '[[users]]\nusername = "eve"\npassword_file = "none.txt"\n'))


def test_the_demo_seed_has_one_client_of_each_kind() -> None:
    """It loads, and shows what there is."""
    seed = load_seed(DEMO_SEED)

    assert [user.username for user in seed.users] == ["ada"]
    assert [client.kind for client in seed.clients] == ["confidential", "public", "machine"]


def test_seeding_twice_changes_nothing(authplane: Command, tmp_path: Path) -> None:
    """What exists is reported and left; a secret that was made is shown, once."""
    path = str(seed_file(tmp_path, USER + CLIENT + GRANTS))

    first = authplane.json("seed", "--file", path)
    second = authplane.json("seed", "--file", path)

    assert [(e["kind"], e["name"], e["created"]) for e in first] == [("user", "eve", True), ("client", "seeded", True)]
    assert [entry["created"] for entry in second] == [False, False]
    assert [len(entry["client_secret"]) for entry in first + second] == [0, 43, 0, 0]
    assert "exists; left as it is" in authplane.text("seed", "--file", path)


def test_a_refused_entry_is_named(authplane: Command, tmp_path: Path) -> None:
    """With the plane's own reason."""
    path = seed_file(tmp_path, '[[users]]\nusername = "short"\npassword = "short"\n')

    assert authplane.failure("seed", "--file", str(path)) == (
        1,
        "authplane: user short: password must have 8 to 1024 characters",
    )
