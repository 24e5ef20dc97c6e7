"""What a user's claims may be: the standard claims of OpenID Connect Core 5.1, with their types."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from services.auth.plain_text import is_plain, plain_text
from shared.errors import InvalidRequest
from shared.records import Claims

_Check = Callable[[str, object], object]
"""Takes the name of a claim and its value; returns the value or raises InvalidRequest."""

_USER_ID = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)


def checked_username(username: str) -> str:
    """The login name.

    Raises:
        InvalidRequest: It is empty, too long, has control characters or surrounding blanks, or could be taken for a
            user id, by which users can be named too.
    """
    plain_text("username", username, 255)
    if username != username.strip() or _USER_ID.fullmatch(username):
        raise InvalidRequest("username must not begin or end with a blank, nor look like a user id")
    return username


def checked_claims(claims: Mapping[str, object]) -> Claims:
    """The claims of a user.

    Raises:
        InvalidRequest: A claim is not one that may be set, or its value has another type or form than the standard
            says; the message names it. `sub` and `updated_at` are not set by anybody.
    """
    for name in claims:
        if name not in _CHECKS:
            raise InvalidRequest(f"claims: {name[:64]!r} is not a claim that can be set")
    return {name: _CHECKS[name](name, value) for name, value in claims.items()}


def _text(longest: int, form: str, meaning: str) -> _Check:
    pattern = re.compile(form, re.ASCII)

    def check(name: str, value: object) -> object:
        if not isinstance(value, str) or not pattern.fullmatch(plain_text(name, value, longest)):
            raise InvalidRequest(f"{name} must be {meaning}")
        return value

    return check


def _truth(name: str, value: object) -> object:
    if not isinstance(value, bool):
        raise InvalidRequest(f"{name} must be true or false")
    return value


def _birthdate(name: str, value: object) -> object:
    text = str(_DATE(name, value))
    try:
        # Year 0000 means that it is not told; any leap year stands for it.
        date.fromisoformat(text.replace("0000-", "2000-", 1) if len(text) > 4 else "2000-01-01")
    except ValueError:
        raise InvalidRequest(f"{name} must be a day that exists") from None
    return value


def _address(name: str, value: object) -> object:
    if not isinstance(value, Mapping) or not value.keys() <= _ADDRESS_MEMBERS:
        raise InvalidRequest(f"{name} must be an object with some of the members {', '.join(sorted(_ADDRESS_MEMBERS))}")
    return {member: _address_line(f"{name}.{member}", text) for member, text in value.items()}


def _address_line(name: str, value: object) -> str:
    # Addresses may have several lines, parted by newlines (OpenID Connect Core 5.1.1).
    if not isinstance(value, str) or not 0 < len(value) <= 1024 or not all(map(is_plain, re.split("\r?\n", value))):
        raise InvalidRequest(f"{name} must be text of 1 to 1024 characters")
    return value


_NAME = _text(255, r".+", "text")
_URL = _text(2048, r"https?://[^\s/]\S*", "an http or https URL")
_DATE = _text(10, r"[0-9]{4}(-[0-9]{2}-[0-9]{2})?", "YYYY-MM-DD or YYYY")
_ADDRESS_MEMBERS = frozenset({"formatted", "street_address", "locality", "region", "postal_code", "country"})

_CHECKS: Mapping[str, _Check] = {
    "name": _NAME,
    "given_name": _NAME,
    "family_name": _NAME,
    "middle_name": _NAME,
    "nickname": _NAME,
    "preferred_username": _NAME,
    "gender": _NAME,
    "profile": _URL,
    "picture": _URL,
    "website": _URL,
    "email": _text(254, r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)*", "an e-mail address"),
    "email_verified": _truth,
    "birthdate": _birthdate,
    "zoneinfo": _text(64, r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*", "a time zone such as Europe/Paris"),
    "locale": _text(35, r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", "a language tag such as en-GB"),
    "phone_number": _text(64, r"\+?[0-9][0-9 ().-]*(;ext=[0-9]+)?", "a telephone number"),
    "phone_number_verified": _truth,
    "address": _address,
}
