"""Where settings come from, and what is shown of them."""

import tomllib
from pathlib import Path

import pytest

from cli.failures import WrongUsage
from cli.setting_flags import as_toml
from cli.setting_sources import resolve_settings
from cli.settings import PlaneSettings
from tests.cli.conftest import Command

SECRET = "s" * 32
OTHER = "t" * 32
SET = {"AUTHPLANE_SECRET": SECRET}


def settings_file(directory: Path, text: str) -> Path:
    path = directory / "plane.toml"
    path.write_text(text)
    return path


def test_a_flag_wins_over_environment_file_and_default(tmp_path: Path) -> None:
    """Each source is overridden by the next; each setting knows where it came from."""
    file = settings_file(tmp_path, "access_token_ttl = 2\nid_token_ttl = 2\nsession_ttl = 2\n")
    environ = SET | {"AUTHPLANE_ACCESS_TOKEN_TTL": "3", "AUTHPLANE_ID_TOKEN_TTL": "3"}

    resolved = resolve_settings({"code_ttl": 30, "session_ttl": 30}, file, environ, {"access_token_ttl": 4})

    settings = resolved.settings
    assert (
        settings.access_token_ttl,
        settings.id_token_ttl,
        settings.session_ttl,
        settings.code_ttl,
    ) == (4, 3, 2, 30)
    assert {
        "access_token_ttl": "flag",
        "id_token_ttl": "environment",
        "session_ttl": str(file),
        "secret": "environment",
    } == resolved.origins


def test_a_secret_comes_from_a_file_in_every_source(tmp_path: Path) -> None:
    """`secret_file` in the file, where paths are relative to it, `…_FILE` in the environment, and as a flag."""
    (tmp_path / "one").write_text(SECRET + "\n")
    (tmp_path / "two").write_text(f"{OTHER}\n{'u' * 32}\n")
    file = settings_file(tmp_path, 'secret_file = "one"\nprevious_secrets_file = "two"\n')

    from_file = resolve_settings({}, file, {}, {}).settings
    from_environment = resolve_settings({}, None, {"AUTHPLANE_SECRET_FILE": str(tmp_path / "one")}, {}).settings
    from_flag = resolve_settings({}, None, {"AUTHPLANE_SECRET": OTHER}, {"secret_file": str(tmp_path / "one")}).settings

    assert [s.secret.get_secret_value() for s in (from_file, from_environment, from_flag)] == [SECRET] * 3
    assert [secret.get_secret_value() for secret in from_file.previous_secrets] == [OTHER, "u" * 32]


@pytest.mark.parametrize(
    ("text", "environ", "flags", "message"),
    [
        ("acces_token_ttl = 1", SET, {}, "acces_token_ttl: unknown key; did you mean access_token_ttl?"),
        ("", SET | {"AUTHPLANE_ISUER": "x"}, {}, "environment: isuer: unknown key; did you mean issuer?"),
        ("", SET | {"AUTHPLANE_CODE_TTL": "soon"}, {}, "environment: code_ttl: input should be a valid integer"),
        ("", SET, {"issuer": "http://example.com"}, "flag: issuer: must be https, or http on a loopback address"),
        ("", SET, {"key_overlap_seconds": 1}, "key_overlap_seconds must be greater than max_staleness_seconds"),
        ("", {}, {}, "settings: secret: is missing; give it as a flag, in the environment, or in the file of --config"),
        ("", SET | {"AUTHPLANE_SECRET_FILE": "x"}, {}, "environment: give secret or secret_file, not both"),
        ("secret = ", SET, {}, "is not valid TOML: "),
    ],
)
def test_wrong_settings_are_explained(
    tmp_path: Path, text: str, environ: dict[str, str], flags: dict[str, object], message: str
) -> None:
    """The message names the source and the setting."""
    with pytest.raises(WrongUsage) as caught:
        resolve_settings({}, settings_file(tmp_path, text), environ, flags)

    assert message in str(caught.value)


def test_errors_do_not_show_secrets() -> None:
    """A secret that is too short is not repeated."""
    with pytest.raises(WrongUsage) as caught:
        resolve_settings({}, None, {"AUTHPLANE_SECRET": "hush"}, {})

    assert str(caught.value) == "environment: secret: must have at least 32 characters"


def test_printed_settings_are_a_file_that_gives_them_again() -> None:
    """All of them, as TOML; secrets are redacted."""
    resolved = resolve_settings({}, None, SET | {"AUTHPLANE_PREVIOUS_SECRETS": OTHER}, {})

    printed = tomllib.loads(as_toml(resolved))

    assert (printed.pop("secret"), printed.pop("previous_secrets")) == ("(redacted)", ["(redacted)"])
    assert resolved.settings == PlaneSettings(secret=SECRET, previous_secrets=(OTHER,), **printed)


def test_print_config_shows_values_and_their_origins() -> None:
    """`--print-config` prints and ends the command, before anything is opened; no secret is in it."""
    command = Command({"AUTHPLANE_SECRET": SECRET, "AUTHPLANE_CODE_TTL": "30"})

    printed = command.text("serve", "token", "--access-token-ttl", "60", "--print-config")

    lines = printed.splitlines()
    assert {
        "access_token_ttl = 60  # flag",
        "code_ttl = 30  # environment",
        "id_token_ttl = 600  # default",
        "admin_port = 9092  # default",
        'secret = "(redacted)"  # environment',
    } <= set(lines)
    assert SECRET not in printed


def test_truth_values_are_written_as_everywhere() -> None:
    """A flag takes true or false, as the environment and the file do."""
    printed = Command({}).text("dev", "--rpc-reflection", "false", "--print-config")

    assert "rpc_reflection = false  # flag" in printed.splitlines()


def test_every_setting_of_a_part_is_a_flag() -> None:
    """No setting has to be given in the environment."""
    help_text = Command({"COLUMNS": "200"}).text("serve", "gateway", "--help")

    for name in ("gateway-port", "auth-target", "max-body-bytes", "admin-host", "secret-file", "log-format"):
        assert f"--{name}" in help_text
    assert "--session-ttl" not in help_text
