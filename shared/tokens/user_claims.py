"""Which claims about a user a scope stands for (OpenID Connect Core 5.1 and 5.4)."""

from collections.abc import Collection, Mapping
from typing import Any

from shared.records import User

CLAIMS_BY_SCOPE: Mapping[str, tuple[str, ...]] = {
    "profile": (
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}

USER_SCOPES = frozenset({"openid", "offline_access", *CLAIMS_BY_SCOPE})
"""The scopes that mean something only where there is a user."""


def claims_of_scopes(scopes: Collection[str]) -> frozenset[str]:
    """Names of the claims that the scopes stand for together."""
    return frozenset(name for scope in scopes for name in CLAIMS_BY_SCOPE.get(scope, ()))


def select_claims(user: User, names: Collection[str]) -> dict[str, Any]:
    """Those of the user's claims that are named and that the user has."""
    known = {"preferred_username": user.username, **user.claims, "updated_at": int(user.updated_at)}
    return {name: value for name, value in known.items() if name in names}
