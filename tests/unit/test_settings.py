"""Settings that all parts share."""

import pytest
from pydantic import ValidationError

from shared.secrets import derive_key
from shared.settings import CommonSettings

SECRET, OLD = "s" * 32, "o" * 32


def settings(**values: object) -> CommonSettings:
    return CommonSettings.model_validate({"secret": SECRET, **values})


@pytest.mark.parametrize(
    "issuer",
    [
        "https://id.example.com",
        "https://id.example.com:8443/tenant",
        "http://127.0.0.1:8080",
        "http://127.0.0.2",
        "http://[::1]:8080",
        "http://localhost:8080",
    ],
)
def test_an_issuer_is_https_or_http_on_loopback(issuer: str) -> None:
    """RFC 8414 section 2; loopback is for trying it out."""
    assert settings(issuer=issuer).issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "id.example.com",
        "https://",
        "http://id.example.com",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "HTTPS://id.example.com",
        "https://id.example.com/",
        "https://id.example.com:",
        "https://id.example.com?x=1",
        "https://id.example.com?",
        "https://id.example.com#x",
        "https://id.example.com#",
        "https://user@id.example.com",
        "https://id.example.com:0",
        "https://id.example.com:70000",
        "https://id.example.com:port",
        "https://[::1",
        "https://id.exam\nple.com",
        "https://id.example.com/a b",
        "https://idé.example.com",
    ],
)
def test_anything_else_is_no_issuer(issuer: str) -> None:
    """Row 7: it is compared character by character and printed in URLs."""
    with pytest.raises(ValidationError, match="issuer"):
        settings(issuer=issuer)


def test_a_short_secret_is_refused_and_not_repeated() -> None:
    """32 characters at least, for those that were replaced too."""
    for values in ({"secret": "hunter2"}, {"previous_secrets": ("hunter2",)}):
        with pytest.raises(ValidationError, match="at least 32 characters") as refused:
            settings(**values)
        assert "hunter2" not in str(refused.value)


def test_secrets_do_not_show() -> None:
    """Row 30: neither in the settings' text nor in their dump."""
    assert SECRET not in f"{settings()!r} {settings()} {settings().model_dump()} {settings().model_dump_json()}"


def test_settings_are_frozen_and_known() -> None:
    """Nobody changes them later; a misspelt name is an error."""
    with pytest.raises(ValidationError, match="frozen"):
        settings().memory_workers = 1  # type: ignore[misc]  # That it cannot be set is what is tested.
    with pytest.raises(ValidationError, match="rpc_worker"):
        settings(rpc_worker=1)


def test_secrets_must_differ() -> None:
    """A secret that was replaced by itself was not replaced."""
    settings(previous_secrets=(OLD,)).verify()
    for previous in ((SECRET,), (OLD, OLD)):
        with pytest.raises(ValueError, match="secret and previous_secrets must all differ"):
            settings(previous_secrets=previous).verify()


def test_the_key_of_the_present_secret_comes_first() -> None:
    """What is made is made with it; what was made before is still understood."""
    keys = settings(previous_secrets=(OLD,)).derived_keys("handles")
    assert keys == [derive_key(SECRET, "handles"), derive_key(OLD, "handles")]


def test_every_setting_is_described() -> None:
    """The description is the help of its flag."""
    assert [name for name, info in CommonSettings.model_fields.items() if not info.description] == []
